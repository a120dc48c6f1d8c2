import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VERSION } from '../_contract';
import { Client, ServerProblem } from '../client';
import { FakeServer, runOf } from './fakeServer';

describe('Client', () => {
  let server: FakeServer;
  let client: Client;

  beforeEach(async () => {
    server = new FakeServer();
    client = new Client(await server.start());
  });

  afterEach(() => server.stop());

  it('asks below the base address, with the project in the path', async () => {
    server.answers.set('GET /base/dh/api/v1/-/flights/runs/ab12', { body: runOf('RUNNING') });
    expect((await client.run('flights', 'ab12')).metadata.reference).toBe('run/train-42');
    expect(server.clients).toEqual([VERSION]);
  });

  it('counts what runs by the total of a page of one', async () => {
    server.answers.set('GET /base/dh/api/v1/-/flights/runs?state=RUNNING&size=1', {
      body: { totalElements: 7, content: [] }
    });
    expect(await client.countRunning('flights')).toBe(7);
  });

  it('reads the default project', async () => {
    server.answers.set('GET /base/dh/.well-known/configuration', {
      body: { dh_default_project: 'flights' }
    });
    expect(await client.defaultProject()).toBe('flights');
  });

  it('tells once that the server is of another version', async () => {
    const told: unknown[] = [];
    client.mismatched.connect((_, versions) => told.push(versions));
    const path = 'GET /base/dh/api/v1/profiles';
    server.answers.set(path, { body: [] });
    for (const version of ['', VERSION, '9.9.9', '9.9.9']) {
      server.version = version;
      await client.profiles();
    }
    expect(told).toEqual([{ page: VERSION, server: '9.9.9' }]);
  });

  it('stops by POST', async () => {
    server.answers.set('POST /base/dh/api/v1/-/flights/runs/ab12/stop', { body: runOf('STOP') });
    await client.stop('flights', 'ab12');
    expect(server.requests).toEqual(['POST /base/dh/api/v1/-/flights/runs/ab12/stop']);
  });

  it.each([
    [
      { message: 'It has ended.', hint: 'Retry it.' },
      { message: 'It has ended.', hint: 'Retry it.' }
    ],
    // Words for Core's SDK are not for people, unless there are no others.
    [
      { message: 'No such EntityName.RUN.', hint: 'There is no run.' },
      { message: 'There is no run.', hint: '' }
    ],
    [
      { message: 'No such EntityName.RUN. None is so named.', hint: 'Look.' },
      { message: 'None is so named.', hint: 'Look.' }
    ],
    [{ message: 'No such EntityName.RUN.' }, { message: 'No such EntityName.RUN.', hint: '' }]
  ])('gives message and hint of a refusal: %j', async (body, said) => {
    server.answers.set('GET /base/dh/api/v1/-/flights/runs/nope', {
      status: 404,
      body: { status: 404, ...body }
    });
    const refusal = await client.run('flights', 'nope').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ServerProblem);
    expect(refusal).toMatchObject({ status: 404, ...said });
  });

  it('opens a socket with the log offset and, where Lab does, the token', async () => {
    const connected = server.nextPeer();
    const socket = client.stream('flights', 'ab12', 17);
    await connected;
    expect(server.sockets).toEqual([
      '/base/dh/api/v1/-/flights/runs/ab12/stream/ws?log=17&token=s3cret'
    ]);
    socket.close();
  });
});
