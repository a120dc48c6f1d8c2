import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { Entity } from '../_contract';
import { phaseOfRun } from './rows';
import type { Section } from './section';
import type { Phase } from './states';

/** Milliseconds between two sentences: whoever hears them can not skip one. */
const PAUSE = 5000;

/** Which runs of a list changed their state, as often as it can be listened to. What was there before is no news. */
export class Announced implements IDisposable {
  constructor(section: Section) {
    section.changed.connect(this._onChanged, this);
  }

  /** Runs that changed since the last sentence, the latest change of each. */
  get told(): ISignal<this, readonly Entity[]> {
    return this._told;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    clearTimeout(this._pause);
    Signal.clearData(this);
  }

  private _onChanged(section: Section): void {
    const phases = new Map(section.rows.map(run => [run.id, phaseOfRun(run)]));
    for (const run of section.rows) {
      const before = this._phases.get(run.id);
      if (before !== undefined && before !== phases.get(run.id)) {
        this._waiting.set(run.id, run);
      }
    }
    this._phases = phases;
    this._tell();
  }

  private _tell(): void {
    if (this._waiting.size && this._pause === undefined && !this._isDisposed) {
      const all = [...this._waiting.values()];
      this._waiting.clear();
      this._pause = setTimeout(() => {
        this._pause = undefined;
        this._tell();
      }, PAUSE);
      this._told.emit(all);
    }
  }

  private readonly _told = new Signal<this, readonly Entity[]>(this);
  private readonly _waiting = new Map<string, Entity>();
  private _phases = new Map<string, Phase>();
  private _pause: ReturnType<typeof setTimeout> | undefined;
  private _isDisposed = false;
}
