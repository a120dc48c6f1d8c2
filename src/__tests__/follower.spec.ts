import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Client } from '../client';
import { RunFollower } from '../models/follower';
import { RunModel } from '../models/run';
import { FakeServer, runOf, send, until } from './fakeServer';

const RUN = 'GET /base/dh/api/v1/-/flights/runs/ab12';

describe('RunFollower', () => {
  let server: FakeServer;
  let client: Client;
  let model: RunModel;
  let follower: RunFollower;

  beforeEach(async () => {
    server = new FakeServer();
    client = new Client(await server.start());
    model = new RunModel();
    const address = { project: 'flights', id: 'ab12' };
    follower = new RunFollower({ client, model, address });
    server.answers.set(RUN, { body: runOf('RUNNING') });
    vi.spyOn(Math, 'random').mockReturnValue(-1); // a wait of 0 ms
  });

  afterEach(async () => {
    follower.dispose();
    model.dispose();
    vi.restoreAllMocks();
    await server.stop();
  });

  it('asks once for a finished run and opens no socket', async () => {
    server.answers.set(RUN, { body: runOf('COMPLETED') });
    follower.follow();
    await until(model.changed, () => model.contact === 'over');
    follower.pause();
    follower.follow();
    expect(model.phase).toBe('succeeded');
    expect(server.requests).toEqual([RUN]);
    expect(server.sockets).toEqual([]);
  });

  it('follows a run to its end', async () => {
    const connected = server.nextPeer();
    follower.follow();
    const peer = await connected;
    send(peer, { type: 'run', run: runOf('RUNNING') });
    send(peer, { type: 'metrics', points: [{ time: 1, values: { mae: 11 } }] });
    send(peer, { type: 'log', offset: 8, text: 'round 1\n' });
    send(peer, { type: 'progress', progress: { done: 1, total: 4 } });
    send(peer, { type: 'run', run: runOf('COMPLETED') }, { type: 'end' });
    await until(model.changed, () => model.contact === 'over');
    expect(model.phase).toBe('succeeded');
    expect(model.series).toEqual([{ name: 'mae', values: [11], steps: [0] }]);
    expect(model.log.lines).toEqual(['round 1']);
    expect(model.progress).toEqual({ done: 1, total: 4 });
  });

  it('comes back after a lost connection, with the log where it was and metrics from the start', async () => {
    const connected = server.nextPeer();
    follower.follow();
    const peer = await connected;
    send(peer, { type: 'run', run: runOf('RUNNING') });
    send(peer, { type: 'metrics', points: [{ time: 1, values: { mae: 11 } }] });
    send(peer, { type: 'log', offset: 8, text: 'round 1\n' });
    await until(model.changed, () => model.log.offset === 8);
    const again = server.nextPeer();
    peer.terminate();
    const second = await again;
    expect(server.sockets[1]).toContain('log=8');
    send(second, { type: 'run', run: runOf('RUNNING') });
    send(second, {
      type: 'metrics',
      points: [
        { time: 1, values: { mae: 11 } },
        { time: 2, values: { mae: 10 } }
      ]
    });
    await until(model.changed, () => (model.series[0]?.values.length ?? 0) === 2);
    expect(model.contact).toBe('live');
    expect(model.series).toEqual([{ name: 'mae', values: [11, 10], steps: [0, 1] }]);
  });

  it('says that contact is lost, and keeps what it knew', async () => {
    const connected = server.nextPeer();
    follower.follow();
    send(await connected, { type: 'run', run: runOf('RUNNING') });
    await until(model.changed, () => model.contact === 'live');
    const seen: string[] = [];
    model.changed.connect(() => seen.push(model.contact));
    server.answers.set(RUN, { status: 503, body: {} });
    server.peers[0]?.terminate();
    await until(model.changed, () => model.contact === 'lost');
    expect(model.run?.id).toBe('ab12');
    expect(seen).toContain('lost');
  });

  it('says nothing in words of the browser when the server is away', async () => {
    const connected = server.nextPeer();
    follower.follow();
    send(await connected, { type: 'run', run: runOf('RUNNING') });
    await until(model.changed, () => model.contact === 'live');
    let times = 0;
    const twice = until(model.changed, () => model.contact === 'lost' && ++times === 2);
    await server.stop();
    await twice;
    expect(model.problem).toBe('');
    await expect(client.stop('flights', 'ab12')).rejects.toThrow('The server does not answer.');
  });

  it('closes its socket while nobody looks and opens another one later', async () => {
    const connected = server.nextPeer();
    follower.follow();
    const peer = await connected;
    send(peer, { type: 'run', run: runOf('RUNNING') });
    await until(model.changed, () => model.contact === 'live');
    const closed = new Promise(resolve => peer.on('close', resolve));
    follower.pause();
    await closed;
    expect(model.contact).toBe('paused');
    const again = server.nextPeer();
    follower.follow();
    await again;
    expect(server.sockets).toHaveLength(2);
  });

  it('does not ask again for a run that is not there', async () => {
    server.answers.delete(RUN);
    follower.follow();
    await until(model.changed, () => model.contact === 'missing');
    expect(model.problem).toBe('No such EntityName.RUN.');
    expect(server.requests).toEqual([RUN]);
  });

  it('shows why a stop was refused', async () => {
    await follower.stopRun();
    expect(model.problem).toBe('No such EntityName.RUN.');
  });
});
