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
  const value = keyOf(trials, sort.by);
  const way = sort.isDown ? -1 : 1;
  const keyed: [number, number | string | null][] = [];
  for (let row = 0; row < trials.length; row++) {
    if (isShown(row)) {
      keyed.push([row, value(row)]);
    }
  }
  keyed.sort(([one, a], [other, b]) => {
    if (a === null || b === null) {
      return a === b ? trials.number(one) - trials.number(other) : a === null ? 1 : -1;
    }
    return a === b ? trials.number(one) - trials.number(other) : a < b ? -way : way;
  });
  return keyed.map(([row]) => row);
}

function keyOf(trials: TrialTable, by: string): (row: number) => number | string | null {
  const [kind = '', ...rest] = by.split(':');
  const name = rest.join(':');
  switch (kind) {
    case 'state':
      return row => STATES.indexOf(trials.state(row));
    case 'seconds':
      return row => trials.seconds(row);
    case 'value':
      return row => trials.value(row, name);
    case 'parameter':
      return row => asKey(trials.parameter(row, name));
    default:
      return row => trials.number(row);
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
