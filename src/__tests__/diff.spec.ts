import { describe, expect, test } from 'vitest';
import { beside, countsOf, diffOf, hunksOf } from '../models/diff';

const SIGNS = { same: ' ', added: '+', removed: '-' };
const told = (before: string, after: string): string =>
  diffOf([...before], [...after])
    .map(({ kind, text }) => `${SIGNS[kind]}${text}`)
    .join('');

describe('a diff', () => {
  test.each([
    ['', '', ''],
    ['abc', 'abc', ' a b c'],
    ['', 'ab', '+a+b'],
    ['ab', '', '-a-b'],
    ['abc', 'axc', ' a-b+x c'],
    ['abc', 'abcd', ' a b c+d'],
    ['abc', 'zabc', '+z a b c'],
    ['abcabba', 'cbabac', '-a-b c+b a b-b a+c'],
    ['aaa', 'aa', ' a a-a']
  ])('from %j to %j', (before, after, expected) => {
    expect(told(before, after)).toBe(expected);
  });

  test('is a way from one to the other, whatever they are', () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    for (let turn = 0; turn < 200; turn++) {
      const text = (): string[] =>
        Array.from({ length: random(30) }, () => 'abcd'[random(4)] ?? '');
      const [before, after] = [text(), text()];
      const lines = diffOf(before, after);
      expect(lines.filter(({ kind }) => kind !== 'added').map(({ text }) => text)).toEqual(before);
      expect(lines.filter(({ kind }) => kind !== 'removed').map(({ text }) => text)).toEqual(after);
      expect(lines.flatMap(line => line.after ?? [])).toEqual(after.map((_, index) => index + 1));
    }
  });

  test('of texts that have nothing in common ends', () => {
    const one = Array.from({ length: 20_000 }, (_, index) => `a${index}`);
    const { added, removed } = countsOf(
      diffOf(
        one,
        one.map(line => `${line}!`)
      )
    );
    expect([added, removed]).toEqual([20_000, 20_000]);
  }, 120_000);

  test('shows three lines around each change, and how many are left out', () => {
    const hunks = hunksOf(diffOf([...'abcdefghijklmnopqrst'], [...'abcdeXghijklmnopqrsT']));
    expect(hunks.map(({ skipped, lines }) => [skipped, lines.length])).toEqual([
      [2, 8],
      [7, 5]
    ]);
    expect(hunksOf(diffOf(['a'], ['a']))).toEqual([]);
  });
});

test.each([
  [[{}], []],
  [[{ a: 1 }, { a: 1 }], [['a', [1, 1], true]]],
  [
    [
      { a: 1, b: [2], toString: 3 },
      { a: 1, b: [2, 3], c: null }
    ],
    [
      ['b', [[2], [2, 3]], false],
      ['toString', [3, undefined], false],
      ['c', [undefined, null], false],
      ['a', [1, 1], true]
    ]
  ]
])('%j beside each other', (records, expected) => {
  const rows = beside(records as Record<string, unknown>[]);
  expect(rows.map(({ name, values, isSame }) => [name, values, isSame])).toEqual(expected);
});
