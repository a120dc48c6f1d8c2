const LINES = 4;
const KEPT = 4096;

// Colours and cursor moves of a terminal, and control characters that draw nothing; \r is looked at before.

const ESCAPES =
  /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])|[\x00-\x08\x0b-\x1f\x7f]/g;

/** A log that comes in pieces, as a run keeps it. */
export interface RunLog {
  /** Byte after the last one that was seen. */
  readonly offset: number;
  readonly lineCount: number;
  /** The last few, as they are drawn. */
  readonly lines: string[];
  clear(): void;
  add(text: string, offset: number): void;
}

/** The last lines of a log that comes in pieces. */
export class LogTail implements RunLog {
  /** Byte after the last one that was seen. */
  get offset(): number {
    return this._offset;
  }

  get lineCount(): number {
    return this._newlines + (this._text && !this._text.endsWith('\n') ? 1 : 0);
  }

  /** At most four; of a line that a progress bar rewrote, what it says now. */
  get lines(): string[] {
    const lines = this._text.replace(/\n$/, '').split('\n').slice(-LINES);
    return this._text ? lines.map(lastState) : [];
  }

  clear(): void {
    this._text = '';
    this._offset = 0;
    this._newlines = 0;
  }

  add(text: string, offset: number): void {
    this._newlines += text.split('\n').length - 1;
    this._text = (this._text + text).slice(-KEPT);
    this._offset = offset;
  }

  private _text = '';
  private _offset = 0;
  private _newlines = 0;
}

/** A line as a terminal shows it at last. */
export function lastState(line: string): string {
  return (line.replace(/\r+$/, '').split('\r').at(-1) ?? '').replace(ESCAPES, '');
}
