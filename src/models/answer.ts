import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import { BackOff } from './backOff';
import type { Knowledge } from './knowledge';

/** What one request gives: asked while somebody looks, and kept when the server goes away. */
export class Answer<T> implements IDisposable {
  constructor(request: () => Promise<T>) {
    this._request = request;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get value(): T | null {
    return this._value;
  }

  get knowledge(): Knowledge {
    return this._knowledge;
  }

  /** Why it is `stale` or `failed`. */
  get problem(): string {
    return this._problem;
  }

  /** Milliseconds since 1970 of the last answer. */
  get asOf(): number {
    return this._asOf;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Whether somebody looks. */
  watch(isWatched: boolean): void {
    this._isWatched = isWatched;
    isWatched ? this._askIfNeeded() : this._backOff.cancel();
  }

  /** What is known may no longer be true. */
  invalidate(): void {
    this._isDirty = true;
    this._askIfNeeded();
  }

  dispose(): void {
    this._isDisposed = true;
    this._backOff.cancel();
    Signal.clearData(this);
  }

  private _askIfNeeded(): void {
    if (this._isWatched && this._isDirty && !this._isAsking && !this._isDisposed) {
      void this._ask();
    }
  }

  private async _ask(): Promise<void> {
    this._isAsking = true;
    this._isDirty = false;
    try {
      this._value = await this._request();
      this._asOf = Date.now();
      this._backOff.reset();
      this._know('known', '');
    } catch (error) {
      this._refused(error);
    } finally {
      this._isAsking = false;
    }
    if (!this._backOff.isWaiting) {
      this._askIfNeeded();
    }
  }

  private _refused(error: unknown): void {
    const { message = '', hint = '', status = 0 } = error as Refusal;
    // What the server has refused, it would refuse again; what it could not answer, it may answer later.
    const isFinal = status >= 400 && status < 500;
    this._isDirty ||= !isFinal;
    this._know(
      isFinal || this._value === null ? 'failed' : 'stale',
      status ? [message, hint].filter(Boolean).join(' ') : ''
    );
    if (!isFinal && this._isWatched && !this._isDisposed) {
      this._backOff.wait(() => this._askIfNeeded());
    }
  }

  private _know(knowledge: Knowledge, problem: string): void {
    this._knowledge = knowledge;
    this._problem = problem;
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _request: () => Promise<T>;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _backOff = new BackOff();
  private _value: T | null = null;
  private _knowledge: Knowledge = 'loading';
  private _problem = '';
  private _asOf = 0;
  private _isDirty = true;
  private _isAsking = false;
  private _isWatched = false;
  private _isDisposed = false;
}

interface Refusal {
  readonly message?: string;
  readonly hint?: string;
  readonly status?: number;
}
