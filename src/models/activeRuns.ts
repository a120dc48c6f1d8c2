import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { Entity } from '../_contract';
import type { IClient, IEntityEvents } from '../tokens';
import { EntityList } from './entityList';
import { ACTIVE } from './states';

/** The runs of the project that wait or run, kept up to date by events: nothing polls. */
export class ActiveRuns implements IDisposable {
  constructor(options: ActiveRuns.IOptions) {
    this._client = options.client;
    this._list = new EntityList({ ...options, entity: 'run' });
    this._list.changed.connect(() => this._changed.emit());
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get runs(): readonly Entity[] {
    return this._list.rows;
  }

  get isDisposed(): boolean {
    return this._list.isDisposed;
  }

  /** Ask now; the first time, for which project. Without an answer, the next call or event asks again. */
  async refresh(): Promise<void> {
    if (this._isBegun) {
      await this._list.refresh();
      return;
    }
    this._isBegun = true;
    try {
      const project = await this._client.defaultProject();
      this._list.ask(project, { state: ACTIVE });
      this._list.watch(true);
    } catch {
      // The status item says that the server does not answer.
      this._isBegun = false;
    }
  }

  /** Stop them all; rejects with the first refusal, after every one was asked for. */
  async stopAll(): Promise<void> {
    const asked = this.runs.map(({ project, id }) => this._client.stop(project, id));
    const refused = (await Promise.allSettled(asked)).find(({ status }) => status === 'rejected');
    if (refused?.status === 'rejected') {
      throw refused.reason;
    }
  }

  dispose(): void {
    this._list.dispose();
    Signal.clearData(this);
  }

  private readonly _client: IClient;
  private readonly _list: EntityList;
  private readonly _changed = new Signal<this, void>(this);
  private _isBegun = false;
}

export namespace ActiveRuns {
  export interface IOptions {
    readonly client: IClient;
    readonly events: IEntityEvents;
  }
}
