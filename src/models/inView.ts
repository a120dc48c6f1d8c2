import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { IRunsInView } from '../tokens';
import type { Target } from './target';

/** Runs that can be seen now, each for itself. `hasPage`: whether the page of a run is in view. */
export class RunsInView implements IRunsInView {
  constructor(private readonly _hasPage: (run: Target) => boolean) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  has(run: Target): boolean {
    return (this._cards.get(run.id) ?? 0) > 0 || this._hasPage(run);
  }

  show(id: string): IDisposable {
    this._count(id, 1);
    return new DisposableDelegate(() => this._count(id, -1));
  }

  /** A run has as many cards as there are notebooks, or views of one, that show it. */
  private _count(id: string, more: number): void {
    const count = (this._cards.get(id) ?? 0) + more;
    if (count) {
      this._cards.set(id, count);
    } else {
      this._cards.delete(id);
    }
    this._changed.emit();
  }

  private readonly _cards = new Map<string, number>();
  private readonly _changed = new Signal<this, void>(this);
}
