import { nullTranslator } from '@jupyterlab/translation';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Signal } from '@lumino/signaling';
import type { EntityEvent } from '../_contract';
import { Client } from '../client';
import { RunEnds } from '../models/ends';
import { RunsInView } from '../models/inView';
import { type News, NewsModel } from '../models/news';
import { UnseenFailures } from '../models/unseen';
import type { IEntityEvents } from '../tokens';
import { endWords, failureWords, quietWords } from '../widgets/words';
import { FakeServer, runOf } from './fakeServer';

const FAILED = { diagnosis: { code: 'x', summary: 'Out of memory' } };

describe('NewsModel', () => {
  let server: FakeServer;
  let ends: RunEnds;
  let model: NewsModel;
  let changed: Signal<IEntityEvents, EntityEvent>;
  let next: () => Promise<News>;
  let inView: RunsInView;
  let shownPage: string;
  const told: News[] = [];
  const heard = (): Promise<void> =>
    new Promise(resolve => {
      const once = (): void => {
        ends.ended.disconnect(once);
        resolve();
      };
      ends.ended.connect(once);
    });

  const end = (
    id: string,
    state: string,
    status: Record<string, unknown> = {},
    user = 'ada',
    spec: Record<string, unknown> = {}
  ): void => {
    const plain = runOf(state, status);
    const run = { ...plain, id, user, spec: { ...plain.spec, ...spec } };
    server.answers.set(`GET /base/dh/api/v1/-/flights/runs/${id}`, { body: run });
    changed.emit({ action: 'updated', type: 'run', project: 'flights', id, state });
  };

  beforeEach(async () => {
    server = new FakeServer();
    const client = new Client(await server.start());
    const auth = 'GET /base/dh/api/auth';
    server.answers.set(auth, { body: { username: 'ada', roles: [] } });
    const events = {} as { changed: typeof changed; missed: IEntityEvents['missed'] };
    changed = new Signal(events as IEntityEvents);
    events.changed = changed;
    events.missed = new Signal(events as IEntityEvents);
    ends = new RunEnds({ client, events: events as IEntityEvents });
    inView = new RunsInView(({ id }) => id === shownPage);
    shownPage = '';
    model = new NewsModel(ends, run => inView.has(run));
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
    ends.dispose();
    await server.stop();
  });

  it('tells a failure with its reason, once', async () => {
    const first = next();
    end('a', 'ERROR', FAILED);
    changed.emit({ action: 'updated', type: 'run', project: 'flights', id: 'a', state: 'ERROR' });
    expect(await first).toMatchObject({ kind: 'failed', name: 'train', why: 'Out of memory' });
    expect(server.requests.filter(name => name.endsWith('/a'))).toHaveLength(1);
  });

  it('tells what took long if that is wanted, and passes by what did not', async () => {
    model.loudness = 'long';
    const first = next();
    end('short', 'COMPLETED', { started: '2026-11-23T10:00:00Z', ended: '2026-11-23T10:00:59Z' });
    end('long', 'COMPLETED', { started: '2026-11-23T10:00:00Z', ended: '2026-11-23T10:01:00Z' });
    expect(await first).toMatchObject({ kind: 'ended', run: { id: 'long' }, isQuiet: false });
    expect(told).toHaveLength(1);
    inView.show('seen');
    const second = next();
    end('seen', 'COMPLETED', { started: '2026-11-23T10:00:00Z', ended: '2026-11-23T10:01:00Z' });
    const news = await second;
    expect(news).toMatchObject({ kind: 'ended', run: { id: 'seen' }, isQuiet: true });
    const words = news.kind === 'ended' ? endWords(news.run, nullTranslator.load('x')) : '';
    expect(words).toBe('train-42 succeeded in 1:00');
  });

  it('gathers failures that come together', async () => {
    const first = next();
    ['a', 'b', 'c'].forEach(id => end(id, 'ERROR', FAILED));
    end('d', 'ERROR', { message: 'Lost' });
    const many = { kind: 'many', why: 'Out of memory' };
    expect(await first).toEqual({ ...many, count: 4, alike: 3, isMore: false, isQuiet: false });
    const second = next();
    end('e', 'ERROR', FAILED);
    expect(await second).toEqual({ ...many, count: 5, alike: 4, isMore: true, isQuiet: false });
    const now = Date.now();
    vi.spyOn(Date, 'now').mockReturnValue(now + 11_000);
    const later = next();
    end('f', 'ERROR', FAILED);
    expect(await later).toMatchObject({ kind: 'failed', run: { id: 'f' } });
    vi.restoreAllMocks();
    expect(told).toHaveLength(3);
  });

  it('is quiet about what a card or a page shows, as long as it does', async () => {
    const [card, twin] = [inView.show('a'), inView.show('a')];
    card.dispose();
    const first = next();
    end('a', 'ERROR', FAILED);
    expect(await first).toMatchObject({ run: { id: 'a' }, isQuiet: true });
    shownPage = 'b';
    const second = next();
    end('b', 'ERROR', FAILED);
    expect(await second).toMatchObject({ run: { id: 'b' }, isQuiet: true });
    const third = next();
    end('c', 'ERROR', FAILED);
    inView.show('c').dispose();
    expect(await third).toMatchObject({ run: { id: 'c' }, isQuiet: false });
    twin.dispose();
    expect(inView.has({ project: 'flights', type: 'run', id: 'a' })).toBe(false);
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
    end('quiet', 'COMPLETED', { started: '2026-11-23T10:00:00Z', ended: '2026-11-23T10:09:00Z' });
    expect(server.requests.filter(name => name.endsWith('quiet'))).toEqual([]);
    model.muted = ['train'];
    const known = heard();
    end('late', 'ERROR', FAILED);
    await known;
    expect(told).toHaveLength(1);
    model.muted = [];
    model.loudness = 'none';
    const again = heard();
    end('later', 'ERROR', FAILED);
    await again;
    expect(told).toHaveLength(1);
  });

  it('tells nothing of trials: their sweep does', async () => {
    end('trial', 'ERROR', FAILED, 'ada', { trial: { sweep: 's', number: 0 } });
    const first = next();
    end('mine', 'ERROR', FAILED);
    expect(await first).toMatchObject({ run: { id: 'mine' } });
    expect(told).toHaveLength(1);
  });

  it('counts failures until they can be seen', async () => {
    const inView = new Set<string>();
    const unseen = new UnseenFailures(ends, ({ id }) => inView.has(id));
    const counts: number[] = [];
    unseen.changed.connect(() => counts.push(unseen.count));
    inView.add('seen');
    for (const [id, state] of [
      ['seen', 'ERROR'],
      ['well', 'COMPLETED'],
      ['a', 'ERROR'],
      ['b', 'ERROR'],
      ['c', 'ERROR']
    ] as const) {
      ends.tellsAll = true;
      const known = heard();
      end(id, state);
      await known;
    }
    expect(counts).toEqual([1, 2, 3]);
    unseen.look();
    inView.add('b');
    unseen.look();
    changed.emit({ action: 'deleted', type: 'run', project: 'flights', id: 'a' });
    expect(counts).toEqual([1, 2, 3, 2, 1]);
    unseen.dispose();
  });
});

describe('what is told', () => {
  it('leaves room for the reason and for the other buttons beside a long name', () => {
    const trans = nullTranslator.load('dh_jupyter');
    const name = 'generated_'.repeat(12);
    const told = failureWords(`${name}-1`, `Out of memory${'!'.repeat(200)}`, trans);
    expect(told).toContain('… failed: Out of memory!');
    expect(told).toHaveLength(140);
    expect(failureWords('train-1', 'Away', trans)).toBe('train-1 failed: Away');
    expect(quietWords(name, trans)).toBe('Do not show again for generated_generated…');
    expect(quietWords('divide', trans)).toBe('Do not show again for divide');
  });
});
