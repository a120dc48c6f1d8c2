import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EntityEvent } from '../_contract';
import { Signal } from '@lumino/signaling';
import { Client } from '../client';
import { overVersions } from '../models/aspects';
import { CompareModel, comparisonOf, overlaid } from '../models/compare';
import { comparedOf, comparedSearch, withoutCompared } from '../models/link';
import { linePath, SeriesTable } from '../models/series';
import type { IEntityEvents } from '../tokens';
import { FakeServer, modelOf, runOf, until } from './fakeServer';

describe('what is compared', () => {
  it.each([
    [{ project: 'p', ids: ['a', 'b'] }, ['a', 'b']],
    [{ project: 'p', ids: ['a', 'b', 'a'] }, ['a', 'b']],
    [{ project: 'p', ids: ['a'] }, null],
    [{ project: 'p', ids: ['a', 'a'] }, null],
    [{ project: 'p', ids: ['a', '../b'] }, null],
    [{ project: 'p', ids: ['a', 7] }, null],
    [{ project: 'p', ids: [...'abcdefghi'] }, null],
    [{ project: '..', ids: ['a', 'b'] }, null],
    [{ ids: ['a', 'b'] }, null],
    [{ project: 'p', ids: 'a,b' }, null],
    [{}, null]
  ])('by the arguments %j', (args, ids) => expect(comparisonOf(args)?.ids ?? null).toEqual(ids));

  it('by an address', () => {
    const link = { project: 'p', references: ['run/train-1', 'run/train-2'] };
    expect(comparedOf(comparedSearch(link))).toEqual(link);
    expect(withoutCompared(`${comparedSearch(link)}&reset`)).toBe('?reset=');
  });

  it.each([
    '',
    '?dh-compare=',
    '?dh-compare=p:run/a',
    '?dh-compare=p:run/a,model/b',
    '?dh-compare=p:run/a,run/../../api',
    '?dh-compare=https://evil.example/,run/a',
    `?dh-compare=p:${Array.from({ length: 9 }, (_, index) => `run/a-${index}`).join(',')}`
  ])('by the address %s nothing', search => expect(comparedOf(search)).toBeNull());
});

describe('lines', () => {
  it('of a metric lie over each other, each named after its run', () => {
    const runs = [
      { title: 'a-1', series: [{ name: 'loss', values: [2, 1] }] },
      {
        title: 'a-2',
        series: [
          { name: 'loss', values: [3] },
          { name: 'auc', values: [0.5] }
        ]
      }
    ];
    expect(overlaid(runs)).toEqual([
      {
        name: 'loss',
        lines: [
          { name: 'a-1', values: [2, 1] },
          { name: 'a-2', values: [3] }
        ]
      },
      { name: 'auc', lines: [{ name: 'a-2', values: [0.5] }] }
    ]);
  });

  it('know their steps, also when they are thinned', () => {
    const table = new SeriesTable();
    table.add(
      Array.from({ length: 2000 }, (_, index) => ({
        time: index,
        step: 10 * index,
        values: { loss: index }
      }))
    );
    const [{ values = [], steps = [] } = {}] = table.all;
    expect(values.length).toBeLessThanOrEqual(514);
    expect(steps).toEqual(values.map(value => 10 * value));
    expect(steps.at(-1)).toBe(19_990);
  });

  it.each([
    [{ values: [0, 10] }, 'M0.0,100.0L100.0,0.0'],
    [{ values: [0, NaN, 10] }, 'M0.0,100.0M200.0,0.0'],
    [{ values: [0, 10], steps: [0, 0.5] }, 'M0.0,100.0L50.0,0.0'],
    [{ values: [] }, '']
  ])('of %j', (series, path) => expect(linePath(series, [0, 1], [0, 10], 100, 100)).toBe(path));

  it('go from version to version, oldest first', () => {
    const version = (number: number, auc: unknown): ReturnType<typeof modelOf> => ({
      ...modelOf(String(number)),
      metadata: { version_number: number },
      status: { state: 'READY', metrics: { auc, only: number === 2 ? 1 : 'x' } }
    });
    expect(overVersions([version(3, 0.9), version(2, [0.1, 0.8]), version(1, 0.7)])).toEqual([
      { name: 'auc', steps: [1, 2, 3], values: [0.7, 0.8, 0.9] }
    ]);
  });
});

describe('runs beside each other', () => {
  let server: FakeServer;
  let client: Client;
  const BASE = 'GET /base/dh/api/v1/-/flights';

  class Events implements IEntityEvents {
    readonly changed = new Signal<this, EntityEvent>(this);
    readonly missed = new Signal<this, void>(this);
  }

  beforeEach(async () => {
    server = new FakeServer();
    client = new Client(await server.start());
  });

  afterEach(() => server.stop());

  it('are asked for with their code and packages, and again when one changes', async () => {
    for (const id of ['a', 'b']) {
      server.answers.set(`${BASE}/runs/${id}`, { body: { ...runOf('RUNNING'), id } });
    }
    server.answers.set(`${BASE}/runs/a/environment`, {
      body: { format: 1, python: '3.11', platform: 'x', packages: ['numpy==2.1'], digest: 'd' }
    });
    const source = { base64: btoa('x = 1') };
    server.answers.set(`${BASE}/functions/f00`, { body: { ...modelOf('f'), spec: { source } } });
    const events = new Events();
    const comparison = { project: 'flights', ids: ['a', 'b'] };
    const model = new CompareModel({ client, events, comparison });
    model.answer.watch(true);
    await until(model.answer.changed, () => model.answer.knowledge === 'known');
    expect(model.answer.value?.map(({ packages, code }) => [packages, code])).toEqual([
      [{ python: '3.11', numpy: '2.1' }, 'x = 1'],
      [{}, 'x = 1']
    ]);
    server.answers.set(`${BASE}/runs/b`, { body: { ...runOf('COMPLETED'), id: 'b' } });
    events.changed.emit({
      action: 'updated',
      project: 'flights',
      type: 'run',
      id: 'b'
    } as EntityEvent);
    await until(
      model.answer.changed,
      () => model.answer.value?.[1]?.run.status.state === 'COMPLETED'
    );
    model.dispose();
  });
});
