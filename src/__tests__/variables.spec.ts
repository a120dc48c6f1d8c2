import { describe, expect, it } from 'vitest';
import { namesIn, toggled, typedOf } from '../models/variables';

describe('variables of a run, as typed', () => {
  it.each([
    ['', []],
    [
      'A=1,B=x/y',
      [
        ['A', '1'],
        [' B ', 'x/y']
      ]
    ],
    ['A=', [['A', '']]],
    ['', [['', '']]],
    ['=lost', [['', 'lost']]],
    [
      '{"A":"b, c","B":"1"}',
      [
        ['A', 'b, c'],
        ['B', '1']
      ]
    ],
    ['{"A":"a=\\"b\\""}', [['A', 'a="b"']]]
  ] as const)('%s', (typed, pairs) => {
    expect(typedOf(pairs.map(([name, value]) => ({ name, value })))).toBe(typed);
  });
});

describe('names in a list', () => {
  it.each([
    ['', 'A', 'A'],
    ['A', 'A', ''],
    ['A, B', 'C', 'A,B,C'],
    ['A,B', 'A', 'B']
  ])('%s with %s more, or without it', (text, name, wanted) => {
    expect(toggled(text, name)).toBe(wanted);
    expect(namesIn(` ${text},`)).toEqual(namesIn(text));
  });
});
