import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Signal } from '@lumino/signaling';
import type { EntityEvent } from '../_contract';
import { Client } from '../client';
import { type News, NewsModel } from '../models/news';
import type { IEntityEvents } from '../tokens';
import { FakeServer, runOf } from './fakeServer';

const FAILED = { diagnosis: { code: 'x', summary: 'Out of memory' } };

describe('NewsModel', () => {
  let server: FakeServer;
  let model: NewsModel;
  let changed: Signal<IEntityEvents, EntityEvent>;
  let next: () => Promise<News>;
  const told: News[] = [];

  const end = (
    id: string,
    state: string,
    status: Record<string, unknown> = {},
    user = 'ada'
  ): void => {
    const run = { ...runOf(state, status), id, user };
    server.answers.set(`GET /base/dh/api/v1/-/flights/runs/${id}`, { body: run });
    changed.emit({ action: 'updated', type: 'run', project: 'flights', id, state });
  };

  beforeEach(async () => {
    server = new FakeServer();
    const client = new Client(await server.start());
    const events = {} as { changed: typeof changed; missed: IEntityEvents['missed'] };
    changed = new Signal(events as IEntityEvents);
    events.changed = changed;
    events.missed = new Signal(events as IEntityEvents);
    model = new NewsModel({ client, events: events as IEntityEvents, user: () => 'ada' });
    told.length = 0;
    const waiting: ((news: News) => void)[] = [];
    model.told.connect((_, news) => {
      told.push(news);
      waiting.splice(0).forEach(resolve => resolve(news));
    });
    next = () => new Promise(resolve => waiting.push(resolve));
  });

  afterEach(async () => {
    model.dispose();
    await server.stop();
  });

  it('tells a failure with its reason, once', async () => {
    const first = next();
    end('a', 'ERROR', FAILED);
    changed.emit({ action: 'updated', type: 'run', project: 'flights', id: 'a', state: 'ERROR' });
    expect(await first).toMatchObject({ kind: 'failed', name: 'train', why: 'Out of memory' });
    expect(server.requests).toHaveLength(1);
  });

  it('tells what took long if that is wanted, and passes by what did not', async () => {
    model.loudness = 'long';
    const first = next();
    end('short', 'COMPLETED', { started: '2026-11-23T10:00:00Z', ended: '2026-11-23T10:00:59Z' });
    end('long', 'COMPLETED', { started: '2026-11-23T10:00:00Z', ended: '2026-11-23T10:01:00Z' });
    expect(await first).toMatchObject({ kind: 'ended', run: { id: 'long' } });
    expect(told).toHaveLength(1);
  });

  it('gathers failures that come together', async () => {
    const first = next();
    ['a', 'b', 'c'].forEach(id => end(id, 'ERROR', FAILED));
    end('d', 'ERROR', { message: 'Lost' });
    expect(await first).toEqual({ kind: 'many', count: 4, why: 'Out of memory', alike: 3 });
    expect(told).toHaveLength(1);
  });

  it("asks for nothing of what goes on, and tells nothing of others' runs or muted functions", async () => {
    changed.emit({ action: 'updated', type: 'run', project: 'flights', id: 'x', state: 'RUNNING' });
    changed.emit({ action: 'updated', type: 'model', project: 'flights', id: 'x', state: 'ERROR' });
    expect(server.requests).toEqual([]);
    end('theirs', 'ERROR', FAILED, 'eve');
    const first = next();
    end('mine', 'ERROR', FAILED);
    expect(await first).toMatchObject({ run: { id: 'mine' } });
    expect(told).toHaveLength(1);
    model.muted = ['train'];
    model.loudness = 'none';
    end('late', 'ERROR', FAILED);
    expect(server.requests.filter(name => name.endsWith('late'))).toEqual([]);
  });
});
