import { describe, expect, test } from 'vitest';
import type { Lineage } from '../_contract';
import { type Arrow, apart, curve, layoutOf, neighbour } from '../models/graphLayout';
import { LineageModel, merged, towards } from '../models/lineage';
import { until } from './fakeServer';

const SIZE = { width: 100, height: 40, across: 60, down: 20 };

/** Milliseconds that much work may take on a busy machine. */
const BUSY = 120_000;

/** `a>b b>c` as arrows. */
const arrowsOf = (text: string): Arrow[] =>
  text
    .split(' ')
    .filter(Boolean)
    .map(each => each.split('>') as unknown as Arrow);

const columnsOf = (names: string, arrows: string): Record<string, number> =>
  Object.fromEntries(
    layoutOf([...names], arrowsOf(arrows), SIZE).nodes.map(({ name, column }) => [name, column])
  );

describe('columns', () => {
  test.each([
    ['a thing alone', 'a', '', { a: 0 }],
    ['a chain', 'cba', 'a>b b>c', { a: 0, b: 1, c: 2 }],
    ['the longest way counts', 'abc', 'a>b b>c a>c', { a: 0, b: 1, c: 2 }],
    ['what nothing leads to stands just before', 'abcf', 'a>b b>c f>c', { a: 0, b: 1, f: 1, c: 2 }],
    ['two that have nothing to do with each other', 'abcd', 'a>b c>d', { a: 0, b: 1, c: 0, d: 1 }],
    ['an arrow to nowhere is no arrow', 'ab', 'a>b b>z z>a', { a: 0, b: 1 }],
    ['one to itself neither', 'ab', 'a>a a>b', { a: 0, b: 1 }],
    ['a circle does not hang', 'abc', 'a>b b>c c>a', { a: 0, b: 1, c: 2 }],
    ['two in a circle', 'ab', 'b>a a>b', { a: 0, b: 1 }]
  ])('%s', (_, names, arrows, expected) => {
    expect(columnsOf(names, arrows)).toEqual(expected);
  });

  test('arrows of a circle are drawn all the same', () => {
    expect(layoutOf(['a', 'b'], arrowsOf('a>b b>a'), SIZE).arrows).toHaveLength(2);
  });
});

describe('places', () => {
  test('one of several is in the middle of those it comes from', () => {
    const { nodes } = layoutOf([...'abcx'], arrowsOf('a>x b>x c>x'), SIZE);
    const y = new Map(nodes.map(node => [node.name, node.y]));
    expect(y.get('x')).toBeCloseTo(y.get('b')!);
  });

  test('nothing crosses that need not', () => {
    const { nodes } = layoutOf([...'abcd'], arrowsOf('a>d b>c'), SIZE);
    const y = new Map(nodes.map(node => [node.name, node.y]));
    expect(Math.sign(y.get('a')! - y.get('b')!)).toBe(Math.sign(y.get('d')! - y.get('c')!));
  });

  test('a long arrow goes around the nodes between', () => {
    const { nodes, arrows } = layoutOf([...'abc'], arrowsOf('a>b b>c a>c'), SIZE);
    const b = nodes.find(({ name }) => name === 'b')!;
    const { points } = arrows.find(({ from, to }) => from === 'a' && to === 'c')!;
    expect(points).toHaveLength(4);
    expect(points[1]![1] < b.y || points[1]![1] > b.y + SIZE.height).toBe(true);
  });

  test(
    'no two nodes of hundreds overlap, and all are inside',
    () => {
      const names = Array.from({ length: 500 }, (_, index) => `n${index}`);
      const arrows = names.slice(1).flatMap((name, index): Arrow[] => [
        [names[Math.floor(index / 3)]!, name],
        [names[(index * 7) % (index + 1)]!, name]
      ]);
      const { nodes, width, height } = layoutOf(names, arrows, SIZE);
      expect(nodes).toHaveLength(500);
      for (const [index, one] of nodes.entries()) {
        const next = nodes[index + 1];
        if (next?.column === one.column) {
          expect(next.y - one.y).toBeGreaterThanOrEqual(SIZE.height + SIZE.down - 0.001);
        }
        expect(one.x + SIZE.width).toBeLessThanOrEqual(width);
        expect(one.y).toBeGreaterThanOrEqual(0);
        expect(one.y + SIZE.height).toBeLessThanOrEqual(height);
      }
    },
    BUSY
  );

  test(
    'a chain longer than a stack of calls is no trouble',
    () => {
      const names = Array.from({ length: 12_000 }, (_, index) => `n${index}`);
      const arrows = names.slice(1).map((name, index): Arrow => [names[index]!, name]);
      expect(layoutOf(names, arrows, SIZE).nodes.at(-1)?.column).toBe(11_999);
    },
    BUSY
  );

  test.each([
    [[0, 100], 60, [0, 100]],
    [[50, 50], 60, [20, 80]],
    [[0, 0, 0], 10, [-10, 0, 10]],
    [[100, 0], 60, [20, 80]]
  ])('%j at least %i apart', (wanted, gap, expected) => {
    expect(apart(wanted, gap)).toEqual(expected);
  });

  test.each([
    [[], ''],
    [
      [
        [0, 5],
        [10, 5]
      ],
      'M0 5H10'
    ],
    [
      [
        [0, 0],
        [10, 20]
      ],
      'M0 0C5 0 5 20 10 20'
    ]
  ] as [[number, number][], string][])('a curve through %j', (points, path) => {
    expect(curve(points)).toBe(path);
  });
});

describe('keys', () => {
  const layout = layoutOf([...'abcxyz'], arrowsOf('a>x b>x c>x x>y x>z'), SIZE);

  test.each([
    ['a', 'ArrowRight', 'x'],
    ['x', 'ArrowLeft', 'b'],
    ['a', 'ArrowDown', 'b'],
    ['b', 'ArrowUp', 'a'],
    ['a', 'ArrowUp', undefined],
    ['a', 'ArrowLeft', undefined],
    ['nobody', 'ArrowLeft', undefined]
  ] as const)('from %s, %s goes to %s', (from, key, to) => {
    expect(neighbour(layout, from, key)).toBe(to);
  });
});

const graphOf = (text: string, more = false): Lineage => {
  const arrows = arrowsOf(text);
  return {
    nodes: [...new Set(arrows.flat())].map(key => ({ key, reference: key })),
    edges: arrows.map(([dest, source]) => ({ type: 'consumes', source, dest })),
    more
  };
};

describe('a lineage', () => {
  test.each([
    ['both', 'abcde'],
    ['before', 'abc'],
    ['after', 'cd']
  ] as const)('towards %s', (direction, keys) => {
    const shown = towards(graphOf('a>b b>c c>d a>e'), 'c', direction);
    expect(shown.nodes.map(({ key }) => key).sort()).toEqual([...keys]);
  });

  test('of several parts is one, without anything twice', () => {
    const gone: Lineage = { nodes: [{ key: 'b' }], edges: [], more: true };
    const all = merged([gone, graphOf('a>b'), graphOf('a>b b>c')]);
    expect(all.nodes).toHaveLength(3);
    expect(all.edges).toHaveLength(2);
    expect(all.nodes.find(({ key }) => key === 'b')?.reference).toBe('b');
    expect(all.more).toBe(true);
  });

  test('asks as far as it is told to, and around what is expanded', async () => {
    const asked: string[] = [];
    const lineage = async (
      project: string,
      entity: string,
      id: string,
      steps?: number
    ): Promise<Lineage> => {
      asked.push(`${project}/${entity}/${id} ${steps}`);
      return graphOf(id === 'm1' ? 'a>b' : 'a>c');
    };
    const model = new LineageModel({ lineage }, { project: 'p', type: 'model', id: 'm1' });
    model.answer.watch(true);
    await until(model.answer.changed, () => model.answer.value !== null);
    model.expand({ project: 'p', type: 'dataitem', id: 'd1' });
    await until(model.answer.changed, () => model.answer.value?.nodes.length === 3);
    expect(model.isExpanded({ project: 'p', type: 'dataitem', id: 'd1' })).toBe(true);
    model.setSteps(5);
    await until(model.answer.changed, () => asked.length === 5);
    expect(asked).toEqual([
      'p/model/m1 3',
      'p/model/m1 3',
      'p/dataitem/d1 1',
      'p/model/m1 5',
      'p/dataitem/d1 1'
    ]);
    model.dispose();
  });
});
