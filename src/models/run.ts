import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { Entity, Progress, RunSpec, RunStatus, StreamMessage } from '../_contract';
import { LogTail, type RunLog } from './logTail';
import { Series, SeriesTable } from './series';
import { isOver, Phase, phaseOf } from './states';

/**
 * What we know of the server: `loading` nothing yet, `live` messages come, `paused` nobody looks, `lost` no answer,
 * `missing` the server refused, `over` nothing more will come.
 */
export type Contact = 'loading' | 'live' | 'paused' | 'lost' | 'missing' | 'over';

/** Drawings of metrics and logs a second. */
const DRAWINGS = 4;

/** A run as a view needs it: the last thing known, and how we know. Holds no DOM and asks nobody. */
export class RunModel implements IDisposable {
  constructor(log: RunLog = new LogTail()) {
    this._log = log;
  }

  /** Emits when a view should draw; many metrics and log lines give one. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get run(): Entity | null {
    return this._run;
  }

  get status(): Partial<RunStatus> {
    return (this._run?.status ?? {}) as Partial<RunStatus>;
  }

  get spec(): RunSpec {
    return (this._run?.spec ?? {}) as RunSpec;
  }

  get phase(): Phase {
    return phaseOf(this.status.state);
  }

  get isOver(): boolean {
    return this._run !== null && isOver(this.phase);
  }

  /** What a person calls the run, e.g. train-42. */
  get name(): string {
    const reference = this._run?.metadata.reference ?? '';
    return reference.slice(reference.indexOf('/') + 1) || (this._run?.name ?? '');
  }

  /** What a person calls its function, e.g. train@3; undefined where that is not kept. */
  get functionName(): string | undefined {
    const reference = this._run?.metadata.function_reference;
    return typeof reference === 'string' ? reference.slice(reference.indexOf('/') + 1) : undefined;
  }

  get progress(): Progress | null {
    return this._progress ?? this.status.progress ?? null;
  }

  get series(): Series[] {
    return this._series.all;
  }

  get log(): RunLog {
    return this._log;
  }

  get contact(): Contact {
    return this._contact;
  }

  /** Why contact is `lost` or `missing`, or why a stop was refused. */
  get problem(): string {
    return this._problem;
  }

  /** Milliseconds since 1970 of the last thing heard. */
  get asOf(): number {
    return this._asOf;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  setContact(contact: Contact, problem = ''): void {
    this._contact = contact;
    this._problem = problem;
    this._emit();
  }

  setProblem(problem: string): void {
    this.setContact(this._contact, problem);
  }

  /** Take one message of the run's stream. */
  apply(message: StreamMessage): void {
    this._asOf = Date.now();
    if (message.type === 'run' && message.run) {
      this._setRun(message.run);
    } else if (message.type === 'log') {
      this._log.add(message.text ?? '', message.offset ?? this._log.offset);
      this._emitSoon();
    } else if (message.type === 'metrics') {
      this._series.add(message.points ?? []);
      this._emitSoon();
    } else if (message.type === 'progress') {
      this._progress = message.progress ?? null;
      this._emitSoon();
    }
  }

  /** A new stream tells all metrics again. */
  forgetMetrics(): void {
    this._series.clear();
  }

  dispose(): void {
    this._isDisposed = true;
    clearTimeout(this._timer);
    Signal.clearData(this);
  }

  private _setRun(run: Entity): void {
    const attempt = (status: unknown): number => (status as Partial<RunStatus>)?.attempt ?? 0;
    if (this._run && attempt(run.status) > attempt(this._run.status)) {
      this._series.clear();
      this._log.clear();
      this._progress = null;
    }
    this._run = run;
    this._emit();
  }

  private _emitSoon(): void {
    this._timer ??= setTimeout(() => this._emit(), 1000 / DRAWINGS);
  }

  private _emit(): void {
    clearTimeout(this._timer);
    this._timer = undefined;
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private _run: Entity | null = null;
  private _progress: Progress | null = null;
  private _contact: Contact = 'loading';
  private _problem = '';
  private _asOf = 0;
  private _isDisposed = false;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private readonly _log: RunLog;
  private readonly _series = new SeriesTable();
  private readonly _changed = new Signal<this, void>(this);
}
