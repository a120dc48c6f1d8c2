import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../client';
import { ENTITY_EVENTS, EntityEvents } from '../events';
import { RunningModel } from '../models/running';
import { FakeServer, until } from './fakeServer';

type Emission = { schema_id: string } & Record<string, unknown>;

describe('RunningModel', () => {
  let server: FakeServer;
  let events: EntityEvents;
  let model: RunningModel;
  const bus = {};
  const stream = new Signal<object, Emission>(bus);

  const setCount = (project: string, totalElements: number): void => {
    const path = `GET /base/dh/api/v1/-/${project}/runs?state=RUNNING&size=1`;
    server.answers.set(path, { body: { totalElements, content: [] } });
  };

  const emit = (project: string, type = 'run', schema_id = ENTITY_EVENTS): void =>
    stream.emit({ schema_id, action: 'updated', type, project, id: 'ab12', state: 'RUNNING' });

  beforeEach(async () => {
    server = new FakeServer();
    const client = new Client(await server.start());
    server.answers.set('GET /base/dh/.well-known/configuration', {
      body: { dh_default_project: 'flights' }
    });
    events = new EntityEvents(stream);
    model = new RunningModel({ client, events });
  });

  afterEach(async () => {
    model.dispose();
    events.dispose();
    await server.stop();
  });

  it('counts the default project, and others once an event names them', async () => {
    setCount('flights', 2);
    setCount('trains', 3);
    await model.refresh();
    expect(model.count).toBe(2);
    emit('trains');
    await until(model.changed, () => model.count === 5);
  });

  it('asks again after an event, and not for what is no run or not ours', async () => {
    setCount('flights', 0);
    await model.refresh();
    const asked = server.requests.length;
    emit('flights', 'dataitem');
    emit('flights', 'run', 'jupyter_server/contents_service/v1');
    setCount('flights', 1);
    emit('flights', 'run', `https://example.org/${ENTITY_EVENTS}`);
    await until(model.changed, () => model.count === 1);
    expect(server.requests.length).toBe(asked + 1);
  });

  it('counts a project that is not there as nothing', async () => {
    await model.refresh();
    expect(model.count).toBe(0);
  });

  it('does not know while the server fails', async () => {
    server.answers.set('GET /base/dh/.well-known/configuration', { status: 500, body: {} });
    await model.refresh();
    expect(model.count).toBeNull();
  });

  it('turns many events into few requests', async () => {
    setCount('flights', 1);
    await model.refresh();
    const asked = server.requests.length;
    for (let event = 0; event < 50; event++) {
      emit('flights');
    }
    await model.refresh();
    setCount('flights', 4);
    emit('flights');
    await until(model.changed, () => model.count === 4);
    expect(server.requests.length - asked).toBeLessThanOrEqual(3);
  });
});
