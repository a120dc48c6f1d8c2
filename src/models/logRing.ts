import { lastState, type RunLog } from './logTail';

const LIVE = 5000;
const MOST = 50_000;
const TAIL = 4;
const NEWLINE = 10;

/** Bytes of a log from `start` on; the whole log has `size` at that moment. */
export interface LogPart {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly size: number;
}

/** The last 5,000 lines of a log that grows, and the older ones that somebody asked for. */
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

  /** A line as it is drawn. */
  line(index: number): string {
    return lastState(this._lines[index] ?? this._open);
  }

  clear(): void {
    this._lines = [];
    this._open = '';
    this._offset = this._start = 0;
  }

  /** Begin with the end of a log that is longer. */
  begin(part: LogPart): void {
    const { text, start } = wholeLines(part);
    this.clear();
    this._start = start;
    this.add(text, part.start + part.bytes.length);
  }

  add(text: string, offset: number): void {
    const lines = (this._open + text).split('\n');
    this._open = lines.pop() ?? '';
    this._lines = [...this._lines, ...lines];
    this._offset = offset;
    if (this._lines.length > LIVE && !this._hasOlder) {
      this._drop(this._lines.length - LIVE);
    }
  }

  /** Put what lies before `start` above; the rest goes on growing below, until there is too much. */
  addOlder(part: LogPart): void {
    const { text, start } = wholeLines(part);
    const lines = text.replace(/\n$/, '').split('\n');
    if (part.start + part.bytes.length === this._start && text && this._lines.length < MOST) {
      this._hasOlder = true;
      this._lines = [...lines, ...this._lines];
      this._start = start;
    }
  }

  /** Back at the end: older lines may go. */
  forgetOlder(): void {
    this._hasOlder = false;
    if (this._lines.length > LIVE) {
      this._drop(this._lines.length - LIVE);
    }
  }

  private _drop(count: number): void {
    const gone = this._lines.slice(0, count).join('\n');
    this._start += ENCODER.encode(gone).length + 1;
    this._lines = this._lines.slice(count);
  }

  private _lines: string[] = [];
  private _open = '';
  private _offset = 0;
  private _start = 0;
  private _hasOlder = false;
}

const ENCODER = new TextEncoder();

/** The text without a first line that begins before it; a line longer than the part is taken as it is. */
function wholeLines({ bytes, start }: LogPart): { text: string; start: number } {
  const first = start > 0 ? bytes.indexOf(NEWLINE) + 1 : 0;
  return { text: new TextDecoder().decode(bytes.subarray(first)), start: start + first };
}

/** Indices of the lines that have `text` in them, in any case. */
export function found(lines: readonly string[], text: string): number[] {
  const wanted = text.toLowerCase();
  return wanted
    ? lines.flatMap((line, index) => (line.toLowerCase().includes(wanted) ? [index] : []))
    : [];
}
