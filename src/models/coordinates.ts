import type { Objective } from '../_contract';
import { type Scale, scaleOfValues, turned } from './scales';
import type { TrialTable } from './trials';

/** An axis of parallel coordinates; the better end of an objective is at the top. */
export interface Axis {
  readonly scale: Scale;
  readonly kind: 'parameter' | 'objective';
  value(row: number): unknown;
}

/** Ends of what is kept on an axis, from 0 to 1. */
export type Range = readonly [number, number];

export function axesOf(
  trials: TrialTable,
  scales: readonly Scale[],
  objectives: readonly Objective[]
): Axis[] {
  const parameters = scales.map((scale): Axis => ({
    scale,
    kind: 'parameter',
    value: row => trials.parameter(row, scale.name)
  }));
  return [...parameters, ...objectives.map(objective => axisOfObjective(trials, objective))];
}

function axisOfObjective(trials: TrialTable, { name, direction }: Objective): Axis {
  const scale = scaleOfValues(name, trials.values(name));
  return {
    scale: direction === 'maximize' ? scale : turned(scale),
    kind: 'objective',
    value: row => trials.value(row, name)
  };
}

/** Places of a trial on all axes; null if one of them has no place for it. */
export function placesOf(axes: readonly Axis[], row: number): number[] | null {
  const places = axes.map(axis => axis.scale.at(axis.value(row)));
  return places.every(Number.isFinite) ? places : null;
}

/** Whether a trial lies in all ranges, each by the name of its axis. */
export function isWithin(
  axes: readonly Axis[],
  ranges: ReadonlyMap<string, Range>,
  row: number
): boolean {
  return axes.every(axis => {
    const range = ranges.get(axis.scale.name);
    const at = range ? axis.scale.at(axis.value(row)) : 0;
    return !range || (at >= range[0] && at <= range[1]);
  });
}
