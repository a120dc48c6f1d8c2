import { describe, expect, it } from 'vitest';
import type { Entity } from '../_contract';
import { aboutRun, codeFor, durationOf, fractionOf, gpusOf, sizeOf, titleOf } from '../models/rows';
import { merged } from '../models/section';
import { targetOf } from '../models/target';
import { modelOf as model, runOf } from './fakeServer';

const thing = (type: string, name: string, more: Partial<Entity> = {}): Entity => ({
  ...model('1'),
  name,
  key: `store://flights/${type}/kind/${name}:1`,
  metadata: { reference: `${type === 'dataitem' ? 'dataset' : type}/${name}@3`, version_number: 3 },
  ...more
});

describe('rows', () => {
  it('are called what a person calls them', () => {
    expect(titleOf(runOf('RUNNING'))).toBe('train-42');
    expect(titleOf(thing('model', 'delays'))).toBe('delays');
    expect(titleOf({ ...thing('model', 'delays'), metadata: {} })).toBe('delays');
  });

  it.each([
    [
      'RUNNING',
      { progress: { done: 3, total: 4, text: 'round 3 of 4' }, metrics: { mae: [2, 1.5] } },
      'round 3 of 4 · mae 1.5'
    ],
    ['RUNNING', { progress: { done: 3, total: 4 } }, '3 / 4'],
    ['READY', { message: 'All 2 cores are in use.' }, 'All 2 cores are in use.'],
    [
      'ERROR',
      { diagnosis: { code: 'memory', summary: 'Killed at its memory limit 8Gi.' } },
      'Killed at its memory limit 8Gi.'
    ],
    ['COMPLETED', { metrics: { mae: 1.5 }, outputs: { model: 'k' } }, 'mae 1.5 · → model'],
    ['STOPPED', {}, '']
  ])('of a run that is %s tell what matters: %j', (state, status, told) => {
    expect(aboutRun(runOf(state, status), () => '')).toBe(told);
  });

  it('know how long, how far and with how much', () => {
    const now = Date.parse('2026-11-23T10:01:05.000Z');
    expect(durationOf(runOf('RUNNING'), now)).toBe('1:04');
    expect(durationOf(runOf('COMPLETED', { ended: '2026-11-23T10:00:11.000Z' }), now)).toBe('0:10');
    expect(fractionOf(runOf('RUNNING', { progress: { done: 1, total: 4 } }))).toBe(0.25);
    expect(fractionOf(runOf('COMPLETED', { progress: { done: 1, total: 4 } }))).toBeNull();
    expect(gpusOf({ ...runOf('READY'), spec: { resources: { gpu: '2' } } })).toBe(2);
    const spec = { schema: { fields: [{}, {}] } };
    expect(
      sizeOf(thing('dataitem', 'flights', { spec, status: { preview: { rows: 336776 } } }))
    ).toBe('336,776 × 2');
    expect(sizeOf(thing('model', 'delays'))).toBe('@3');
  });
});

describe('the code of a row', () => {
  const parameters = {
    properties: {
      flights: {},
      lr: { default: 0.1 },
      fast: { default: true },
      tags: { default: ['a"b', null] }
    },
    required: ['flights']
  };

  it.each([
    [thing('dataitem', 'my-flights'), 'my_flights = dh.load("dataset/my-flights@3")\nmy_flights'],
    [thing('model', 'class'), 'class_ = dh.load("model/class@3")\nclass_'],
    [thing('artifact', '2024.csv'), '_2024_csv = dh.load("artifact/2024.csv@3")\n_2024_csv'],
    [thing('workflow', 'nightly'), 'dh.show("workflow/nightly@3", code=True)'],
    [runOf('RUNNING'), 'dh.run("run/train-42")'],
    [
      thing('function', 'train', { spec: { parameters } }),
      'r = dh.run("function/train@3", flights=..., lr=0.1, fast=True, tags=["a\\"b", None])\nr'
    ]
  ])('%#', (entity, code) => {
    expect(codeFor(entity)).toBe(`import dh_kernel as dh\n\n${code}`);
  });
});

describe('what a command is about', () => {
  it.each([
    [{ project: 'p', type: 'run', id: 'ab12' }, true],
    [{ project: 'p', type: 'run', id: '..' }, false],
    [{ project: 'p/../q', type: 'run', id: 'ab12' }, false],
    [{ project: 'p', type: 'secret', id: 'ab12' }, false],
    [{ project: 'p', type: 'run', id: 7 }, false],
    [{}, false]
  ])('%j', (args, isOne) => {
    expect(targetOf(args) !== null).toBe(isOne);
  });
});

describe('several lists as one', () => {
  const rows = (...ids: string[]): Entity[] => ids.map(id => model(id));

  it('are sorted, and end where one of them is not loaded yet', () => {
    const one = { rows: rows('9', '5', '1'), hasMore: false };
    const other = { rows: rows('8', '4'), hasMore: true };
    expect(merged([one, other]).map(({ id }) => id)).toEqual(['9', '8', '5', '4']);
    expect(merged([one, { ...other, hasMore: false }]).map(({ id }) => id)).toEqual([
      '9',
      '8',
      '5',
      '4',
      '1'
    ]);
  });
});
