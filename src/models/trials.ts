import type { TrialColumns, TrialRow } from '../_contract';

/** More trials than this are drawn in ways that are quick. */
export const MANY = 1000;

export type TrialState = TrialRow['state'];

/** A number, or null where a trial has none. */
type Cell = number | null;

/** All trials of a sweep as columns, in the order of their numbers; what changed is merged in. */
export class TrialTable {
  get length(): number {
    return this._numbers.length;
  }

  /** What to ask the next columns since; 0 for all. */
  get revision(): number {
    return this._revision;
  }

  /** Rises with each merge, so that what was computed of the trials can be kept until then. */
  get turn(): number {
    return this._turn;
  }

  get parameterNames(): readonly string[] {
    return [...this._parameters.keys()];
  }

  /** All is to be asked for again: another broker counts changes anew. */
  forgetRevision(): void {
    this._revision = 0;
  }

  merge(columns: TrialColumns): void {
    const rows = columns.number.map(number => this._rowOf(number));
    this._turn++;
    this._revision = columns.revision;
    rows.forEach((row, index) => {
      this._states[row] = columns.state[index] as TrialState;
      this._runs[row] = columns.run[index] ?? null;
      this._seconds.set(row, columns.seconds[index]);
      this._last.set(row, columns.last?.[index]);
      const reports = columns.reports?.[index] ?? 0;
      this._reports[row] = reports;
      this._hasCurves ||= reports > 1;
      this._messages[row] = columns.message?.[index] ?? '';
    });
    for (const [name, column] of Object.entries(columns.values)) {
      const cells = this._values.get(name) ?? new Numbers();
      this._values.set(name, cells);
      rows.forEach((row, index) => cells.set(row, column[index]));
    }
    for (const [name, column] of Object.entries(columns.parameters)) {
      const cells = this._parameters.get(name) ?? [];
      this._parameters.set(name, cells);
      rows.forEach((row, index) => {
        cells[row] = column[index];
      });
    }
  }

  number(row: number): number {
    return this._numbers[row] ?? -1;
  }

  /** The row of a trial's number, or -1. */
  row(number: number): number {
    return this._rows.get(number) ?? -1;
  }

  state(row: number): TrialState {
    return this._states[row] ?? 'waiting';
  }

  /** Id of its run. */
  run(row: number): string | null {
    return this._runs[row] ?? null;
  }

  seconds(row: number): Cell {
    return this._seconds.at(row);
  }

  /** What it reached of an objective. */
  value(row: number, objective: string): Cell {
    return this._values.get(objective)?.at(row) ?? null;
  }

  /** What all reached of an objective, by row; NaN where there is nothing. */
  values(objective: string): Float64Array {
    return (this._values.get(objective) ?? new Numbers()).all(this.length);
  }

  /** How long all took, by row; NaN where that is not known. */
  durations(): Float64Array {
    return this._seconds.all(this.length);
  }

  /** The first objective as it was last reported. */
  last(row: number): Cell {
    return this._last.at(row);
  }

  /** How often it has reported the first objective. */
  reports(row: number): number {
    return this._reports[row] ?? 0;
  }

  /** Whether there is a trial that has reported more than once. */
  get hasCurves(): boolean {
    return this._hasCurves;
  }

  /** Why it failed or was pruned. */
  message(row: number): string {
    return this._messages[row] ?? '';
  }

  parameter(row: number, name: string): unknown {
    return this._parameters.get(name)?.[row] ?? null;
  }

  /** All values of a parameter that there are. */
  seen(name: string): unknown[] {
    return (this._parameters.get(name) ?? []).filter(
      value => value !== null && value !== undefined
    );
  }

  parameters(row: number): Record<string, unknown> {
    return Object.fromEntries(this.parameterNames.map(name => [name, this.parameter(row, name)]));
  }

  /** Rows in numbers' order are made so that no column has to be sorted: numbers come in rising. */
  private _rowOf(number: number): number {
    const known = this._rows.get(number);
    if (known !== undefined) {
      return known;
    }
    const row = this._numbers.length;
    this._rows.set(number, row);
    this._numbers.push(number);
    return row;
  }

  private readonly _rows = new Map<number, number>();
  private readonly _numbers: number[] = [];
  private readonly _states: TrialState[] = [];
  private readonly _runs: (string | null)[] = [];
  private readonly _seconds = new Numbers();
  private readonly _last = new Numbers();
  private readonly _messages: string[] = [];
  private readonly _reports: number[] = [];
  private _hasCurves = false;
  private readonly _values = new Map<string, Numbers>();
  private readonly _parameters = new Map<string, unknown[]>();
  private _revision = 0;
  private _turn = 0;
}

/** A column of numbers that grows; NaN where there is none. NaN and infinities come as texts, and are none here. */
class Numbers {
  at(row: number): Cell {
    const value = this._cells[row] ?? NaN;
    return Number.isNaN(value) ? null : value;
  }

  set(row: number, value: unknown): void {
    if (row >= this._cells.length) {
      this._grow(row + 1);
    }
    this._cells[row] = typeof value === 'number' && Number.isFinite(value) ? value : NaN;
  }

  all(length: number): Float64Array {
    if (length > this._cells.length) {
      this._grow(length);
    }
    return this._cells.subarray(0, length);
  }

  private _grow(length: number): void {
    const cells = new Float64Array(Math.max(64, 2 * length)).fill(NaN);
    cells.set(this._cells);
    this._cells = cells;
  }

  private _cells = new Float64Array();
}
