const NEWLINE = 10;

/** Whole lines of a log that were not heard: bytes `from` to `to`, which would stand before line `index` of those kept. */
export interface Gap {
  readonly index: number;
  readonly from: number;
  readonly to: number;
  /** How many; null where nobody counted. */
  readonly lines: number | null;
}

/** Bytes that go into a gap's beginning, as whole lines; null for a part of another place or with nothing in it. */
export function openedBy(gap: Gap, bytes: Uint8Array, start: number): Uint8Array | null {
  const inside = bytes.subarray(0, gap.to - gap.from);
  const end = inside.lastIndexOf(NEWLINE) + 1;
  // A line that is longer than the part is taken in pieces.
  const whole = end > 0 ? inside.subarray(0, end) : inside;
  return start === gap.from && whole.length ? whole : null;
}

/** What is left of a gap when so many bytes and lines of it are there; null for nothing. */
export function narrowed(gap: Gap, bytes: number, lines: number): Gap | null {
  const from = gap.from + bytes;
  const left = gap.lines === null ? null : Math.max(0, gap.lines - lines);
  return from < gap.to ? { ...gap, index: gap.index + lines, from, lines: left } : null;
}

/** Rows of a view: the lines, and one more for the gap. A row is a line's index, or null for the gap. */
export const rowCount = (lines: number, gap: Gap | null): number => lines + (gap ? 1 : 0);

export function lineOf(row: number, gap: Gap | null): number | null {
  if (!gap || row < gap.index) {
    return row;
  }
  return row === gap.index ? null : row - 1;
}

export const rowOf = (line: number, gap: Gap | null): number =>
  gap && line >= gap.index ? line + 1 : line;
