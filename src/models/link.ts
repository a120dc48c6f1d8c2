import { type Target, targetOf } from './target';

/** What an address or a reference names: `flights:run/train-42`. */
export interface Link {
  readonly project: string;
  readonly reference: string;
}

const LINK =
  /^([A-Za-z0-9._-]{1,128}):((?:run|function|dataset|artifact|model|workflow)\/[A-Za-z0-9._@+-]{1,256})$/;
const PARAMETER = 'dh';

/** The link in the query of a page's address, or null: an address may come from anywhere. */
export function linkOf(search: string): Link | null {
  const match = LINK.exec(new URLSearchParams(search).get(PARAMETER) ?? '');
  const [, project = '', reference = ''] = match ?? [];
  return match && !/^\.+$/.test(project) ? { project, reference } : null;
}

/** A query that names an entity, and the query without it. */
export function searchOf({ project, reference }: Link): string {
  return `?${new URLSearchParams({ [PARAMETER]: `${project}:${reference}` }).toString()}`;
}

export const withoutLink = (search: string): string => without(search, PARAMETER);

function without(search: string, name: string): string {
  const query = new URLSearchParams(search);
  query.delete(name);
  const rest = query.toString();
  return rest ? `?${rest}` : '';
}

/** Runs that an address puts beside each other: `flights:run/train-41,run/train-42`. */
export interface ComparedLink {
  readonly project: string;
  readonly references: readonly string[];
}

const COMPARED = 'dh-compare';
const FEW = 8;

/** The runs in the query of a page's address, or null. */
export function comparedOf(search: string): ComparedLink | null {
  const text = new URLSearchParams(search).get(COMPARED) ?? '';
  const colon = text.indexOf(':');
  const [project, references] = [text.slice(0, colon), text.slice(colon + 1).split(',')];
  const isFit = references.every(
    each => each.startsWith('run/') && linkOf(searchOf({ project, reference: each })) !== null
  );
  return isFit && references.length > 1 && references.length <= FEW
    ? { project, references: [...new Set(references)] }
    : null;
}

export function comparedSearch({ project, references }: ComparedLink): string {
  const value = `${project}:${references.join(',')}`;
  return `?${new URLSearchParams({ [COMPARED]: value }).toString()}`;
}

export const withoutCompared = (search: string): string => without(search, COMPARED);

/** What a key names (store://project/entity/kind/name:id, python://project/name:id), or null. */
export function targetOfKey(key: string): Target | null {
  const [scheme = '', rest = ''] = key.split('://', 2);
  const parts = rest.split('/');
  const last = parts.at(-1) ?? '';
  const type = scheme === 'store' ? parts[1] : 'function';
  return targetOf({ project: parts[0], type, id: last.slice(last.indexOf(':') + 1) });
}
