import type { Objective } from '../_contract';
import type { TrialTable } from './trials';

/** A step of the best value: from this trial on. */
export interface Step {
  readonly number: number;
  readonly value: number;
}

export interface BestSoFar {
  readonly steps: readonly Step[];
  /** The last number that has a trial. */
  readonly last: number;
}

/** How the best value of an objective came down or up. */
export function bestSoFar(trials: TrialTable, objective: Objective): BestSoFar {
  const isBetter = betterOf(objective);
  const values = trials.values(objective.name);
  const steps: Step[] = [];
  let last = -1;
  for (const row of rowsByNumber(trials)) {
    const number = trials.number(row);
    const value = values[row] ?? NaN;
    last = number;
    const before = steps.at(-1);
    if (
      trials.state(row) === 'finished' &&
      !Number.isNaN(value) &&
      (!before || isBetter(value, before.value))
    ) {
      steps.push({ number, value });
    }
  }
  return { steps, last };
}

export function betterOf({ direction }: Objective): (one: number, other: number) => boolean {
  return direction === 'maximize' ? (one, other) => one > other : (one, other) => one < other;
}

/** Rows by rising numbers; nearly always they are in that order already. */
export function rowsByNumber(trials: TrialTable): number[] {
  const rows = Array.from({ length: trials.length }, (_, row) => row);
  const isOrdered = rows.every(row => !row || trials.number(row - 1) < trials.number(row));
  return isOrdered ? rows : rows.sort((one, other) => trials.number(one) - trials.number(other));
}

/** Finished trials that no other one beats in both of two objectives, by the first. */
export function front(trials: TrialTable, first: Objective, second: Objective): number[] {
  const [better, betterToo] = [betterOf(first), betterOf(second)];
  const rows = rowsByNumber(trials).filter(
    row =>
      trials.state(row) === 'finished' &&
      trials.value(row, first.name) !== null &&
      trials.value(row, second.name) !== null
  );
  const at = (row: number, objective: Objective): number =>
    trials.value(row, objective.name) ?? NaN;
  rows.sort((one, other) => {
    const [a, b] = [at(one, first), at(other, first)];
    return a === b
      ? betterToo(at(one, second), at(other, second))
        ? -1
        : 1
      : better(a, b)
        ? -1
        : 1;
  });
  const kept: number[] = [];
  let best: number | null = null;
  for (const row of rows) {
    const value = at(row, second);
    if (best === null || betterToo(value, best)) {
      kept.push(row);
      best = value;
    }
  }
  return kept;
}
