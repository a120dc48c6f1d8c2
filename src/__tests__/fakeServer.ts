import { ServerConnection } from '@jupyterlab/services';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket as Peer, WebSocketServer } from 'ws';
import type { Entity, StreamMessage } from '../_contract';

/** A small real server below /base/: answers by path, and sockets that the test holds. */
export class FakeServer {
  readonly answers = new Map<string, { status?: number; body: unknown }>();
  readonly requests: string[] = [];
  readonly bodies: { name: string; body: unknown }[] = [];
  readonly clients: string[] = [];
  version = '';
  readonly peers: Peer[] = [];
  readonly sockets: string[] = [];

  async start(): Promise<ServerConnection.ISettings> {
    this._http.on('request', (request, response) => {
      // Lab adds the time to every address, against caches.
      const url = (request.url ?? '').replace(/[?&]\d{13}$/, '');
      const name = `${request.method ?? ''} ${url}`;
      this.requests.push(name);
      this.clients.push(String(request.headers['x-dh-client']));
      const { status = 200, body } = this.answers.get(name) ?? {
        status: 404,
        body: { status: 404, message: 'No such EntityName.RUN.' }
      };
      const sent: Buffer[] = [];
      request.on('data', (chunk: Buffer) => sent.push(chunk));
      request.on('end', () => {
        if (sent.length) {
          this.bodies.push({ name, body: JSON.parse(Buffer.concat(sent).toString()) });
        }
        response.writeHead(status, {
          'Content-Type': 'application/json',
          ...(this.version ? { 'X-Dh-Version': this.version } : {})
        });
        response.end(JSON.stringify(body));
      });
    });
    this._sockets.on('connection', (peer, request) => {
      this.sockets.push(request.url ?? '');
      this.peers.push(peer);
      this._waiting.splice(0).forEach(resolve => resolve(peer));
    });
    await new Promise<void>(resolve => this._http.listen(0, '127.0.0.1', resolve));
    const { port } = this._http.address() as AddressInfo;
    return ServerConnection.makeSettings({
      baseUrl: `http://127.0.0.1:${port}/base/`,
      wsUrl: `ws://127.0.0.1:${port}/base/`,
      token: 's3cret',
      appendToken: true,
      fetch,
      WebSocket: BrowserSocket as unknown as typeof WebSocket
    });
  }

  /** The next browser to connect. */
  nextPeer(): Promise<Peer> {
    return new Promise(resolve => this._waiting.push(resolve));
  }

  async stop(): Promise<void> {
    this.peers.forEach(peer => peer.terminate());
    this._sockets.close();
    this._http.closeAllConnections();
    await new Promise(resolve => this._http.close(resolve));
  }

  private readonly _waiting: ((peer: Peer) => void)[] = [];
  private readonly _http: Server = createServer();
  private readonly _sockets = new WebSocketServer({ server: this._http });
}

/** jsdom's own takes Node's events for foreign ones; this one, like a browser's, throws nothing when closed early. */
class BrowserSocket extends Peer {
  constructor(url: string) {
    super(url);
    this.on('error', () => {});
  }
}

export function send(peer: Peer, ...messages: StreamMessage[]): void {
  messages.forEach(message => peer.send(JSON.stringify(message)));
}

/** A run of `train` as the server gives it. */
export function runOf(state: string, status: Record<string, unknown> = {}): Entity {
  return {
    kind: 'python+job:run',
    project: 'flights',
    name: 'ab12',
    id: 'ab12',
    key: 'store://flights/run/python+job:run/ab12',
    metadata: { reference: 'run/train-42', created: '2026-11-23T10:00:00.000Z' },
    spec: {
      function: 'python://flights/train:f00',
      inputs: { data: 'store://flights/dataitem/table/flights-features:d4' },
      parameters: { lr: 0.1, depth: 8 }
    },
    status: {
      state,
      attempt: 1,
      started: '2026-11-23T10:00:01.000Z',
      ...status
    } as Entity['status']
  };
}

/** A model, made the later the higher its number. */
export const modelOf = (
  id: string,
  created = `2026-11-27T10:00:${id.padStart(2, '0')}.000Z`
): Entity => ({
  kind: 'mlflow',
  project: 'flights',
  name: `m${id}`,
  id,
  key: `store://flights/model/mlflow/m${id}:${id}`,
  metadata: { reference: `model/m${id}@1`, created },
  spec: {},
  status: { state: 'READY' }
});

/** Resolves when `holds` does, looked at whenever `signal` emits. */
export function until(
  signal: {
    connect(slot: () => void): boolean;
    disconnect(slot: () => void): boolean;
  },
  holds: () => boolean
): Promise<void> {
  return new Promise(resolve => {
    const look = (): void => {
      if (holds()) {
        signal.disconnect(look);
        resolve();
      }
    };
    signal.connect(look);
    look();
  });
}
