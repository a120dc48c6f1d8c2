import type { Dimension } from '../_contract';
import { numberText, valueText } from './text';

export interface Tick {
  /** From 0 at the low end to 1 at the high end. */
  readonly at: number;
  readonly text: string;
}

/** Where values lie between two ends. Linear, logarithmic, or places of choices. */
export interface Scale {
  readonly name: string;
  readonly kind: 'number' | 'choice';
  /** From 0 to 1; NaN for a value that has no place. */
  at(value: unknown): number;
  readonly ticks: readonly Tick[];
  /** The choices that stand at a place, or the number. */
  text(value: unknown): string;
}

/** Of a parameter, by what is varied of it. */
export function scaleOf(name: string, dimension: Dimension): Scale {
  if (dimension.type === 'choice') {
    return choices(name, dimension.choices ?? []);
  }
  const { low = 0, high = 1, log = false } = dimension;
  return log ? logarithmic(name, low, high) : linear(name, low, high);
}

/** Of numbers that were seen: from the least to the most. */
export function scaleOfValues(name: string, values: Iterable<number>): Scale {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (Number.isFinite(value)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) {
    return linear(name, 0, 1);
  }
  const margin = low === high ? Math.abs(low) * 0.05 || 0.5 : (high - low) * 0.04;
  return linear(name, low - margin, high + margin);
}

/** Of whatever values a parameter had: numbers by their size, all else as choices. */
export function scaleOfSeen(name: string, values: readonly unknown[]): Scale {
  return values.every(value => typeof value === 'number')
    ? scaleOfValues(name, values as number[])
    : choices(name, [...new Map(values.map(value => [JSON.stringify(value), value])).values()]);
}

/** The same with its ends exchanged. */
export function turned(scale: Scale): Scale {
  return {
    ...scale,
    at: value => 1 - scale.at(value),
    ticks: scale.ticks.map(({ at, text }) => ({ at: 1 - at, text }))
  };
}

export function linear(name: string, low: number, high: number): Scale {
  const span = high - low || 1;
  const at = (value: unknown): number => (typeof value === 'number' ? (value - low) / span : NaN);
  const ticks = roundSteps(low, high).map(value => ({ at: at(value), text: numberText(value) }));
  return { name, kind: 'number', at, ticks, text: valueText };
}

export function logarithmic(name: string, low: number, high: number): Scale {
  const [from, to] = [Math.log10(low), Math.log10(high)];
  const at = (value: unknown): number =>
    typeof value === 'number' && value > 0 ? (Math.log10(value) - from) / (to - from || 1) : NaN;
  const first = Math.ceil(from - 1e-9);
  const count = Math.floor(to + 1e-9) - first + 1;
  const every = Math.max(1, Math.ceil(count / 6));
  const powers = Array.from({ length: Math.max(0, Math.ceil(count / every)) }, (_, index) =>
    Number(`1e${first + index * every}`)
  );
  const marks = powers.length > 1 ? powers : [low, high];
  return {
    name,
    kind: 'number',
    at,
    ticks: marks.map(value => ({ at: at(value), text: shortText(value) })),
    text: valueText
  };
}

export function choices(name: string, values: readonly unknown[]): Scale {
  const places = new Map(values.map((value, index) => [JSON.stringify(value), index]));
  const at = (value: unknown): number => {
    const index = places.get(JSON.stringify(value));
    return index === undefined ? NaN : (index + 0.5) / values.length;
  };
  const ticks = values.map(value => ({ at: at(value), text: choiceText(value) }));
  return { name, kind: 'choice', at, ticks, text: choiceText };
}

/** A reference by its name alone. */
function choiceText(value: unknown): string {
  const key =
    typeof value === 'string' ? /^store:\/\/.*\/([^/:]+)(?::([^/]*))?$/.exec(value) : null;
  return key ? `${key[1] ?? ''}@${(key[2] ?? '').slice(0, 6)}` : valueText(value, 24);
}

/** Powers of ten beyond 1,000 and below 0.001 as 1e-5. */
function shortText(value: number): string {
  return value >= 1e4 || value < 1e-3
    ? value.toExponential().replace('e+', 'e')
    : numberText(value);
}

/** About five round numbers between two. */
export function roundSteps(low: number, high: number, count = 5): number[] {
  const rough = (high - low) / count;
  if (!(rough > 0) || !Number.isFinite(rough)) {
    return [low];
  }
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(each => each * power).find(each => each >= rough * 0.999) ?? rough;
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
    Number(((first + index) * step).toFixed(Math.min(100, digits)))
  );
}
