import type { MetricLine } from '../_contract';

/** Values of one metric, in order. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

/** More points than any chart here has pixels. */
const MOST = 512;

/** Metrics of a run as they come in; long series are thinned to every second, fourth… point. */
export class SeriesTable {
  /** In order of first appearance. */
  get all(): Series[] {
    return [...this._byName].map(([name, { values, last }]) => ({
      name,
      values: values.at(-1) === last ? values : [...values, last]
    }));
  }

  clear(): void {
    this._byName.clear();
  }

  add(lines: readonly MetricLine[]): void {
    for (const line of lines) {
      for (const [name, value] of Object.entries(line.values ?? {})) {
        this._addValue(name, Number(value));
      }
    }
  }

  private _addValue(name: string, value: number): void {
    const kept = this._byName.get(name) ?? { values: [], every: 1, seen: 0, last: value };
    this._byName.set(name, kept);
    kept.last = value;
    if (kept.seen++ % kept.every === 0) {
      kept.values.push(value);
    }
    if (kept.values.length > MOST) {
      kept.values = kept.values.filter((_, index) => index % 2 === 0);
      kept.every *= 2;
    }
  }

  private readonly _byName = new Map<string, Kept>();
}

interface Kept {
  values: number[];
  every: number;
  seen: number;
  last: number;
}

/** SVG path of a line through finite values in a box of width x height; empty for fewer than two. */
export function sparkPath(values: readonly number[], width: number, height: number): string {
  const finite = values.filter(Number.isFinite);
  if (finite.length < 2) {
    return '';
  }
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const x = (index: number): number => 1 + (index * (width - 2)) / (finite.length - 1);
  const y = (value: number): number =>
    height - 1 - ((value - low) / (high - low || 1)) * (height - 2);
  return `M${finite.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(' ')}`;
}

/** status.metrics: a number, or its values in order, by name. */
export function storedSeries(metrics: Record<string, unknown> | undefined): Series[] {
  return Object.entries(metrics ?? {}).map(([name, value]) => ({
    name,
    values: (Array.isArray(value) ? value : [value]).map(Number)
  }));
}
