/** Round numbers between two ends, `count` or about as many. */
export function ticksOf(low: number, high: number, count: number): number[] {
  const span = high - low;
  if (!Number.isFinite(span) || span <= 0) {
    return Number.isFinite(low) ? [low] : [];
  }
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find(each => each * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  // Multiples, and not sums: 0.1 + 0.2 is not 0.3.
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
    Number(((first + index) * step).toPrecision(12))
  );
}

/** The least and the most of the finite numbers; null if there is none. */
export function extentOf(values: readonly number[]): [number, number] | null {
  const finite = values.filter(Number.isFinite);
  return finite.length
    ? [
        finite.reduce((least, each) => Math.min(least, each), Infinity),
        finite.reduce((most, each) => Math.max(most, each), -Infinity)
      ]
    : null;
}

/** Index of the value that is nearest to `wanted`; -1 if there is none. */
export function nearest(values: readonly number[], wanted: number): number {
  return values.reduce(
    (best, each, index) =>
      best < 0 || Math.abs(each - wanted) < Math.abs((values[best] ?? 0) - wanted) ? index : best,
    -1
  );
}
