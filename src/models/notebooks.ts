import type { PlannedNotebook } from '../_contract';
import { addressOf, FUNCTION_MIME, plainText, RUN_MIME, type RunAddress } from './bundle';

interface AnyCell {
  readonly cell_type?: unknown;
  readonly outputs?: unknown;
}

/** The notebook without its outputs: the server would leave them out anyway, and they may be large. */
export function withoutOutputs(content: unknown): PlannedNotebook['content'] {
  const notebook = (content ?? {}) as { cells?: unknown };
  const cells = Array.isArray(notebook.cells) ? (notebook.cells as AnyCell[]) : [];
  return {
    ...notebook,
    cells: cells.map(cell => (cell.cell_type === 'code' ? { ...cell, outputs: [] } : cell))
  };
}

/** The function that a cell has registered, by the bundle below it, or null. Anybody may have written it. */
export function registeredIn(outputs: unknown): RunAddress | null {
  for (const output of Array.isArray(outputs) ? (outputs as unknown[]) : []) {
    const { data } = (output ?? {}) as { data?: unknown };
    const found = addressOf(((data ?? {}) as Record<string, unknown>)[FUNCTION_MIME]);
    if (found) {
      return found;
    }
  }
  return null;
}

/** The line below a cell that has registered a function, in its parts. */
export interface RegisteredLine {
  /** train@3 */
  readonly name: string;
  /** Whether the cell has made this version; else it was there already. */
  readonly isNew: boolean;
  /** What came along, in the kernel's words. */
  readonly rest: string;
}

/** The parts of such a line, or null where a text is none. */
export function registeredLine(text: string): RegisteredLine | null {
  const [, before, name = '', rest = ''] =
    /^(unchanged, )?function\/([\w.+-]{1,60}@\d+)(?: · ([^]*))?$/.exec(text.trim()) ?? [];
  return name ? { name, isNew: before === undefined, rest } : null;
}

/** How the line below a cell names the function that it has registered: train@3. Empty where it names none. */
export function registeredAs(outputs: unknown): string {
  for (const output of Array.isArray(outputs) ? (outputs as unknown[]) : []) {
    const { data } = (output ?? {}) as { data?: unknown };
    const { [FUNCTION_MIME]: bundle, 'text/plain': plain } = (data ?? {}) as Record<
      string,
      unknown
    >;
    const line = registeredLine(plainText(plain));
    if (line && addressOf(bundle)) {
      return line.name;
    }
  }
  return '';
}

/** Ids of the runs whose cards are among outputs' data. Anybody may have written them. */
export function runsIn(data: readonly Readonly<Record<string, unknown>>[]): string[] {
  const ids = data.map(each => addressOf(each[RUN_MIME])?.id ?? '');
  return [...new Set(ids)].filter(Boolean);
}

/** What stands at the top of a cell that registers its function. */
export const REGISTERS = /^\s*%%dh\s+function\b/;
