/** Bundle of a run in a notebook: ids, never code. */
export const RUN_MIME = 'application/vnd.dh.run.v1+json';

/** Of a registered function, under the cell that made it. */
export const FUNCTION_MIME = 'application/vnd.dh.function.v1+json';

/** What a bundle names. */
export interface RunAddress {
  readonly project: string;
  readonly id: string;
}

const NAME = /^[A-Za-z0-9._-]{1,128}$/;

/** The run that a bundle names, or null: an untrusted notebook may hold anything. */
export function addressOf(data: unknown): RunAddress | null {
  const { project, id } = (data ?? {}) as Record<string, unknown>;
  return isName(project) && isName(id) ? { project, id } : null;
}

function isName(value: unknown): value is string {
  // A path of dots would climb out of our routes.
  return typeof value === 'string' && NAME.test(value) && !/^\.+$/.test(value);
}

/** The text of an output: lines of a notebook's text may be a list. */
export function plainText(text: unknown): string {
  return Array.isArray(text) ? text.join('') : typeof text === 'string' ? text : '';
}
