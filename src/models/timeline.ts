import type { Entity, RunStatus } from '../_contract';
import { type Phase, phaseOf } from './states';
import { clockText } from './text';

/** A step of a run's life. */
export interface Step {
  readonly phase: Phase;
  readonly state: string;
  /** ISO 8601 */
  readonly time: string;
  /** How long it lasted, as 4:12; empty for the last. */
  readonly lasted: string;
}

/** Steps in order; neighbours that a person would call the same are one. */
export function stepsOf(run: Entity): Step[] {
  const { transitions = [] } = run.status as Partial<RunStatus>;
  const told = transitions
    .map(({ status, time }) => ({ state: String(status), time: String(time) }))
    .filter(({ time }) => !Number.isNaN(Date.parse(time)));
  const first = run.metadata.created ? [{ state: 'CREATED', time: run.metadata.created }] : [];
  const all = [...first, ...told].filter(
    ({ state }, index, list) => index === 0 || phaseOf(state) !== phaseOf(list[index - 1]?.state)
  );
  return all.map(({ state, time }, index) => {
    const next = all[index + 1];
    const seconds = next ? (Date.parse(next.time) - Date.parse(time)) / 1000 : NaN;
    return { phase: phaseOf(state), state, time, lasted: next ? clockText(seconds) : '' };
  });
}
