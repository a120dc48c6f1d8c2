import type { TrialRow } from '../_contract';

/** A trial, and how often it has reported by now. */
export interface Reported {
  readonly number: number;
  readonly reports: number;
}

/** So many trials in one request. */
const MOST = 100;

/** What trials reported, of those that somebody looks at: kept, and asked for again when there is more of it. */
export class Curves {
  /** `onChange` is told when there is something new to draw. */
  constructor(
    private readonly _ask: (numbers: readonly number[]) => Promise<TrialRow[]>,
    private readonly _onChange: () => void
  ) {}

  /** As far as it is known; null if it is not. */
  of(number: number): readonly number[] | null {
    return this._known.get(number)?.values ?? null;
  }

  /** Somebody looks at these now. */
  want(trials: readonly Reported[]): void {
    this._wanted = trials.filter(
      ({ number, reports }) => reports > 1 && this._known.get(number)?.reports !== reports
    );
    void this._next();
  }

  /** One request at a time; of what was wanted meanwhile only the last counts. */
  private async _next(): Promise<void> {
    if (this._isAsking || !this._wanted.length) {
      return;
    }
    this._isAsking = true;
    const asked = this._wanted.slice(0, MOST);
    this._wanted = this._wanted.slice(MOST);
    try {
      const rows = await this._ask(asked.map(({ number }) => number));
      const points = new Map(rows.map(row => [row.number, (row.points ?? []) as Point[]]));
      for (const { number, reports } of asked) {
        const values = (points.get(number) ?? []).map(([, value]) => value);
        this._known.set(number, { reports, values });
      }
      this._onChange();
    } catch {
      // They are drawn another time: the table says all that counts.
      this._wanted = [];
    } finally {
      this._isAsking = false;
    }
    await this._next();
  }

  private readonly _known = new Map<number, { reports: number; values: readonly number[] }>();
  private _wanted: readonly Reported[] = [];
  private _isAsking = false;
}

type Point = readonly [number, number];
