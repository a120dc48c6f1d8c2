import type { Objective } from '../_contract';
import type { TrialState, TrialTable } from './trials';

/** What a table of trials is sorted by. */
export interface Sort {
  /** number, state, seconds, value:NAME or parameter:NAME */
  readonly by: string;
  readonly isDown: boolean;
}

export const STATES: readonly TrialState[] = ['running', 'finished', 'pruned', 'failed', 'waiting'];

/** The best first. */
export function bestFirst({ name, direction }: Objective): Sort {
  return { by: `value:${name}`, isDown: direction === 'maximize' };
}

/** Rows of the trials that `isShown` keeps, sorted; those without a value come last, whichever way. */
export function ranked(
  trials: TrialTable,
  sort: Sort,
  isShown: (row: number) => boolean = () => true
): number[] {
  const keys = keysOf(trials, sort.by);
  const way = sort.isDown ? -1 : 1;
  const [found, without]: [number[], number[]] = [[], []];
  for (let row = 0; row < trials.length; row++) {
    if (isShown(row)) {
      const key = keys[row];
      (key === null || key !== key ? without : found).push(row);
    }
  }
  const byNumber = (one: number, other: number): number =>
    trials.number(one) - trials.number(other);
  found.sort((one, other) => {
    const [a, b] = [keys[one] as number, keys[other] as number];
    return a === b ? byNumber(one, other) : a < b ? -way : way;
  });
  return [...found, ...without.sort(byNumber)];
}

/** The `count` best of some rows, the best first, without sorting the rest. */
export function bestOf(
  trials: TrialTable,
  { name, direction }: Objective,
  rows: readonly number[],
  count: number
): number[] {
  const values = trials.values(name);
  const way = direction === 'maximize' ? 1 : -1;
  const value = (row: number): number => way * (values[row] ?? NaN);
  const best: number[] = [];
  for (const row of rows) {
    const last = best.at(-1);
    if (best.length < count || (last !== undefined && value(row) > value(last))) {
      const place = best.findIndex(each => value(row) > value(each));
      best.splice(place < 0 ? best.length : place, 0, row);
      best.length = Math.min(best.length, count);
    }
  }
  return best;
}

/** What is compared, by row; null or NaN where there is nothing. */
function keysOf(trials: TrialTable, by: string): ArrayLike<number | string | null> {
  const [kind = '', ...rest] = by.split(':');
  const name = rest.join(':');
  const each = (key: (row: number) => number | string | null): (number | string | null)[] =>
    Array.from({ length: trials.length }, (_, row) => key(row));
  switch (kind) {
    case 'state':
      return each(row => STATES.indexOf(trials.state(row)));
    case 'seconds':
      return trials.durations();
    case 'value':
      return trials.values(name);
    case 'parameter':
      return each(row => asKey(trials.parameter(row, name)));
    default:
      return each(row => trials.number(row));
  }
}

/** Numbers by size, all else by its text. */
function asKey(value: unknown): number | string | null {
  if (value === null || value === undefined) {
    return null;
  }
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value);
}

/** How many trials there are of each state. */
export function countStates(trials: TrialTable): Record<TrialState, number> {
  const counts = { waiting: 0, running: 0, finished: 0, pruned: 0, failed: 0 };
  for (let row = 0; row < trials.length; row++) {
    counts[trials.state(row)]++;
  }
  return counts;
}
