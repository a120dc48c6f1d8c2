import { describe, expect, it, vi } from 'vitest';
import type { Objective, TrialColumns, TrialRow } from '../_contract';
import { bestSoFar, front } from '../models/bestSoFar';
import { axesOf, isWithin, placesOf } from '../models/coordinates';
import { Curves } from '../models/curves';
import { bestFirst, bestOf, countStates, ranked } from '../models/leaderboard';
import {
  choices,
  logarithmic,
  roundSteps,
  scaleOf,
  scaleOfSeen,
  scaleOfValues
} from '../models/scales';
import { bandsOf, pointsOf, surfaceOf } from '../models/surface';
import { TrialTable } from '../models/trials';

const AUC: Objective = { name: 'auc', direction: 'maximize' };
const SECONDS: Objective = { name: 'seconds', direction: 'minimize' };

/** [number, state, auc, seconds, lr, opt] */
type Row = [number, string, number | null | string, number | null, number, string];

function columnsOf(revision: number, rows: Row[]): TrialColumns {
  const column = <T>(index: number): T[] => rows.map(row => row[index] as T);
  return {
    revision,
    number: column<number>(0),
    state: column<string>(1),
    run: rows.map(([number]) => `run${number}`),
    values: { auc: column(2), seconds: column(3) },
    parameters: { lr: column(4), opt: column(5) },
    seconds: column<number | null>(3)
  };
}

const ROWS: Row[] = [
  [0, 'finished', 0.7, 3, 0.1, 'adam'],
  [1, 'pruned', null, 1, 0.01, 'sgd'],
  [2, 'finished', 0.9, 9, 0.001, 'adam'],
  [3, 'finished', 0.8, 2, 0.03, 'sgd'],
  [4, 'failed', null, null, 0.5, 'sgd'],
  [5, 'running', null, null, 0.2, 'adam']
];

function table(...rows: Row[]): TrialTable {
  const trials = new TrialTable();
  trials.merge(columnsOf(1, rows.length ? rows : ROWS));
  return trials;
}

describe('trials', () => {
  it('keeps numbers of thousands, and where there are none', () => {
    const trials = new TrialTable();
    const rows = Array.from({ length: 3000 }, (_, n): Row => [n, 'finished', n % 3 ? n : null, n, 0.1, 'adam']); // prettier-ignore
    trials.merge(columnsOf(1, rows));
    expect([trials.value(2999, 'auc'), trials.value(2997, 'auc')]).toEqual([2999, null]);
    expect([...trials.values('auc')].filter(value => !Number.isNaN(value))).toHaveLength(2000);
    expect(trials.values('f1')).toHaveLength(3000);
    const all = rows.map(([n]) => n).filter(n => n % 3);
    expect(bestOf(trials, AUC, all, 3)).toEqual([2999, 2998, 2996]);
    expect(bestOf(trials, SECONDS, all, 2)).toEqual([1, 2]);
    expect(bestOf(trials, AUC, [], 2)).toEqual([]);
  });

  it('merges what changed into what is known', () => {
    const trials = table(...ROWS.slice(0, 3));
    trials.merge(columnsOf(7, [[2, 'finished', 0.95, 9, 0.001, 'adam'], [3, 'running', null, null, 0.2, 'sgd']])); // prettier-ignore
    expect([trials.length, trials.revision, trials.turn]).toEqual([4, 7, 2]);
    expect(trials.value(trials.row(2), 'auc')).toBe(0.95);
    expect(trials.state(trials.row(3))).toBe('running');
    expect(trials.parameters(0)).toEqual({ lr: 0.1, opt: 'adam' });
    expect([trials.row(9), trials.run(9), trials.value(0, 'f1')]).toEqual([-1, null, null]);
  });

  it('takes what is no number for no value', () => {
    expect(table([0, 'finished', 'NaN', 1, 1, 'a']).value(0, 'auc')).toBeNull();
  });

  it('stays quick with 10,000 of them', () => {
    const rows = Array.from({ length: 10_000 }, (_, n): Row => [n, 'finished', Math.sin(n), n, n / 1e4, 'a']); // prettier-ignore
    const trials = table(...rows);
    expect(ranked(trials, bestFirst(AUC))[0]).toBe(trials.row(bestSoFar(trials, AUC).steps.at(-1)!.number)); // prettier-ignore
    expect(surfaceOf(pointsOf(trials, scaleOf('lr', { type: 'float', low: 0, high: 1 }), null, 'auc', scaleOfValues('auc', [-1, 1])), 16)).toHaveLength(256); // prettier-ignore
  });
});

describe('the best so far', () => {
  it('has a step for each better trial', () => {
    expect(bestSoFar(table(), AUC)).toEqual({
      steps: [
        { number: 0, value: 0.7 },
        { number: 2, value: 0.9 }
      ],
      last: 5
    });
    expect(bestSoFar(table(), SECONDS).steps.map(({ value }) => value)).toEqual([3, 2]);
    expect(bestSoFar(new TrialTable(), AUC)).toEqual({ steps: [], last: -1 });
  });

  it('is a front for two objectives', () => {
    const trials = table(
      ...ROWS,
      [6, 'finished', 0.9, 10, 1, 'a'],
      [7, 'finished', 0.5, 2, 1, 'a']
    );
    expect(front(trials, AUC, SECONDS).map(row => trials.number(row))).toEqual([2, 3]);
  });
});

describe('the leaderboard', () => {
  it.each([
    ['value:auc', true, [2, 3, 0, 1, 4, 5]],
    ['value:auc', false, [0, 3, 2, 1, 4, 5]],
    ['value:seconds', false, [3, 0, 2, 1, 4, 5]],
    ['number', true, [5, 4, 3, 2, 1, 0]],
    ['parameter:lr', false, [2, 1, 3, 0, 5, 4]],
    ['parameter:opt', false, [0, 2, 5, 1, 3, 4]],
    ['seconds', false, [1, 3, 0, 2, 4, 5]],
    ['state', false, [5, 0, 2, 3, 1, 4]]
  ])('sorts by %s', (by, isDown, numbers) => {
    const rows = ROWS.map((row): Row => (row[0] === 1 ? [1, 'pruned', null, by.startsWith('value') ? null : 1, row[4], row[5]] : row)); // prettier-ignore
    const trials = table(...rows);
    expect(ranked(trials, { by, isDown }).map(row => trials.number(row))).toEqual(numbers);
  });

  it('keeps what is asked for and counts states', () => {
    const trials = table();
    expect(ranked(trials, bestFirst(AUC), row => trials.state(row) === 'pruned')).toEqual([1]);
    expect(countStates(trials)).toEqual({ waiting: 0, running: 1, finished: 3, pruned: 1, failed: 1 }); // prettier-ignore
  });
});

describe('scales', () => {
  it.each([
    [{ type: 'float', low: 0, high: 10 } as const, 5, 0.5],
    [{ type: 'float', low: 1e-5, high: 1e-1, log: true } as const, 1e-3, 0.5],
    [{ type: 'int', low: 8, high: 64 } as const, 64, 1],
    [{ type: 'choice', choices: ['adam', 'sgd'] } as const, 'sgd', 0.75],
    [{ type: 'choice', choices: [null, [1]] } as const, [1], 0.75]
  ])('places a value of %j', (dimension, value, at) => {
    expect(scaleOf('x', dimension as never).at(value)).toBeCloseTo(at);
  });

  it('has no place for what does not belong', () => {
    expect(scaleOf('x', { type: 'float', low: 0, high: 1 }).at('a')).toBeNaN();
    expect(logarithmic('x', 1e-5, 1).at(0)).toBeNaN();
    expect(choices('x', ['a']).at('b')).toBeNaN();
  });

  it('marks round numbers, powers and choices', () => {
    expect(scaleOf('x', { type: 'int', low: 8, high: 64 }).ticks.map(({ text }) => text)).toEqual(['20', '40', '60']); // prettier-ignore
    expect(logarithmic('x', 1e-5, 1e-1).ticks.map(({ text }) => text)).toEqual(['1e-5', '1e-4', '0.001', '0.01', '0.1']); // prettier-ignore
    expect(logarithmic('x', 2, 5).ticks.map(({ text }) => text)).toEqual(['2', '5']);
    const key = 'store://demo/dataitem/table/flights:0123456789';
    expect(choices('x', [key, null]).ticks.map(({ text }) => text)).toEqual(['flights@012345', 'null']); // prettier-ignore
  });

  it('reaches from the least to the most that was seen', () => {
    expect(scaleOfValues('x', [NaN, 5, 5]).at(5)).toBeCloseTo(0.5);
    expect(scaleOfValues('x', []).at(0)).toBe(0);
    expect(scaleOfSeen('x', ['a', 'b', 'a']).ticks).toHaveLength(2);
    expect(scaleOfSeen('x', [1, 3]).kind).toBe('number');
  });

  it('steps by 1, 2 or 5', () => {
    expect(roundSteps(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(roundSteps(9.8, 14.1)).toEqual([10, 11, 12, 13, 14]);
    expect(roundSteps(3, 3)).toEqual([3]);
  });
});

describe('parallel coordinates', () => {
  it('has the better end of an objective at the top', () => {
    const trials = table();
    const scales = [scaleOf('lr', { type: 'float', low: 0.001, high: 1, log: true })];
    const axes = axesOf(trials, scales, [AUC, SECONDS]);
    const [fast, good] = [placesOf(axes, 3)!, placesOf(axes, 2)!];
    expect(good[1]).toBeGreaterThan(fast[1]!);
    expect(good[2]).toBeLessThan(fast[2]!);
    expect(placesOf(axes, 5)).toBeNull();
    expect(isWithin(axes, new Map([['lr', [0, 0.3]]]), 2)).toBe(true);
    expect(isWithin(axes, new Map([['lr', [0.1, 0.3]]]), 2)).toBe(false);
    expect(isWithin(axes, new Map(), 5)).toBe(true);
  });
});

describe('a surface', () => {
  const trials = table();
  const lr = scaleOf('lr', { type: 'float', low: 0.001, high: 1, log: true });
  const opt = choices('opt', ['adam', 'sgd']);
  const values = scaleOfValues('auc', [0.7, 0.9]);

  it('is made of finished trials', () => {
    const points = pointsOf(trials, lr, opt, 'auc', values);
    expect(points.map(({ row }) => row)).toEqual([0, 2, 3]);
    const surface = surfaceOf(points, 8);
    expect(surface).toHaveLength(64);
    expect(Math.max(...surface)).toBeLessThanOrEqual(0.9);
    const bands = bandsOf(surface, 4);
    expect([Math.min(...bands), Math.max(...bands)]).toEqual([0, 3]);
    expect(surfaceOf(points.slice(1), 8)).toHaveLength(0);
  });

  it('of one parameter is a slice', () => {
    expect(pointsOf(trials, lr, null, 'auc', values).map(({ value }) => value)).toEqual([0.7, 0.9, 0.8]); // prettier-ignore
  });
});

describe('what trials reported', () => {
  const row = (number: number, ...values: number[]): TrialRow => ({
    number,
    state: 'running',
    parameters: {},
    points: values.map((value, step) => [step, value])
  });

  it('is asked for of those in view, once, and again when there is more', async () => {
    const asked: (readonly number[])[] = [];
    let isDrawn: () => void = () => undefined;
    const curves = new Curves(
      async numbers => {
        asked.push(numbers);
        return numbers.map(number => row(number, 0.1, 0.2));
      },
      () => isDrawn()
    );
    const drawn = (): Promise<void> => new Promise(resolve => (isDrawn = resolve));
    let next = drawn();
    curves.want([
      { number: 3, reports: 2 },
      { number: 5, reports: 1 }
    ]);
    await next;
    expect(asked).toEqual([[3]]);
    expect(curves.of(3)).toEqual([0.1, 0.2]);
    expect(curves.of(5)).toBeNull();
    curves.want([{ number: 3, reports: 2 }]);
    next = drawn();
    curves.want([{ number: 3, reports: 7 }]);
    await next;
    expect(asked).toEqual([[3], [3]]);
  });

  it('is asked for once at a time: of what was in view meanwhile only the last counts', async () => {
    const asked: (readonly number[])[] = [];
    const answers: ((rows: TrialRow[]) => void)[] = [];
    const curves = new Curves(
      numbers => {
        asked.push(numbers);
        return new Promise(resolve => answers.push(resolve));
      },
      () => undefined
    );
    curves.want([{ number: 1, reports: 2 }]);
    curves.want([{ number: 2, reports: 2 }]);
    curves.want([{ number: 3, reports: 2 }]);
    expect(asked).toEqual([[1]]);
    answers[0]?.([row(1, 0.1, 0.2)]);
    await vi.waitFor(() => expect(asked).toEqual([[1], [3]]));
  });
});
