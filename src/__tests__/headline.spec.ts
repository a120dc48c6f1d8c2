import { describe, expect, it } from 'vitest';
import { headlineOf } from '../models/headline';

describe('headlineOf', () => {
  it('leaves what is read at one glance as it is', () => {
    expect(headlineOf('ValueError: no rows. Give it some.')).toEqual({
      head: 'ValueError: no rows. Give it some.',
      rest: '',
      isLong: false
    });
  });

  it('takes the first line, and folds what is long', () => {
    expect(headlineOf('KeyError: x\nKnown are a, b')).toEqual({
      head: 'KeyError: x',
      rest: 'Known are a, b',
      isLong: false
    });
    const rest = 'row\n'.repeat(9).trim();
    expect(headlineOf(`KeyError: x\n${rest}`)).toEqual({ head: 'KeyError: x', rest, isLong: true });
  });

  it('takes the first sentence of a long line, else the words that fit, and drops nothing', () => {
    const tail = 'word '.repeat(600).trim();
    expect(headlineOf(`ValueError: 3.5 is bad. ${tail}`)).toEqual({
      head: 'ValueError: 3.5 is bad.',
      rest: tail,
      isLong: true
    });
    const { head, rest } = headlineOf(tail);
    expect(head.length).toBeLessThanOrEqual(201);
    expect(head).toMatch(/word…$/);
    expect(`${head.slice(0, -1)} ${rest.slice(1)}`).toBe(tail);
    const dense = headlineOf('x'.repeat(3000));
    expect(dense.head.slice(0, -1) + dense.rest.slice(1)).toBe('x'.repeat(3000));
  });
});
