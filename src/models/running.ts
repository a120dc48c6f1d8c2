import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { EntityEvent } from '../_contract';
import type { IClient, IEntityEvents } from '../tokens';
import { BackOff } from './backOff';

/**
 * How many runs are running, in the default project and in every other one that an event named.
 * An event says that something changed, a request says what is true.
 */
export class RunningModel implements IDisposable {
  constructor(options: RunningModel.IOptions) {
    this._client = options.client;
    options.events.changed.connect(this._onEvent, this);
    options.events.missed.connect(this._onMissed, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** null: not known. Before the first answer nothing is said. */
  get count(): number | null {
    return this._count;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Count again; while a count is under way, once more after it. */
  async refresh(): Promise<void> {
    this._isBegun = true;
    this._stale = true;
    if (this._busy) {
      return;
    }
    this._busy = true;
    while (this._stale && !this._isDisposed) {
      this._stale = false;
      await this._ask();
    }
    this._busy = false;
  }

  dispose(): void {
    this._isDisposed = true;
    this._backOff.cancel();
    Signal.clearData(this);
  }

  private _onMissed(): void {
    if (this._isBegun) {
      void this.refresh();
    }
  }

  private async _ask(): Promise<void> {
    try {
      this._default ??= await this._client.defaultProject();
      this._projects.add(this._default);
      const counts = [...this._projects].map(project => this._countOf(project));
      const sum = (await Promise.all(counts)).reduce((total, count) => total + count, 0);
      this._backOff.reset();
      this._setCount(sum);
    } catch {
      // The item itself says that the count is not known; the console has the failed request.
      this._setCount(null);
      this._backOff.wait(() => void this.refresh());
    }
  }

  private async _countOf(project: string): Promise<number> {
    try {
      return await this._client.countRunning(project);
    } catch (error) {
      if ((error as { status?: number }).status === 404) {
        // Deleted, or not made yet: nothing runs there.
        return 0;
      }
      throw error;
    }
  }

  private _setCount(count: number | null): void {
    if (!this._isDisposed && count !== this._count) {
      this._count = count;
      this._changed.emit();
    }
  }

  private _onEvent(_: IEntityEvents, event: EntityEvent): void {
    if (event.type === 'run') {
      this._projects.add(event.project);
      void this.refresh();
    }
  }

  private readonly _client: IClient;
  private readonly _projects = new Set<string>();
  private readonly _backOff = new BackOff();
  private readonly _changed = new Signal<this, void>(this);
  private _default: string | undefined;
  private _count: number | null = 0;
  private _busy = false;
  private _isBegun = false;
  private _stale = false;
  private _isDisposed = false;
}

export namespace RunningModel {
  export interface IOptions {
    readonly client: IClient;
    readonly events: IEntityEvents;
  }
}
