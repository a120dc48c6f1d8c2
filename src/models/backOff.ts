const FIRST = 1000;
const LONGEST = 60_000;

/** Waits before trying again: 1 s, then twice as long each time up to a minute, spread so that pages do not knock together. */
export class BackOff {
  get isWaiting(): boolean {
    return this._timer !== undefined;
  }

  /** Call `again` after the next wait; forgets an earlier one. */
  wait(again: () => void): void {
    this.cancel();
    const longest = Math.min(LONGEST, FIRST * 2 ** this._failures++);
    this._timer = setTimeout(
      () => {
        this._timer = undefined;
        again();
      },
      longest * (0.5 + Math.random() / 2)
    );
  }

  cancel(): void {
    clearTimeout(this._timer);
    this._timer = undefined;
  }

  /** It worked: the next wait is a short one. */
  reset(): void {
    this.cancel();
    this._failures = 0;
  }

  private _failures = 0;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
