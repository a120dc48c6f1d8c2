import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventSocket } from '../eventSocket';
import { EntityEvents } from '../events';
import { FakeServer } from './fakeServer';

const SCHEMA = 'https://schema.jupyter.org/dh_jupyter/entities/v1';

describe('the event bus', () => {
  let server: FakeServer;
  let socket: EventSocket;
  let events: EntityEvents;
  let missed: number;
  let told: string[];

  beforeEach(async () => {
    server = new FakeServer();
    const settings = await server.start();
    const peer = server.nextPeer();
    socket = new EventSocket(settings, document);
    events = new EntityEvents(socket.emitted, socket.missed);
    [missed, told] = [0, []];
    events.missed.connect(() => missed++);
    events.changed.connect((_, { id }) => told.push(id));
    await peer;
    await vi.waitFor(() => expect(missed).toBe(1));
  });

  afterEach(async () => {
    socket.dispose();
    await server.stop();
  });

  it('is asked for below the base, with the token', () => {
    expect(server.sockets).toEqual(['/base/api/events/subscribe?token=s3cret']);
  });

  it('tells of ours alone', async () => {
    const of = (schema_id: string, id: string): void =>
      server.peers[0]!.send(JSON.stringify({ schema_id, id }));
    of('https://events.jupyter.org/jupyter_server/contents_service/v1', 'theirs');
    of(SCHEMA, 'ours');
    await vi.waitFor(() => expect(told).toEqual(['ours']));
  });

  it('says when it is lost, and when it is there again', async () => {
    const again = server.nextPeer();
    server.peers[0]!.terminate();
    await vi.waitFor(() => expect(missed).toBe(2));
    const peer = await again;
    await vi.waitFor(() => expect(missed).toBe(3));
    peer.send(JSON.stringify({ schema_id: SCHEMA, id: 'later' }));
    await vi.waitFor(() => expect(told).toEqual(['later']));
  });

  it('does not come back once it is disposed of', async () => {
    const closed = new Promise(resolve => server.peers[0]!.on('close', resolve));
    socket.dispose();
    await closed;
    expect([missed, server.sockets.length]).toEqual([1, 1]);
  });

  it('waits while the page is hidden', async () => {
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    const wait = vi.spyOn(globalThis, 'setTimeout');
    server.peers[0]!.terminate();
    await vi.waitFor(() => expect(missed).toBe(2));
    const [again] = wait.mock.calls.find(([, delay]) => (delay ?? 0) >= 500)!;
    (again as () => void)();
    expect(server.sockets).toHaveLength(1);
    hidden.mockRestore();
    const peer = server.nextPeer();
    document.dispatchEvent(new Event('visibilitychange'));
    await peer;
    wait.mockRestore();
  });
});
