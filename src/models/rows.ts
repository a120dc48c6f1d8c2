import type {
  Entity,
  Parameter,
  ParameterSchema,
  RunSpec,
  RunStatus,
  SweepStatus,
  TableSpec
} from '../_contract';
import { type Phase, isOver, phaseOf } from './states';
import { clockText, namedBy, numberText, valueText } from './text';

/** The short form a person types, e.g. dataset/flights@3. */
export function referenceOf(entity: Entity): string {
  return entity.metadata.reference ?? entity.key;
}

/** What a row is called: train-42 for a run, the bare name for a thing. */
export function titleOf(entity: Entity): string {
  const reference = entity.metadata.reference ?? '';
  const name = reference.slice(reference.indexOf('/') + 1).replace(/@\d+$/, '');
  return name || entity.name;
}

/** run, function, dataitem, … */
export function typeOf(entity: Entity): string {
  return namedBy(entity.key).entity;
}

export function phaseOfRun(run: Entity): Phase {
  return phaseOf((run.status as Partial<RunStatus>).state);
}

/** How long it ran or runs, as 4:12; how long it waits if it has not begun. `now` in milliseconds since 1970. */
export function durationOf(run: Entity, now: number): string {
  const { started, ended } = run.status as Partial<RunStatus>;
  const begun = Date.parse(started ?? run.metadata.created ?? '');
  const until = ended ? Date.parse(ended) : now;
  return Number.isNaN(begun) ? '' : clockText((until - begun) / 1000);
}

/** How many trials of a sweep have ended, in words; a total of 0 is not known. */
export type TrialsWords = (ended: number, total: number) => string;

/** The second line of a run's row: what it waits for, how far it is, why it failed, what came of it. */
export function aboutRun(run: Entity, trials: TrialsWords): string {
  const status = run.status as Partial<RunStatus>;
  const phase = phaseOfRun(run);
  if (phase === 'failed') {
    return status.diagnosis?.summary ?? status.message ?? '';
  }
  if (status.sweep) {
    return aboutSweep(status.sweep, trials);
  }
  if (!isOver(phase)) {
    const told = status.progress?.text ?? progressText(status.progress);
    return (
      [told, ...metricWords(status.metrics)].filter(Boolean).join(' · ') || (status.message ?? '')
    );
  }
  const outputs = Object.keys(status.outputs ?? {});
  return [...metricWords(status.metrics), ...outputs.map(name => `→ ${name}`)]
    .slice(0, 3)
    .join(' · ');
}

/** 24 of 60 trials · auc 0.912 */
function aboutSweep({ counts, best }: SweepStatus, trials: TrialsWords): string {
  const ended = counts.finished + counts.pruned + counts.failed;
  const values = Object.entries(best[0]?.values ?? {});
  return [
    trials(ended, counts.total ?? 0),
    ...values.map(([name, value]) => `${name} ${numberText(Number(value))}`)
  ]
    .slice(0, 3)
    .join(' · ');
}

function progressText(progress: RunStatus['progress']): string {
  const { done, total } = progress ?? {};
  return done === undefined
    ? ''
    : total
      ? `${numberText(done)} / ${numberText(total)}`
      : numberText(done);
}

/** At most two metrics as words, the last value of each. */
function metricWords(metrics: Record<string, unknown> | undefined): string[] {
  return Object.entries(metrics ?? {})
    .slice(0, 2)
    .map(
      ([name, value]) => `${name} ${valueText(Array.isArray(value) ? value.at(-1) : value, 12)}`
    );
}

/** From 0 to 1 while a run that knows its end goes on; null otherwise. */
export function fractionOf(run: Entity): number | null {
  const { progress } = run.status as Partial<RunStatus>;
  return !isOver(phaseOfRun(run)) && progress?.total
    ? Math.min(1, progress.done / progress.total)
    : null;
}

/** GPUs that a run asked for. */
export function gpusOf(run: Entity): number {
  return Number((run.spec as RunSpec).resources?.gpu ?? 0) || 0;
}

/** What stands at a thing's end of the row: version, size. */
export function sizeOf(entity: Entity): string {
  const version = entity.metadata.version_number;
  const at = version ? `@${version}` : '';
  if (typeOf(entity) !== 'dataitem') {
    return at;
  }
  const columns = (entity.spec as Partial<TableSpec>).schema?.fields.length;
  const { rows: counted, preview } = entity.status as {
    rows?: unknown;
    preview?: { rows?: unknown };
  };
  const rows = counted ?? preview?.rows;
  return typeof rows === 'number' && columns ? `${numberText(rows)} × ${columns}` : at;
}

/** A cell that gives a person the thing: Python, so that it works without our magics being loaded. */
export function codeFor(entity: Entity): string {
  const reference = JSON.stringify(referenceOf(entity));
  const variable = identifier(entity.name);
  switch (typeOf(entity)) {
    case 'run':
      return `${IMPORT}\ndh.run(${reference})`;
    case 'function':
      return `${IMPORT}\nr = dh.run(${[reference, ...argumentsOf(entity)].join(', ')})\nr`;
    case 'workflow':
      return `${IMPORT}\ndh.show(${reference}, code=True)`;
    default:
      return `${IMPORT}\n${variable} = dh.load(${reference})\n${variable}`;
  }
}

const IMPORT = 'import dh_kernel as dh\n';

/** `lr=0.1, flights=...`: parameters with their defaults, and three dots where a value is needed. */
function argumentsOf(entity: Entity): string[] {
  const schema = (entity.spec as { parameters?: ParameterSchema }).parameters;
  const required = schema?.required ?? [];
  return Object.entries(schema?.properties ?? {}).map(
    ([name, parameter]) =>
      `${name}=${required.includes(name) ? '...' : pythonOf((parameter as Parameter).default)}`
  );
}

function pythonOf(value: unknown): string {
  if (value === null || value === undefined) {
    return 'None';
  }
  if (typeof value === 'boolean') {
    return value ? 'True' : 'False';
  }
  if (Array.isArray(value)) {
    return `[${value.map(pythonOf).join(', ')}]`;
  }
  if (typeof value === 'object') {
    const pairs = Object.entries(value).map(
      ([key, item]) => `${JSON.stringify(key)}: ${pythonOf(item)}`
    );
    return `{${pairs.join(', ')}}`;
  }
  return JSON.stringify(value);
}

/** A Python name near to an entity's. */
function identifier(name: string): string {
  const near = name.replace(/\W+/g, '_').replace(/^(\d)/, '_$1');
  return /^_*$/.test(near) || KEYWORDS.has(near) ? `${near}_` : near;
}

const KEYWORDS = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from ' +
    'global if import in is lambda nonlocal not or pass raise return try while with yield dh'
  ).split(' ')
);
