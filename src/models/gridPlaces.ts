/** A cell of a table by its numbers, from 0. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

export interface Extent {
  readonly rows: number;
  readonly columns: number;
  /** Rows that Page Down goes. */
  readonly page: number;
}

/** Where a key leads to from a cell; null for one that leads nowhere. */
export function placeAfter(
  key: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>,
  { row, column }: Place,
  { rows, columns, page }: Extent
): Place | null {
  const isFar = key.ctrlKey || key.metaKey;
  const moves: Record<string, Place> = {
    ArrowDown: { row: isFar ? rows - 1 : row + 1, column },
    ArrowUp: { row: isFar ? 0 : row - 1, column },
    ArrowRight: { row, column: isFar ? columns - 1 : column + 1 },
    ArrowLeft: { row, column: isFar ? 0 : column - 1 },
    PageDown: { row: row + page, column },
    PageUp: { row: row - page, column },
    Home: { row: isFar ? 0 : row, column: 0 },
    End: { row: isFar ? rows - 1 : row, column: columns - 1 }
  };
  const to = key.altKey ? undefined : moves[key.key];
  return to ? { row: within(to.row, rows), column: within(to.column, columns) } : null;
}

const within = (number: number, length: number): number =>
  Math.max(0, Math.min(length - 1, number));

/** Pixels of a letter and of a cell's edges with some room, and how narrow and wide a column is. */
const [LETTER, EDGES, NARROWEST, WIDEST] = [7.5, 40, 90, 320];

/** Pixels for each column, by its name, type and some of its texts. */
export function columnWidths(
  columns: readonly { readonly name: string; readonly type: string }[],
  texts: readonly (readonly string[])[]
): number[] {
  return columns.map(({ name, type }, column) => {
    const said = [name, type, ...texts.map(row => row[column] ?? '')];
    const longest = Math.max(...said.map(each => each.length));
    return Math.round(Math.max(NARROWEST, Math.min(WIDEST, EDGES + LETTER * longest)));
  });
}

/** Rows that a browser is let scroll through at once: from some 700,000 on one draws none of the last. */
export const WINDOW = 500_000;

/** The first of the rows among which a row is drawn. */
export function windowOf(row: number): number {
  return Math.floor(row / WINDOW) * WINDOW;
}
