import type { Entity } from '../../src/_contract';

/** A project as the server gives it, at one moment; that moment is `NOW`. */
export const NOW = '2026-11-23T10:20:00.000Z';

type Made = Partial<Omit<Entity, 'metadata'>> & { readonly metadata?: object };

/** One of them: `about` is reference, id, kind and time of day. */
export const entity = (about: [string, string, string, string], rest: Made = {}): Entity => {
  const [reference, id, kind, at] = about;
  const [word = '', named = ''] = reference.split('/');
  const [name = '', version] = named.split('@');
  const type = word === 'dataset' ? 'dataitem' : word;
  return {
    kind,
    project: 'flights',
    name: type === 'run' ? id : name,
    id,
    key: `store://flights/${type}/${kind}/${type === 'run' ? id : `${name}:${id}`}`,
    user: 'ada',
    spec: {},
    status: { state: 'READY' },
    ...rest,
    metadata: {
      reference,
      created: `2026-11-23T${at}:00.000Z`,
      ...(version ? { version_number: Number(version) } : {}),
      ...rest.metadata
    }
  };
};

export const TRAIN = 'python://flights/train:f3';
export const INPUT = 'store://flights/dataitem/table/flights-features:d4';
