import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { Entity, EntityEvent, RunStatus } from '../_contract';
import type { IClient, IEntityEvents, IRunEnds } from '../tokens';
import { isOver, phaseOf } from './states';

/**
 * Ends of a person's own runs that are seen to end while this page is open, but for trials, of which their sweep's end tells.
 * The event says that a run is over, one request says how.
 */
export class RunEnds implements IRunEnds, IDisposable {
  constructor(options: RunEnds.IOptions) {
    this._options = options;
    options.events.changed.connect(this._onEvent, this);
  }

  get ended(): ISignal<this, Entity> {
    return this._ended;
  }

  get gone(): ISignal<this, string> {
    return this._gone;
  }

  tellsAll = false;

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _onEvent(_: IEntityEvents, event: EntityEvent): void {
    const { type, action, project, id, state } = event;
    if (type !== 'run') {
      return;
    }
    if (action === 'deleted') {
      this._gone.emit(id);
      return;
    }
    const phase = phaseOf(state);
    const isWanted = this.tellsAll ? isOver(phase) : phase === 'failed';
    if (action === 'updated' && state !== undefined && isWanted && !this._seen.has(id)) {
      this._seen.add(id);
      void this._look(project, id);
    }
  }

  private async _look(project: string, id: string): Promise<void> {
    const { client } = this._options;
    let run: Entity;
    let me: string;
    try {
      [run, me] = await Promise.all([client.run(project, id), client.userName()]);
    } catch {
      // It is gone, or the server is: the panel says so. There is nothing to tell.
      return;
    }
    const isMine = !run.user || run.user === me;
    const isTrial = (run.spec as { trial?: unknown }).trial !== undefined;
    if (!this._isDisposed && isMine && !isTrial) {
      this._ended.emit(run);
    }
  }

  private readonly _options: RunEnds.IOptions;
  private readonly _ended = new Signal<this, Entity>(this);
  private readonly _gone = new Signal<this, string>(this);
  private readonly _seen = new Set<string>();
  private _isDisposed = false;
}

export namespace RunEnds {
  export interface IOptions {
    readonly client: IClient;
    readonly events: IEntityEvents;
  }
}

export const hasFailed = (run: Entity): boolean =>
  phaseOf((run.status as Partial<RunStatus>).state) === 'failed';
