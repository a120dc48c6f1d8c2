import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { Entity, TableRows, TableSpec } from '../_contract';

/** Rows of one request. */
const PAGE = 100;
/** Pages that are kept: of those seen longest ago there are no more then. */
const MOST_PAGES = 60;

/** `type` is empty where it is not known. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

export type Row = readonly unknown[];

/** Rows of a dataset: those that were kept at its save at once, the others when they are looked at. */
export class RowPages implements IDisposable {
  constructor(request: (start: number, size: number) => Promise<TableRows>) {
    this._request = request;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get columns(): readonly Column[] {
    return this._columns;
  }

  /** Columns of the dataset, of which `columns` are the first. */
  get width(): number {
    return Math.max(this._width, this._columns.length);
  }

  /** Rows of the dataset as far as is known, and of those that can be had here. */
  get total(): number {
    return this._total;
  }

  /** How many can be looked at: all, or those that were kept, where the others can't be had. */
  get length(): number {
    return this._isRefused ? this._kept.length : this._total;
  }

  /** Whether rows that are looked at could not be had. */
  get hasFailed(): boolean {
    return this._failed.size > 0;
  }

  /** Why; empty where nobody answered. */
  get problem(): string {
    return this._problem;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Values of a row, one for each column; null while they are not there. */
  row(index: number): Row | null {
    const page = this._pages.get(Math.floor(index / PAGE));
    return page?.[index % PAGE] ?? this._kept[index] ?? null;
  }

  /** What the catalogue has of it. Nothing is asked by this. */
  begin({ spec, status }: Entity): void {
    const { preview, rows } = status as { preview?: Preview; rows?: number };
    const fields = (spec as Partial<TableSpec>).schema?.fields ?? [];
    const types = new Map(fields.map(({ name, type }) => [name, type]));
    const kept = preview?.cols ?? [];
    const length = Math.max(0, ...kept.map(({ value }) => value.length));
    if (!this._pages.size) {
      this._columns = kept.length
        ? kept.map(({ name }) => ({ name, type: types.get(name) ?? '' }))
        : fields;
      this._width = fields.length;
      this._total = rows ?? preview?.rows ?? length;
      this._kept = Array.from({ length }, (_, row) => kept.map(({ value }) => value[row] ?? null));
      this._isCounted = rows !== undefined || preview?.rows !== undefined;
    }
  }

  /** Rows `first` to `last` are looked at: ask for what is missing of them. */
  want(first: number, last: number): void {
    this._first = Math.max(0, first);
    this._last = last;
    this._askNext();
  }

  /** Ask anew for what could not be had. */
  again(): void {
    this._failed.clear();
    this._problem = '';
    this._isRefused = false;
    this._changed.emit();
    this._askNext();
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  /** One at a time, so that of a long scroll only what one stops at is asked. */
  private _askNext(): void {
    const page = this._missing();
    if (page !== undefined && !this._isAsking && !this._isDisposed) {
      void this._ask(page);
    }
  }

  private _missing(): number | undefined {
    const end = this._isCounted ? Math.min(this._last, this._total - 1) : this._last;
    for (let page = Math.floor(this._first / PAGE); page * PAGE <= end; page++) {
      const isNeeded =
        !this._isCounted || Math.min(page * PAGE + PAGE, this._total) > this._kept.length;
      if (isNeeded && !this._pages.has(page) && !this._failed.has(page)) {
        return page;
      }
    }
    return undefined;
  }

  private async _ask(page: number): Promise<void> {
    this._isAsking = true;
    try {
      this._take(page, await this._request(page * PAGE, PAGE));
    } catch (error) {
      this._refused(page, error as Refusal);
    }
    this._isAsking = false;
    if (!this._isDisposed) {
      this._changed.emit();
      this._askNext();
    }
  }

  private _take(page: number, { total, width, columns, rows }: TableRows): void {
    this._pages.set(page, rows);
    const [oldest] = this._pages.keys();
    if (this._pages.size > MOST_PAGES && oldest !== undefined) {
      this._pages.delete(oldest);
    }
    this._columns = columns;
    this._width = width;
    this._total = total;
    this._isCounted = true;
    // The first rows are as the kept ones, but their columns may be others.
    this._kept = [];
  }

  private _refused(page: number, { message = '', hint = '', status = 0 }: Refusal): void {
    this._failed.add(page);
    this._problem = status ? [message, hint].filter(Boolean).join(' ') : '';
    // What the server refuses of one page, it refuses of all.
    this._isRefused = status >= 400 && status < 500 && !this._pages.size;
  }

  private readonly _request: (start: number, size: number) => Promise<TableRows>;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _pages = new Map<number, readonly Row[]>();
  private readonly _failed = new Set<number>();
  private _columns: readonly Column[] = [];
  private _kept: readonly Row[] = [];
  private _width = 0;
  private _total = 0;
  private _first = 0;
  private _last = -1;
  private _problem = '';
  private _isCounted = false;
  private _isRefused = false;
  private _isAsking = false;
  private _isDisposed = false;
}

interface Preview {
  readonly cols?: readonly { readonly name: string; readonly value: readonly unknown[] }[];
  readonly rows?: number;
}

interface Refusal {
  readonly message?: string;
  readonly hint?: string;
  readonly status?: number;
}
