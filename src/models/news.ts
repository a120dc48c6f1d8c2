import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { Entity, RunStatus } from '../_contract';
import type { IRunEnds } from '../tokens';
import { titleOf } from './rows';
import { phaseOf } from './states';
import type { Target } from './target';
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
      /** Whether it is to be found, and disturbs nobody. */
      readonly isQuiet: boolean;
    }
  | {
      readonly kind: 'many';
      readonly count: number;
      readonly why: string;
      readonly alike: number;
      /** Whether it stands for the one of this kind that was told before. */
      readonly isMore: boolean;
      readonly isQuiet: boolean;
    };

/** Milliseconds of running from which an end is worth telling. */
const LONG = 60_000;
/** Milliseconds in which failures that come together are gathered. */
const GATHER = 1000;
const MANY = 3;
/** Milliseconds without a failure, after which the next ones are told for themselves again. */
const QUIET = 10_000;

/**
 * Which ends of a person's own runs are worth telling, and how. What went well disturbs nobody, nor does what its card or
 * page shows: `isShown` says whether a run can be seen for itself at the moment when it would be told.
 */
export class NewsModel implements IDisposable {
  constructor(
    private readonly _ends: IRunEnds,
    private readonly _isShown: (run: Target) => boolean
  ) {
    _ends.ended.connect(this._onEnd, this);
  }

  get told(): ISignal<this, News> {
    return this._told;
  }

  get loudness(): Loudness {
    return this._loudness;
  }

  set loudness(loudness: Loudness) {
    this._loudness = loudness;
    this._ends.tellsAll = loudness === 'long';
  }

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

  private _onEnd(_: IRunEnds, run: Entity): void {
    const name = functionOf(run);
    if (this._loudness === 'none' || this.muted.includes(name)) {
      return;
    }
    const phase = phaseOf((run.status as Partial<RunStatus>).state);
    if (phase === 'failed') {
      this._failed.push(run);
      this._gathering ??= setTimeout(() => this._tellFailures(), GATHER);
    } else if (phase === 'succeeded' && this._loudness === 'long' && ran(run) >= LONG) {
      this._told.emit({ kind: 'ended', run, name, why: '', isQuiet: this._isSeen(run) });
    }
  }

  private _tellFailures(): void {
    this._gathering = undefined;
    const runs = this._failed.splice(0);
    const now = Date.now();
    const before = now - this._toldAt < QUIET ? this._burst : [];
    const burst = [...before, ...runs];
    this._burst = burst;
    this._toldAt = now;
    if (burst.length > MANY) {
      const [why, alike] = commonest(burst.map(reasonOf));
      const isMore = before.length > MANY;
      const isQuiet = runs.every(run => this._isSeen(run));
      this._told.emit({ kind: 'many', count: burst.length, why, alike, isMore, isQuiet });
    } else {
      runs.forEach(run =>
        this._told.emit({
          kind: 'failed',
          run,
          name: functionOf(run),
          why: reasonOf(run),
          isQuiet: this._isSeen(run)
        })
      );
    }
  }

  private _isSeen({ project, id }: Entity): boolean {
    return this._isShown({ project, type: 'run', id });
  }

  private readonly _told = new Signal<this, News>(this);
  private readonly _failed: Entity[] = [];
  /** Failures that came soon after each other. */
  private _burst: readonly Entity[] = [];
  private _toldAt = 0;
  private _loudness: Loudness = 'failed';
  private _isDisposed = false;
  private _gathering: ReturnType<typeof setTimeout> | undefined;
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
