import { type Gap, narrowed, openedBy } from './logGap';
import { lastState, type RunLog } from './logTail';

/** Lines that are kept while the end is in view, and while somebody reads further up. */
const LIVE = 5000;
const MOST = 50_000;
/** Lines after a gap: few, so that those before it stay. */
const RESUMED = 1000;
const TAIL = 4;
const NEWLINE = 10;

/** Bytes of a log from `start` on; the whole log has `size` at that moment. */
export interface LogPart {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly size: number;
  /** Lines before `start`; null where nobody counted them. */
  readonly before?: number | null;
}

/** The last lines of a log that grows, and the older ones that somebody asked for. */
export class LogRing implements RunLog {
  /** Byte after the last one that was seen. */
  get offset(): number {
    return this._offset;
  }

  /** Byte where the first line that is kept begins. */
  get start(): number {
    return this._start;
  }

  get lineCount(): number {
    return this.all.length;
  }

  /** The last four, for an overview. */
  get lines(): string[] {
    return this.all.slice(-TAIL).map(lastState);
  }

  /** All that are kept, as they were written. */
  get all(): readonly string[] {
    return this._open ? [...this._lines, this._open] : this._lines;
  }

  /** Lines that were written while somebody listened. */
  get heard(): number {
    return this._heard;
  }

  /** By how many lines what is kept has moved down: older ones came above, or fewer than nothing went. */
  get moved(): number {
    return this._moved;
  }

  /** What was not heard, between lines that were. */
  get gap(): Gap | null {
    return this._gap;
  }

  /** A line as it is drawn. */
  line(index: number): string {
    return lastState(this._lines[index] ?? this._open);
  }

  /** Number of a line in the whole log, from 1; null where nobody has counted those before it. */
  number(index: number): number | null {
    const skipped = this._gap && index >= this._gap.index ? this._gap.lines : 0;
    return this._first === null || skipped === null ? null : this._first + index + skipped;
  }

  clear(): void {
    this._lines = [];
    this._open = '';
    this._offset = this._start = this._heard = this._moved = 0;
    this._first = 1;
    this._gap = null;
  }

  /** Begin with the end of a log that is longer. */
  begin(part: LogPart): void {
    const { text, start, first } = wholeLines(part);
    this.clear();
    this._start = start;
    this._first = first;
    this.add(text, part.start + part.bytes.length);
  }

  /** Go on with the end of a log that has grown by more than that since; what lies between becomes the gap. */
  skipTo(part: LogPart): void {
    const from = this._offset - bytesOf(this._open);
    const { text, start, first } = lastLines(wholeLines(part), RESUMED);
    if (part.start <= this._offset) {
      return;
    }
    if (this._gap || !this._lines.length) {
      this.begin(part);
      return;
    }
    const index = this._lines.length;
    const next = this.number(index);
    const lines = first === null || next === null ? null : first - next;
    this._gap = { index, from, to: start, lines };
    this._open = '';
    this.add(text, part.start + part.bytes.length);
  }

  add(text: string, offset: number): void {
    const lines = (this._open + text).split('\n');
    this._open = lines.pop() ?? '';
    this._lines = [...this._lines, ...lines];
    this._heard += lines.length;
    this._offset = offset;
    this._keep();
  }

  /** Put what lies before `start` above; the rest goes on growing below, until there is too much. */
  addOlder(part: LogPart): void {
    const { text, start, first } = wholeLines(part);
    const lines = linesOf(text);
    if (part.start + part.bytes.length === this._start && text && this._lines.length < MOST) {
      this._isHeld = true;
      this._lines = [...lines, ...this._lines];
      this._start = start;
      this._first = first;
      this._move(lines.length);
    }
  }

  /** Put the first part of what was not heard in its place. */
  fill(part: LogPart): void {
    const opened = this._gap && openedBy(this._gap, part.bytes, part.start);
    if (this._gap && opened) {
      const { index } = this._gap;
      const lines = linesOf(new TextDecoder().decode(opened));
      this._isHeld = true;
      this._lines = [...this._lines.slice(0, index), ...lines, ...this._lines.slice(index)];
      this._gap = narrowed(this._gap, opened.length, lines.length);
    }
  }

  /** Somebody reads further up: what is there stays. Or is back at the end: older lines may go. */
  hold(isHeld: boolean): void {
    this._isHeld = isHeld;
    this._keep();
  }

  private _keep(): void {
    const most = this._isHeld ? MOST : LIVE;
    if (this._lines.length > most) {
      this._drop(this._lines.length - most);
    }
  }

  private _drop(count: number): void {
    const first = this.number(count);
    const isGapGone = this._gap !== null && this._gap.index <= count;
    const gone = this._lines.slice(isGapGone ? this._gap?.index : 0, count);
    this._start = isGapGone ? (this._gap?.to ?? 0) : this._start;
    this._start += gone.reduce((sum, line) => sum + bytesOf(line) + 1, 0);
    this._gap = isGapGone ? null : this._gap;
    this._lines = this._lines.slice(count);
    this._first = first;
    this._move(-count);
  }

  /** Lines came or went above. */
  private _move(count: number): void {
    this._moved += count;
    this._gap = this._gap && { ...this._gap, index: this._gap.index + count };
  }

  private _lines: string[] = [];
  private _open = '';
  private _offset = 0;
  private _start = 0;
  private _heard = 0;
  private _moved = 0;
  private _isHeld = false;
  private _first: number | null = 1;
  private _gap: Gap | null = null;
}

const ENCODER = new TextEncoder();
const bytesOf = (text: string): number => ENCODER.encode(text).length;
const linesOf = (text: string): string[] => text.replace(/\n$/, '').split('\n');

/** Text of whole lines, the byte where it begins, and the number of its first line. */
interface Lines {
  readonly text: string;
  readonly start: number;
  readonly first: number | null;
}

/** The text without a first line that begins before it; a line longer than the part is taken as it is. */
function wholeLines({ bytes, start, before }: LogPart): Lines {
  const cut = start > 0 ? bytes.indexOf(NEWLINE) + 1 : 0;
  const known = start > 0 ? (before ?? null) : 0;
  const first = known === null ? null : known + 1 + (cut ? 1 : 0);
  return { text: new TextDecoder().decode(bytes.subarray(cut)), start: start + cut, first };
}

function lastLines(lines: Lines, most: number): Lines {
  const all = lines.text.split('\n');
  const gone = all.slice(0, Math.max(0, all.length - 1 - most));
  return {
    text: all.slice(gone.length).join('\n'),
    start: lines.start + gone.reduce((sum, line) => sum + bytesOf(line) + 1, 0),
    first: lines.first === null ? null : lines.first + gone.length
  };
}

/** Indices of the lines that have `text` in them, in any case. */
export function found(lines: readonly string[], text: string): number[] {
  const wanted = text.toLowerCase();
  return wanted
    ? lines.flatMap((line, index) => (line.toLowerCase().includes(wanted) ? [index] : []))
    : [];
}
