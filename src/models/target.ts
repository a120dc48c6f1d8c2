import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

/** What a command is about: ids only, so that nobody can smuggle code in. */
export interface Target {
  readonly project: string;
  readonly type: string;
  readonly id: string;
}

export const TYPES = ['run', 'function', 'dataitem', 'artifact', 'model', 'workflow'];
const NAME = /^[A-Za-z0-9._-]{1,256}$/;

/** The target that arguments name, or null: they may come from anywhere. */
export function targetOf(args: ReadonlyPartialJSONObject): Target | null {
  const { project, type, id } = args;
  const isName = (value: unknown): value is string =>
    typeof value === 'string' && NAME.test(value) && !/^\.+$/.test(value);
  return isName(project) && isName(id) && typeof type === 'string' && TYPES.includes(type)
    ? { project, type, id }
    : null;
}

/** One word for a target, to tell it from others. */
export const nameOf = ({ project, type, id }: Target): string => `${project}:${type}:${id}`;

/** Id of the one tab that shows a thing. */
export const pageId = (target: Target): string => `dh-jupyter-page:${nameOf(target)}`;

/** As a person would name it who has its id alone. */
export const wordOf = ({ type, id }: Target): string =>
  `${type === 'dataitem' ? 'dataset' : type}/${id}`;
