import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { Entity, EntityEvent, RunStatus } from '../_contract';
import type { IClient, IEntityEvents } from '../tokens';
import { titleOf } from './rows';
import { isOver, phaseOf } from './states';
import { namedBy } from './text';

/** How much is told: nothing, failures, or also what took long. */
export type Loudness = 'none' | 'failed' | 'long';

/** One thing worth telling. Several failures that come together are one. */
export type News =
  | {
      readonly kind: 'failed' | 'ended';
      readonly run: Entity;
      readonly name: string;
      readonly why: string;
    }
  | { readonly kind: 'many'; readonly count: number; readonly why: string; readonly alike: number };

/** Milliseconds of running from which an end is worth telling. */
const LONG = 60_000;
/** Milliseconds in which failures that come together are gathered. */
const GATHER = 1000;
const MANY = 3;

/**
 * Which ends of runs are told to a person: their own, that were seen to end while this page was open. The event says
 * that a run is over, one request says how.
 */
export class NewsModel implements IDisposable {
  constructor(options: NewsModel.IOptions) {
    this._options = options;
    options.events.changed.connect(this._onEvent, this);
  }

  get told(): ISignal<this, News> {
    return this._told;
  }

  loudness: Loudness = 'failed';

  /** Functions of which nothing is told. */
  muted: readonly string[] = [];

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    clearTimeout(this._gathering);
    Signal.clearData(this);
  }

  private _onEvent(_: IEntityEvents, event: EntityEvent): void {
    const { type, action, project, id, state } = event;
    const isEnd =
      type === 'run' && action === 'updated' && state !== undefined && isOver(phaseOf(state));
    if (isEnd && this.loudness !== 'none' && !this._seen.has(id)) {
      this._seen.add(id);
      void this._look(project, id);
    }
  }

  private async _look(project: string, id: string): Promise<void> {
    let run: Entity;
    try {
      run = await this._options.client.run(project, id);
    } catch {
      // It is gone, or the server is: the panel says so. There is nothing to tell.
      return;
    }
    const name = functionOf(run);
    const isMine = !run.user || !this._options.user() || run.user === this._options.user();
    if (this._isDisposed || !isMine || this.muted.includes(name)) {
      return;
    }
    const phase = phaseOf((run.status as Partial<RunStatus>).state);
    if (phase === 'failed') {
      this._failed.push(run);
      this._gathering ??= setTimeout(() => this._tellFailures(), GATHER);
    } else if (phase === 'succeeded' && this.loudness === 'long' && ran(run) >= LONG) {
      this._told.emit({ kind: 'ended', run, name, why: '' });
    }
  }

  private _tellFailures(): void {
    this._gathering = undefined;
    const runs = this._failed.splice(0);
    if (runs.length > MANY) {
      const [why, alike] = commonest(runs.map(reasonOf));
      this._told.emit({ kind: 'many', count: runs.length, why, alike });
    } else {
      runs.forEach(run =>
        this._told.emit({ kind: 'failed', run, name: functionOf(run), why: reasonOf(run) })
      );
    }
  }

  private readonly _options: NewsModel.IOptions;
  private readonly _told = new Signal<this, News>(this);
  private readonly _seen = new Set<string>();
  private readonly _failed: Entity[] = [];
  private _isDisposed = false;
  private _gathering: ReturnType<typeof setTimeout> | undefined;
}

export namespace NewsModel {
  export interface IOptions {
    readonly client: IClient;
    readonly events: IEntityEvents;
    /** The name under which this person's runs are kept. */
    readonly user: () => string;
  }
}

function functionOf(run: Entity): string {
  const named = (run.spec as { function?: string }).function;
  return named ? namedBy(named).name.replace(/@.*$/, '') : titleOf(run);
}

function reasonOf(run: Entity): string {
  const status = run.status as Partial<RunStatus>;
  return status.diagnosis?.summary ?? status.message ?? '';
}

function ran(run: Entity): number {
  const { started, ended } = run.status as Partial<RunStatus>;
  return Date.parse(ended ?? '') - Date.parse(started ?? '');
}

function commonest(reasons: readonly string[]): [string, number] {
  const counts = new Map<string, number>();
  reasons.forEach(reason => counts.set(reason, (counts.get(reason) ?? 0) + 1));
  return [...counts].sort(([, one], [, other]) => other - one)[0] ?? ['', 0];
}
