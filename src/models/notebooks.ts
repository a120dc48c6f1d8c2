import type { PlannedNotebook } from '../_contract';
import { addressOf, FUNCTION_MIME, RUN_MIME, type RunAddress } from './bundle';

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

/** How the line below a cell names the function that it has registered: train@3. Empty where it names none. */
export function registeredAs(outputs: unknown): string {
  for (const output of Array.isArray(outputs) ? (outputs as unknown[]) : []) {
    const { data } = (output ?? {}) as { data?: unknown };
    const { [FUNCTION_MIME]: bundle, 'text/plain': plain } = (data ?? {}) as Record<
      string,
      unknown
    >;
    const text = Array.isArray(plain) ? plain.join('') : plain;
    const [, name = ''] = /^function\/([\w.+-]{1,60}@\d+)/.exec(String(text)) ?? [];
    if (name && addressOf(bundle)) {
      return name;
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
