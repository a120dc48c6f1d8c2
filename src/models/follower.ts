import type { IDisposable } from '@lumino/disposable';
import type { StreamMessage } from '../_contract';
import type { IClient } from '../tokens';
import { BackOff } from './backOff';
import type { RunAddress } from './bundle';
import { RunModel } from './run';

/**
 * Keeps a model up to date while somebody looks: asks once, listens while the run is not over, and comes back after a
 * lost connection. A finished run costs one request, a paused one nothing.
 */
export class RunFollower implements IDisposable {
  constructor(options: RunFollower.IOptions) {
    this._client = options.client;
    this._address = options.address;
    this._model = options.model;
    this._isWhole = options.isWhole ?? false;
    this._catchUp = options.catchUp;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Begin, or go on after a pause. */
  follow(): void {
    if (!this._isDisposed && !this._following && this._model.contact !== 'over') {
      this._following = true;
      void this._ask();
    }
  }

  /** Nobody looks: close the connection and keep what is known. */
  pause(): void {
    if (this._following) {
      this._end();
      if (this._model.run && this._model.contact !== 'over') {
        this._model.setContact('paused');
      }
    }
  }

  /** Stop the run itself; what the server refuses becomes the model's problem. */
  async stopRun(): Promise<void> {
    const { project, id } = this._address;
    try {
      await this._client.stop(project, id);
    } catch (error) {
      this._model.setProblem(messageOf(error));
    }
  }

  dispose(): void {
    this._isDisposed = true;
    this._end();
  }

  private _end(): void {
    this._following = false;
    this._turn++;
    this._backOff.cancel();
    this._socket?.close();
    this._socket = null;
  }

  private async _ask(): Promise<void> {
    const turn = ++this._turn;
    try {
      const run = await this._client.run(this._address.project, this._address.id);
      if (turn === this._turn) {
        this._model.apply({ type: 'run', run });
        if (this._model.isOver && !this._isWhole) {
          this._finish();
          return;
        }
        await this._catchUp?.();
        if (turn === this._turn) {
          this._listen(turn);
        }
      }
    } catch (error) {
      if (turn === this._turn) {
        this._onRefused(error);
      }
    }
  }

  private _listen(turn: number): void {
    const { project, id } = this._address;
    const socket = this._client.stream(project, id, this._model.log.offset);
    this._socket = socket;
    this._model.forgetMetrics();
    socket.onmessage = event => {
      if (turn === this._turn) {
        this._onMessage(JSON.parse(String(event.data)) as StreamMessage);
      }
    };
    socket.onclose = () => {
      if (turn === this._turn) {
        this._retry('');
      }
    };
  }

  private _onMessage(message: StreamMessage): void {
    if (this._model.contact !== 'live') {
      this._backOff.reset();
      this._model.setContact('live');
    }
    this._model.apply(message);
    if (message.type === 'end') {
      this._finish();
    }
  }

  private _finish(): void {
    this._end();
    this._model.setContact('over');
  }

  private _onRefused(error: unknown): void {
    const status = (error as { status?: number }).status ?? 0;
    if (status >= 400 && status < 500) {
      // Asking again would give the same answer.
      this._end();
      this._model.setContact('missing', messageOf(error));
    } else {
      // That there is no answer, lost contact says.
      this._retry(status ? messageOf(error) : '');
    }
  }

  private _retry(problem: string): void {
    this._socket = null;
    this._model.setContact('lost', problem);
    this._backOff.wait(() => void this._ask());
  }

  private readonly _client: IClient;
  private readonly _address: RunAddress;
  private readonly _model: RunModel;
  private readonly _isWhole: boolean;
  private readonly _catchUp: (() => Promise<void>) | undefined;
  private readonly _backOff = new BackOff();
  private _socket: WebSocket | null = null;
  private _following = false;
  private _isDisposed = false;
  /** Rises whenever answers under way are no longer wanted. */
  private _turn = 0;
}

export namespace RunFollower {
  export interface IOptions {
    readonly client: IClient;
    readonly address: RunAddress;
    readonly model: RunModel;
    /** Also of a finished run, what only its stream tells: the log, and metrics point by point. */
    readonly isWhole?: boolean;
    /** Done before each time that it listens: its stream goes on where the model's log then ends. */
    readonly catchUp?: () => Promise<void>;
  }
}

function messageOf(error: unknown): string {
  const { message, hint } = error as { message?: string; hint?: string };
  return [message, hint].filter(Boolean).join(' ');
}
