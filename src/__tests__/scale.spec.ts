import { describe, expect, it } from 'vitest';
import { extentOf, nearest, ticksOf } from '../models/scale';

describe('an axis', () => {
  it.each([
    [0, 1, 4, [0, 0.5, 1]],
    [0, 10, 5, [0, 2, 4, 6, 8, 10]],
    [0.1, 0.35, 3, [0.1, 0.2, 0.3]],
    [-3, 3, 3, [-2, 0, 2]],
    [0, 3e-7, 3, [0, 1e-7, 2e-7, 3e-7]],
    [5, 5, 4, [5]],
    [NaN, 1, 4, []],
    [-Infinity, 1, 4, []]
  ])('from %d to %d with %d ticks', (low, high, count, expected) => {
    expect(ticksOf(low, high, count)).toEqual(expected);
  });

  it.each([
    [[], null],
    [[NaN, Infinity], null],
    [
      [3, NaN, 1],
      [1, 3]
    ]
  ])('the ends of %j', (values, expected) => expect(extentOf(values)).toEqual(expected));

  it.each([
    [[], 1, -1],
    [[0, 5, 10], 6, 1],
    [[0, 5, 10], 99, 2]
  ])('in %j the nearest to %d', (values, wanted, index) =>
    expect(nearest(values, wanted)).toBe(index)
  );
});
