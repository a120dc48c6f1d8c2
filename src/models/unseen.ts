import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { Entity } from '../_contract';
import type { IRunEnds } from '../tokens';
import { hasFailed } from './ends';
import type { Target } from './target';

/** Failures of a person's own runs that they have not looked at yet. */
export class UnseenFailures implements IDisposable {
  /** `isSeen`: whether a run can be seen now, in a list or for itself. */
  constructor(
    ends: IRunEnds,
    private readonly _isSeen: (run: Target) => boolean
  ) {
    ends.ended.connect(this._onEnd, this);
    ends.gone.connect(this._onGone, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get count(): number {
    return this._runs.size;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Something else is in view now. */
  look(): void {
    this._keep(run => !this._isSeen(run));
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _onEnd(_: IRunEnds, run: Entity): void {
    const { project, id } = run;
    const target = { project, type: 'run', id };
    if (hasFailed(run) && !this._isSeen(target)) {
      this._runs.set(id, target);
      this._changed.emit();
    }
  }

  private _onGone(_: IRunEnds, id: string): void {
    this._keep(run => run.id !== id);
  }

  private _keep(isKept: (run: Target) => boolean): void {
    const before = this._runs.size;
    [...this._runs.values()].filter(run => !isKept(run)).forEach(({ id }) => this._runs.delete(id));
    if (this._runs.size !== before) {
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _runs = new Map<string, Target>();
  private _isDisposed = false;
}
