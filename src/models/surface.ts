import type { Scale } from './scales';
import type { TrialTable } from './trials';

/** A finished trial as a point of a plot, each side from 0 to 1. */
export interface Point {
  readonly row: number;
  readonly x: number;
  readonly y: number;
  readonly value: number;
}

/** Finished trials by a parameter (or two) and an objective; those without a place are left out. */
export function pointsOf(
  trials: TrialTable,
  x: Scale,
  y: Scale | null,
  objective: string,
  values: Scale
): Point[] {
  const points: Point[] = [];
  const reached = trials.values(objective);
  for (let row = 0; row < trials.length; row++) {
    const value = reached[row] ?? NaN;
    if (trials.state(row) !== 'finished' || Number.isNaN(value)) {
      continue;
    }
    const at = x.at(trials.parameter(row, x.name));
    const up = y ? y.at(trials.parameter(row, y.name)) : values.at(value);
    if (Number.isFinite(at) && Number.isFinite(up)) {
      points.push({ row, x: at, y: up, value });
    }
  }
  return points;
}

/** So many points make a surface; of more every second, third… */
const MOST = 800;

/**
 * The value between points, on `size` by `size` places row by row from below: each point counts by the inverse of its
 * distance squared. Empty for fewer than three points.
 */
export function surfaceOf(points: readonly Point[], size: number): Float64Array {
  if (points.length < 3) {
    return new Float64Array();
  }
  const every = Math.ceil(points.length / MOST);
  const used = points.filter((_, index) => index % every === 0);
  const surface = new Float64Array(size * size);
  for (let place = 0; place < surface.length; place++) {
    const x = ((place % size) + 0.5) / size;
    const y = (Math.floor(place / size) + 0.5) / size;
    let [sum, weights] = [0, 0];
    for (const point of used) {
      const weight = 1 / ((point.x - x) ** 2 + (point.y - y) ** 2 + 1e-4);
      sum += weight * point.value;
      weights += weight;
    }
    surface[place] = sum / weights;
  }
  return surface;
}

/** The band of each place, from 0 (least) to `bands` - 1 (most). */
export function bandsOf(surface: Float64Array, bands: number): Uint8Array {
  const low = surface.reduce((least, each) => Math.min(least, each), Infinity);
  const high = surface.reduce((most, each) => Math.max(most, each), -Infinity);
  const span = high - low || 1;
  return Uint8Array.from(surface, value =>
    Math.min(bands - 1, Math.floor(((value - low) / span) * bands))
  );
}
