import type { MetricLine } from '../_contract';

/** Values of one metric, in order. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
  /** The step of each value; where none is known, they count from 0. */
  readonly steps?: readonly number[];
}

/** More points than any chart here has pixels. */
const MOST = 512;

/** Metrics of a run as they come in; long series are thinned to every second, fourth… point. */
export class SeriesTable {
  /** In order of first appearance. */
  get all(): Series[] {
    return [...this._byName].map(([name, { values, steps, last, lastStep }]) => {
      const isWhole = steps.at(-1) === lastStep && values.at(-1) === last;
      return {
        name,
        values: isWhole ? values : [...values, last],
        steps: isWhole ? steps : [...steps, lastStep]
      };
    });
  }

  clear(): void {
    this._byName.clear();
  }

  add(lines: readonly MetricLine[]): void {
    for (const line of lines) {
      for (const [name, value] of Object.entries(line.values ?? {})) {
        this._addValue(name, Number(value), line.step);
      }
    }
  }

  private _addValue(name: string, value: number, step: number | undefined): void {
    const kept = this._byName.get(name) ?? {
      values: [],
      steps: [],
      every: 1,
      seen: 0,
      last: value,
      lastStep: 0
    };
    this._byName.set(name, kept);
    kept.last = value;
    kept.lastStep = step ?? kept.seen;
    if (kept.seen++ % kept.every === 0) {
      kept.values.push(value);
      kept.steps.push(kept.lastStep);
    }
    if (kept.values.length > MOST) {
      kept.values = kept.values.filter((_, index) => index % 2 === 0);
      kept.steps = kept.steps.filter((_, index) => index % 2 === 0);
      kept.every *= 2;
    }
  }

  private readonly _byName = new Map<string, Kept>();
}

interface Kept {
  values: number[];
  steps: number[];
  every: number;
  seen: number;
  last: number;
  lastStep: number;
}

/** SVG path of points in a box of width x height whose ends are given; what is not finite is a gap. */
export function linePath(
  { values, steps }: Pick<Series, 'values' | 'steps'>,
  across: readonly [number, number],
  down: readonly [number, number],
  width: number,
  height: number
): string {
  const [left, right] = across;
  const [low, high] = down;
  let isOn = false;
  return values
    .map((value, index) => {
      const step = steps?.[index] ?? index;
      const isPoint = Number.isFinite(value) && Number.isFinite(step);
      const sign = isOn ? 'L' : 'M';
      isOn = isPoint;
      const x = ((step - left) / (right - left || 1)) * width;
      const y = high === low ? height / 2 : height - ((value - low) / (high - low)) * height;
      return isPoint ? `${sign}${x.toFixed(1)},${y.toFixed(1)}` : '';
    })
    .join('');
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
