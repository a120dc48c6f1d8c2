import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../client';
import { Answer } from '../models/answer';
import { linkOf, searchOf, targetOfKey, withoutLink } from '../models/link';
import { found, LogRing } from '../models/logRing';
import { RunFollower } from '../models/follower';
import { RunModel } from '../models/run';
import { stepsOf } from '../models/timeline';
import { FakeServer, runOf, send, until } from './fakeServer';

const part = (text: string, start: number): { bytes: Uint8Array; start: number; size: number } => {
  const bytes = new TextEncoder().encode(text);
  return { bytes, start, size: start + bytes.length };
};

describe('links', () => {
  it.each([
    ['?dh=flights:run/train-42', { project: 'flights', reference: 'run/train-42' }],
    ['?reset&dh=a:model/m@champion', { project: 'a', reference: 'model/m@champion' }]
  ])('%s names a thing', (search, link) => {
    expect(linkOf(search)).toEqual(link);
    expect(linkOf(searchOf(link))).toEqual(link);
    expect(linkOf(withoutLink(search))).toBeNull();
  });

  it.each([
    '',
    '?dh=',
    '?dh=run/train-42',
    '?dh=..:run/train-42',
    '?dh=a:secret/key',
    '?dh=a:run/../../api/contents',
    '?dh=https://evil.example/run/x',
    '?dh=a:run/x%0Ay'
  ])('%s names nothing', search => expect(linkOf(search)).toBeNull());

  it.each([
    ['store://p/dataitem/table/flights:d4', { project: 'p', type: 'dataitem', id: 'd4' }],
    ['store://p/run/python+job:run/ab12', { project: 'p', type: 'run', id: 'ab12' }],
    ['python://p/train:f3', { project: 'p', type: 'function', id: 'f3' }],
    ['store://p/secret/s/key:1', null],
    ['javascript:alert(1)', null]
  ])('%s is a key', (key, target) => expect(targetOfKey(key)).toEqual(target));
});

describe('LogRing', () => {
  it('keeps the last 5,000 lines, and knows where they begin', () => {
    const ring = new LogRing();
    const text = Array.from({ length: 6000 }, (_, index) => `${index} ü\n`).join('');
    ring.add(text, new TextEncoder().encode(text).length);
    expect([ring.all.length, ring.line(0), ring.line(4999)]).toEqual([5000, '1000 ü', '5999 ü']);
    const before = text.split('\n').slice(0, 1000).join('\n') + '\n';
    expect(ring.start).toBe(new TextEncoder().encode(before).length);
  });

  it('begins with the end of a long log, at a whole line, and takes what comes', () => {
    const ring = new LogRing();
    ring.begin(part('lf\nwhole\nope', 100));
    expect([ring.all, ring.start, ring.offset]).toEqual([['whole', 'ope'], 103, 112]);
    ring.add('n\nnext', 118);
    expect([ring.all, ring.offset]).toEqual([['whole', 'open', 'next'], 118]);
  });

  it('puts older parts above, and only those that join', () => {
    const ring = new LogRing();
    ring.begin(part('x\nthird\n', 12));
    ring.addOlder(part('one\ntwo\n', 0));
    expect(ring.all).toEqual(['third']);
    ring.addOlder(part('one\nsecond..x\n', 0));
    expect([ring.all, ring.start]).toEqual([['one', 'second..x', 'third'], 0]);
  });

  it('numbers its lines where somebody has counted those before', () => {
    const ring = new LogRing();
    ring.add('one\ntwo\n', 8);
    expect([ring.number(0), ring.number(1)]).toEqual([1, 2]);
    ring.begin({ ...part('lf\nwhole\n', 100), before: 40 });
    expect([ring.all, ring.number(0)]).toEqual([['whole'], 42]);
    ring.addOlder({ ...part('\nolder\nhalf\n', 91), before: 39 });
    expect([ring.all, ring.number(0), ring.number(2)]).toEqual([
      ['older', 'half', 'whole'],
      41,
      43
    ]);
    expect(ring.moved).toBe(2);
    ring.begin(part('lf\nwhole\n', 100));
    expect(ring.number(0)).toBeNull();
  });

  it('marks what was not heard, counts it, and takes it in parts', () => {
    const ring = new LogRing();
    ring.add('one\ntwo\nhal', 11);
    ring.skipTo({ ...part('..\nseven\neigh', 40), before: 5 });
    expect(ring.all).toEqual(['one', 'two', 'seven', 'eigh']);
    expect(ring.gap).toEqual({ index: 2, from: 8, to: 43, lines: 4 });
    expect([1, 2].map(index => ring.number(index))).toEqual([2, 7]);
    ring.add('t\n', 55);
    ring.fill(part('half\nfour\nfi', 8));
    expect(ring.all).toEqual(['one', 'two', 'half', 'four', 'seven', 'eight']);
    expect(ring.gap).toEqual({ index: 4, from: 18, to: 43, lines: 2 });
    ring.fill(part('elsewhere\n', 20));
    ring.fill(part('five\nsix................\nseven', 18));
    expect([ring.gap, ring.all.length, ring.number(7)]).toEqual([null, 8, 8]);
  });

  it('goes on with so few lines after a gap that those before it stay', () => {
    const ring = new LogRing();
    ring.add('one\n', 4);
    ring.skipTo({ ...part(`x\n${'line\n'.repeat(6000)}half`, 100), before: 49 });
    expect(ring.gap).toEqual({ index: 1, from: 4, to: 102 + 25_000, lines: 5049 });
    expect([ring.all.length, ring.number(1), ring.offset]).toEqual([1002, 5051, 30_106]);
  });

  it('goes on without a gap when nothing was missed, and drops what lies before a second one', () => {
    const ring = new LogRing();
    ring.add('one\ntwo\n', 8);
    ring.skipTo(part('one\ntwo\nthree\n', 0));
    expect([ring.all, ring.gap, ring.offset]).toEqual([['one', 'two'], null, 8]);
    ring.skipTo({ ...part('x\nten\n', 60), before: 8 });
    ring.skipTo({ ...part('x\nlast\n', 600), before: 98 });
    expect([ring.all, ring.gap, ring.start, ring.number(0)]).toEqual([['last'], null, 602, 100]);
  });

  it('keeps more while it is held, and never more than ten times as much', () => {
    const ring = new LogRing();
    ring.hold(true);
    const text = 'line\n'.repeat(20_000);
    for (let part = 1; part <= 4; part++) {
      ring.add(text, part * text.length);
    }
    expect([ring.all.length, ring.number(0), ring.moved]).toEqual([50_000, 30_001, -30_000]);
    expect(ring.start).toBe(30_000 * 5);
    ring.hold(false);
    expect([ring.all.length, ring.number(0), ring.heard]).toEqual([5000, 75_001, 80_000]);
  });

  it('forgets a gap when the lines before it go', () => {
    const ring = new LogRing();
    ring.add('one\n', 4);
    ring.skipTo({ ...part('x\nlast\n', 100), before: 49 });
    const text = 'line\n'.repeat(5000);
    ring.add(text, 107 + text.length);
    expect([ring.gap, ring.all.length, ring.start, ring.number(0)]).toEqual([null, 5000, 107, 52]);
  });

  it('draws what a terminal would, and finds in any case', () => {
    const ring = new LogRing();
    ring.add(' 10%\r 20%\n\u001b[31mError\u001b[0m\n', 30);
    expect([ring.line(0), ring.line(1), ring.lines]).toEqual([' 20%', 'Error', [' 20%', 'Error']]);
    expect(found(['an Error', 'fine', 'ERROR'], 'error')).toEqual([0, 2]);
    expect(found(['a'], '')).toEqual([]);
  });
});

describe('stepsOf', () => {
  it('joins what a person calls the same, and says how long each lasted', () => {
    const run = runOf('COMPLETED', {
      transitions: [
        { status: 'READY', time: '2026-11-23T10:00:00.100Z' },
        { status: 'PENDING', time: '2026-11-23T10:00:12.000Z' },
        { status: 'RUNNING', time: '2026-11-23T10:00:14.000Z' },
        { status: 'COMPLETED', time: '2026-11-23T10:04:26.000Z' }
      ]
    });
    expect(stepsOf(run).map(({ phase, lasted }) => `${phase} ${lasted}`)).toEqual([
      'queued 0:12',
      'starting 0:02',
      'running 4:12',
      'succeeded '
    ]);
  });
});

describe('what pages ask of the server', () => {
  let server: FakeServer;
  let client: Client;
  const LINEAGE = 'GET /base/dh/api/v1/-/flights/models/m1/lineage?steps=3';
  const RUN = 'GET /base/dh/api/v1/-/flights/runs/ab12';

  beforeEach(async () => {
    server = new FakeServer();
    client = new Client(await server.start());
  });

  afterEach(() => server.stop());

  it('is asked while somebody looks, and again when it may have changed', async () => {
    const answer = new Answer(() => client.lineage('flights', 'model', 'm1'));
    server.answers.set(LINEAGE, { body: { nodes: [], edges: [], more: false } });
    answer.invalidate();
    expect(server.requests).toEqual([]);
    answer.watch(true);
    await until(answer.changed, () => answer.knowledge === 'known');
    server.answers.set(LINEAGE, { status: 404, body: { message: 'Gone.' } });
    answer.invalidate();
    await until(answer.changed, () => answer.knowledge === 'failed');
    expect([answer.problem, server.requests]).toEqual(['Gone.', [LINEAGE, LINEAGE]]);
    answer.dispose();
  });

  it('keeps the last answer while the server is away', async () => {
    const answer = new Answer(() => client.lineage('flights', 'model', 'm1'));
    server.answers.set(LINEAGE, { body: { nodes: [], edges: [], more: false } });
    answer.watch(true);
    await until(answer.changed, () => answer.knowledge === 'known');
    server.answers.set(LINEAGE, { status: 503, body: {} });
    answer.invalidate();
    await until(answer.changed, () => answer.knowledge === 'stale');
    expect(answer.value?.nodes).toEqual([]);
    answer.dispose();
  });

  it('hears the stream of a finished run once, for its log', async () => {
    server.answers.set(RUN, { body: runOf('COMPLETED') });
    const log = new LogRing();
    log.begin(part('hello\n', 0));
    const model = new RunModel(log);
    const address = { project: 'flights', id: 'ab12' };
    const follower = new RunFollower({ client, model, address, isWhole: true });
    const connected = server.nextPeer();
    follower.follow();
    const peer = await connected;
    expect(server.sockets[0]).toContain('log=6');
    send(
      peer,
      { type: 'run', run: runOf('COMPLETED') },
      { type: 'log', offset: 12, text: 'again\n' }
    );
    send(peer, { type: 'end' });
    await until(model.changed, () => model.contact === 'over');
    expect(log.all).toEqual(['hello', 'again']);
    follower.pause();
    follower.follow();
    expect(server.requests).toEqual([RUN]);
    model.dispose();
  });
});
