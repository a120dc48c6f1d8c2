import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../client';
import { ENTITY_EVENTS, EntityEvents } from '../events';
import { ActiveRuns } from '../models/activeRuns';
import { FakeServer, runOf, until } from './fakeServer';

const LIST =
  'GET /base/dh/api/v1/-/flights/runs?state=CREATED%2CBUILT%2CREADY%2CPENDING%2CRUNNING%2CSTOP&size=50';
const STOP = 'POST /base/dh/api/v1/-/flights/runs';

type Emission = { schema_id: string } & Record<string, unknown>;

describe('ActiveRuns', () => {
  let server: FakeServer;
  let client: Client;
  let model: ActiveRuns;
  const stream = new Signal<object, Emission>({});

  const setRuns = (...ids: string[]): void => {
    const content = ids.map(id => ({ ...runOf('RUNNING'), id }));
    server.answers.set(LIST, { body: { totalElements: ids.length, content } });
  };

  beforeEach(async () => {
    server = new FakeServer();
    client = new Client(await server.start());
    server.answers.set('GET /base/dh/.well-known/configuration', {
      body: { dh_default_project: 'flights' }
    });
    model = new ActiveRuns({ client, events: new EntityEvents(stream) });
  });

  afterEach(async () => {
    model.dispose();
    await server.stop();
  });

  it('has those that wait or run, and hears of others', async () => {
    setRuns('a');
    await model.refresh();
    await until(model.changed, () => model.runs.length === 1);
    setRuns('b', 'a');
    const event = { action: 'created', type: 'run', project: 'flights', id: 'b', state: 'READY' };
    stream.emit({ schema_id: ENTITY_EVENTS, ...event });
    await until(model.changed, () => model.runs.length === 2);
  });

  it('has those of a project that somebody turns to, or that an event names, until it is deleted', async () => {
    setRuns('a');
    await model.refresh();
    await until(model.changed, () => model.runs.length === 1);
    for (const project of ['taxis', 'ships']) {
      const body = { totalElements: 1, content: [{ ...runOf('RUNNING'), id: project, project }] };
      server.answers.set(LIST.replace('flights', project), { body });
    }
    client.chooseProject('taxis');
    await model.refresh();
    await until(model.changed, () => model.runs.length === 2);
    const run = { type: 'run', project: 'ships', id: 'ships', state: 'RUNNING' };
    stream.emit({ schema_id: ENTITY_EVENTS, action: 'updated', ...run });
    await until(model.changed, () => model.runs.length === 3);
    expect(model.runs.map(({ id }) => id)).toEqual(['a', 'taxis', 'ships']);
    const gone = { type: 'project', project: 'ships', id: 'ships' };
    stream.emit({ schema_id: ENTITY_EVENTS, action: 'deleted', ...gone });
    expect(model.runs.map(({ id }) => id)).toEqual(['a', 'taxis']);
  });

  it('has those of all projects once somebody asks for them, and not before', async () => {
    setRuns('a');
    const projects = 'GET /base/dh/api/v1/projects?size=500';
    server.answers.set(projects, { body: { content: [{ name: 'flights' }, { name: 'taxis' }] } });
    const taxis = LIST.replace('flights', 'taxis');
    const content = [{ ...runOf('RUNNING'), id: 't', project: 'taxis' }];
    server.answers.set(taxis, { body: { totalElements: 1, content } });
    await model.refresh();
    await until(model.changed, () => model.runs.length === 1);
    expect(server.requests).not.toContain(projects);
    await model.refreshAll();
    await until(model.changed, () => model.runs.length === 2);
    expect(model.runs.map(({ id }) => id)).toEqual(['a', 't']);
    expect(server.requests.filter(name => name === taxis)).toHaveLength(1);
  });

  it('asks again for the project after no answer', async () => {
    server.answers.set('GET /base/dh/.well-known/configuration', { status: 503, body: {} });
    await model.refresh();
    server.answers.set('GET /base/dh/.well-known/configuration', {
      body: { dh_default_project: 'flights' }
    });
    setRuns('a');
    await model.refresh();
    await until(model.changed, () => model.runs.length === 1);
  });

  it('asks all to stop, and says what was refused', async () => {
    setRuns('a', 'b');
    await model.refresh();
    await until(model.changed, () => model.runs.length === 2);
    server.answers.set(`${STOP}/a/stop`, { status: 409, body: { status: 409, message: 'Not a.' } });
    server.answers.set(`${STOP}/b/stop`, { body: {} });
    await expect(model.stopAll()).rejects.toThrow('Not a.');
    expect(server.requests).toContain(`${STOP}/b/stop`);
  });
});
