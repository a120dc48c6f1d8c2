import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Entity, Page } from '../_contract';
import { Client } from '../client';
import { ENTITY_EVENTS, EntityEvents } from '../events';
import { EntityList } from '../models/entityList';
import { FakeServer, modelOf as model, until } from './fakeServer';

type Emission = { schema_id: string } & Record<string, unknown>;

const BASE = 'GET /base/dh/api/v1/-/flights/models';

describe('EntityList', () => {
  let server: FakeServer;
  let events: EntityEvents;
  let list: EntityList;
  const stream = new Signal<object, Emission>({});

  const page = (query: string, ids: number[], more: Record<string, unknown> = {}): void => {
    const content = ids.map(id => model(String(id)));
    server.answers.set(`${BASE}?${query}`, { body: { content, totalElements: 5, ...more } });
  };
  const emit = (action: string, id: string, type = 'model', project = 'flights'): void =>
    stream.emit({ schema_id: ENTITY_EVENTS, action, type, project, id });
  const ids = (): string => list.rows.map(({ id }) => id).join(' ');

  beforeEach(async () => {
    server = new FakeServer();
    const client = new Client(await server.start());
    events = new EntityEvents(stream);
    list = new EntityList({ client, events, entity: 'model' });
    page('size=50', [5, 4, 3], { next: 'c3' });
    page('size=50&after=c3', [2, 1], { totalElements: 2 });
  });

  afterEach(async () => {
    list.dispose();
    events.dispose();
    await server.stop();
  });

  const begin = async (): Promise<void> => {
    list.watch(true);
    list.ask('flights', {});
    await until(list.changed, () => list.knowledge === 'known');
  };

  it('asks nothing while nobody looks', async () => {
    list.ask('flights', {});
    emit('created', '9');
    expect(list.knowledge).toBe('loading');
    expect(server.requests).toEqual([]);
    list.watch(true);
    await until(list.changed, () => list.knowledge === 'known');
    expect(server.requests).toEqual([`${BASE}?size=50`]);
  });

  it('asks once more when something has changed while an answer was on its way', async () => {
    const answers: ((page: Page) => void)[] = [];
    const client = {
      list: () => new Promise<Page>(resolve => answers.push(resolve))
    } as unknown as Client;
    const slow = new EntityList({ client, events, entity: 'model' });
    const answer = (id: string): void =>
      answers.at(-1)!({ content: [model(id)], totalElements: 1 } as unknown as Page);
    slow.watch(true);
    slow.ask('flights', {});
    void slow.refresh();
    void slow.refresh();
    expect(answers).toHaveLength(1);
    answer('before');
    await until(slow.changed, () => slow.rows[0]?.id === 'before');
    await Promise.resolve();
    expect(answers).toHaveLength(2);
    answer('after');
    await until(slow.changed, () => slow.rows[0]?.id === 'after');
    await Promise.resolve();
    expect(answers).toHaveLength(2);
    slow.dispose();
  });

  it('does not go back to an answer about a row that a newer one has overtaken', async () => {
    const updated = (id: string, second: number): Entity => {
      const entity = model(id);
      const time = `2026-11-27T10:00:${String(second).padStart(2, '0')}.000Z`;
      return { ...entity, metadata: { ...entity.metadata, updated: time } };
    };
    const many = (second: number): Entity[] =>
      Array.from({ length: 60 }, (_, index) => updated(String(60 - index), second));
    const answers: ((entity: Entity) => void)[] = [];
    let second = 1;
    const client = {
      list: () => Promise.resolve({ content: many(second), totalElements: 60 }),
      entity: () => new Promise<Entity>(resolve => answers.push(resolve))
    } as unknown as Client;
    const long = new EntityList({ client, events, entity: 'model' });
    const below = (): string | undefined => long.rows.at(-1)?.metadata.updated;
    long.watch(true);
    long.ask('flights', {});
    await until(long.changed, () => long.knowledge === 'known');
    emit('updated', '1');
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    second = 9;
    await long.refresh();
    answers[0]!(updated('1', 5));
    await new Promise<void>(resolve => long.changed.connect(() => resolve()));
    expect(below()).toBe(updated('1', 9).metadata.updated);
    emit('updated', '1');
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    answers[1]!(updated('1', 11));
    await until(long.changed, () => below() === updated('1', 11).metadata.updated);
    long.dispose();
  });

  it('loads on where the page before ended, once', async () => {
    await begin();
    expect([ids(), list.total, list.hasMore]).toEqual(['5 4 3', 5, true]);
    await Promise.all([list.more(), list.more()]);
    expect([ids(), list.total, list.hasMore]).toEqual(['5 4 3 2 1', 5, false]);
    await list.more();
    expect(server.requests.length).toBe(2);
  });

  it('keeps what is loaded below when something new comes', async () => {
    await begin();
    await list.more();
    page('size=50', [6, 5, 4], { next: 'c4', totalElements: 6 });
    emit('created', '6');
    await until(list.changed, () => list.total === 6);
    expect(ids()).toBe('6 5 4 3 2 1');
    expect(list.hasMore).toBe(false);
  });

  it('begins anew when more came than a page holds', async () => {
    await begin();
    await list.more();
    page('size=50', [99, 98, 97], { next: 'c97', totalElements: 99 });
    emit('created', '99');
    await until(list.changed, () => list.total === 99);
    expect([ids(), list.hasMore]).toEqual(['99 98 97', true]);
  });

  it('forgets what was deleted', async () => {
    await begin();
    page('size=50', [5, 3], { totalElements: 2 });
    emit('deleted', '4');
    await until(list.changed, () => list.total === 2);
    expect(ids()).toBe('5 3');
  });

  it('turns many events into one request, and hears none of other types and projects', async () => {
    await begin();
    page('size=50', [7, 6, 5], { next: 'c5', totalElements: 7 });
    for (let event = 0; event < 30; event++) {
      emit('updated', '5');
    }
    emit('updated', '5', 'run');
    emit('updated', '5', 'model', 'trains');
    await until(list.changed, () => list.total === 7);
    expect(server.requests.length).toBe(2);
  });

  it('keeps the rows when the server is lost, and says so', async () => {
    await begin();
    server.answers.set(`${BASE}?size=50`, { status: 503, body: { message: 'Away.' } });
    emit('updated', '5');
    await until(list.changed, () => list.knowledge === 'stale');
    expect([ids(), list.problem]).toEqual(['5 4 3', 'Away.']);
    page('size=50', [5, 4, 3], { next: 'c3' });
    await list.refresh();
    expect([list.knowledge, list.problem]).toEqual(['known', '']);
  });

  it('says why it has nothing, and takes a missing project for an empty one', async () => {
    server.answers.set(`${BASE}?size=50`, { status: 500, body: { message: 'Broken.' } });
    list.watch(true);
    list.ask('flights', {});
    await until(list.changed, () => list.knowledge === 'failed');
    expect(list.problem).toBe('Broken.');
    list.ask('nowhere', {});
    await until(list.changed, () => list.knowledge === 'known');
    expect(list.total).toBe(0);
  });

  it('drops the answer to a question that nobody asks any more', async () => {
    page('text=a&size=50', [1]);
    page('text=ab&size=50', [2]);
    list.watch(true);
    list.ask('flights', { text: 'a' });
    list.ask('flights', { text: 'ab', state: '' });
    await until(list.changed, () => list.knowledge === 'known');
    expect(ids()).toBe('2');
  });
});
