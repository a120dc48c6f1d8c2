import type { Entity, FunctionSpec, RunOptions, RunSpec, RunStatus, TableSpec } from '../_contract';
import { targetOfKey } from './link';
import { typeOf } from './rows';
import type { Series } from './series';
import { shortOf, valueText } from './text';

/** One side of an entity that can be put beside that of another: names and values. */
export interface Aspect {
  readonly name:
    'parameters' | 'inputs' | 'options' | 'results' | 'columns' | 'metrics' | 'needs' | 'about';
  readonly values: Readonly<Record<string, unknown>>;
}

/** All that two versions or runs are compared by, but for their code and packages. */
export function aspectsOf(entity: Entity): Aspect[] {
  switch (typeOf(entity)) {
    case 'function':
    case 'workflow':
      return ofFunction(entity);
    case 'dataitem':
      return ofDataset(entity);
    case 'run':
      return ofRun(entity);
    default:
      return ofModel(entity);
  }
}

function ofFunction({ spec }: Entity): Aspect[] {
  const { parameters, requirements = [] } = spec as Partial<FunctionSpec>;
  const required = parameters?.required ?? [];
  const signature = Object.entries(parameters?.properties ?? {}).map(
    ([name, { annotation = '', default: value }]) => {
      const ending = required.includes(name) ? '' : ` = ${valueText(value)}`;
      return [name, `${annotation}${ending}`.trim()];
    }
  );
  return [
    { name: 'parameters', values: Object.fromEntries(signature) as Record<string, unknown> },
    { name: 'needs', values: named(requirements) },
    { name: 'options', values: optionsOf(spec) }
  ];
}

function ofDataset({ spec, status }: Entity): Aspect[] {
  const fields = (spec as Partial<TableSpec>).schema?.fields ?? [];
  const { rows, preview } = status as { rows?: unknown; preview?: { rows?: unknown } };
  return [
    { name: 'columns', values: Object.fromEntries(fields.map(({ name, type }) => [name, type])) },
    { name: 'about', values: given({ rows: rows ?? preview?.rows }) }
  ];
}

function ofRun({ spec, status }: Entity): Aspect[] {
  const { parameters = {}, inputs = {} } = spec as RunSpec;
  const { results = {}, metrics = {} } = status as Partial<RunStatus>;
  return [
    { name: 'parameters', values: parameters },
    { name: 'inputs', values: mapped(inputs, shortOf) },
    { name: 'options', values: optionsOf(spec) },
    { name: 'results', values: { ...results, ...lastOf(metrics) } }
  ];
}

function ofModel({ spec, status }: Entity): Aspect[] {
  const { parameters = {}, framework, algorithm, flavor } = spec as Record<string, unknown>;
  const { metrics = {} } = status as { metrics?: Record<string, unknown> };
  return [
    { name: 'metrics', values: lastOf(metrics) },
    { name: 'parameters', values: parameters as Record<string, unknown> },
    { name: 'about', values: given({ framework, algorithm, flavor }) }
  ];
}

/** Last value of each metric. */
export const lastOf = (metrics: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [
      name,
      Array.isArray(value) ? (value as unknown[]).at(-1) : value
    ])
  );

/** The key of the run that made an entity, the last one if it was made more than once, or null. */
export function makerOf({ metadata }: Entity): string | null {
  const makers = (metadata.relationships ?? []).filter(({ type }) => type === 'produced_by');
  const keys = makers.map(({ dest = '' }) => dest);
  return keys.filter(key => targetOfKey(key)?.type === 'run').at(-1) ?? null;
}

/** What a run asks for, in one level: cpu, mem, timeout, … */
function optionsOf(spec: Entity['spec']): Record<string, unknown> {
  const { executor, profile, resources = {}, timeout, retries, nodes } = spec as RunOptions;
  return given({ executor, profile, ...resources, timeout, retries, nodes });
}

const mapped = (
  values: Readonly<Record<string, string>>,
  change: (value: string) => string
): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));

const given = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== null)
  );

/** Packages by their names: numpy==2.1 is numpy with 2.1. */
export function named(packages: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    packages.map(each => {
      const [, name = each, rest = ''] = /^([\w.-]+(?:\[[^\]]*\])?)\s*(.*)$/.exec(each) ?? [];
      return [name, rest.replace(/^(==|@)\s*/, '')];
    })
  );
}

/** The text of a function's module, or null where none is kept. */
export function codeOf({ spec }: Entity): string | null {
  const { source } = spec as Partial<FunctionSpec>;
  try {
    const bytes = Uint8Array.from(atob(source?.base64 ?? ''), letter => letter.charCodeAt(0));
    return source?.base64 ? new TextDecoder().decode(bytes) : (source?.source ?? null);
  } catch {
    // Not base64: there is no text to show.
    return null;
  }
}

/** The last value of each metric by version number, oldest first; only numbers, and only what more than one has. */
export function overVersions(versions: readonly Entity[]): Series[] {
  const points = new Map<string, { steps: number[]; values: number[] }>();
  for (const version of [...versions].reverse()) {
    const metrics = aspectsOf(version).find(({ name }) => name === 'metrics')?.values ?? {};
    for (const [name, value] of Object.entries(metrics)) {
      const number = version.metadata.version_number;
      if (typeof value === 'number' && number !== undefined) {
        const { steps, values } = points.get(name) ?? { steps: [], values: [] };
        points.set(name, { steps: [...steps, number], values: [...values, value] });
      }
    }
  }
  return [...points]
    .filter(([, { values }]) => values.length > 1)
    .map(([name, series]) => ({ name, ...series }));
}
