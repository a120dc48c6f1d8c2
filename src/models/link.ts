import { type Target, targetOf } from './target';

/** What an address or a reference names: `flights:run/train-42`. */
export interface Link {
  readonly project: string;
  readonly reference: string;
}

const LINK =
  /^([A-Za-z0-9._-]{1,128}):((?:run|function|dataset|artifact|model)\/[A-Za-z0-9._@+-]{1,256})$/;
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

export function withoutLink(search: string): string {
  const query = new URLSearchParams(search);
  query.delete(PARAMETER);
  const rest = query.toString();
  return rest ? `?${rest}` : '';
}

/** What a key names (store://project/entity/kind/name:id, python://project/name:id), or null. */
export function targetOfKey(key: string): Target | null {
  const [scheme = '', rest = ''] = key.split('://', 2);
  const parts = rest.split('/');
  const last = parts.at(-1) ?? '';
  const type = scheme === 'store' ? parts[1] : 'function';
  return targetOf({ project: parts[0], type, id: last.slice(last.indexOf(':') + 1) });
}
