import type { CellSpan, Entity } from '../_contract';

/** What is looked at of a cell: its id, and what the outputs below it name. */
export interface SeenCell {
  readonly id: string;
  /** Ids of the runs whose cards are below it. */
  readonly runs: readonly string[];
  /** Id of the function that it has registered. */
  readonly registered?: string | undefined;
}

/** A cell that is looked for: the one of an id, else the one from which a thing came. */
export interface Sought {
  readonly cell?: string | undefined;
  readonly thing?: Pick<Entity, 'id' | 'metadata' | 'spec'> | undefined;
}

/** A cell's place: which of the notebooks, and which of its cells. */
export interface CellPlace {
  readonly notebook: number;
  readonly cell: number;
}

/**
 * The cell under which a run has its card, or that has registered a function; else the one where the function's last part
 * was typed: helpers come before what they help. A copy of a notebook has the same ids, so notebooks that come first win.
 */
export function placeOf(
  notebooks: readonly (readonly SeenCell[])[],
  { cell, thing }: Sought
): CellPlace | null {
  const ids = cell === undefined ? typedIn(thing).reverse() : [cell];
  const tests: ((seen: SeenCell) => boolean)[] = ids.map(id => seen => seen.id === id);
  if (cell === undefined && thing) {
    tests.unshift(seen => seen.runs.includes(thing.id) || seen.registered === thing.id);
  }
  for (const isSought of tests) {
    for (const [notebook, cells] of notebooks.entries()) {
      const found = cells.findIndex(isSought);
      if (found >= 0) {
        return { notebook, cell: found };
      }
    }
  }
  return null;
}

/** Ids of the cells where a function was typed, in the order of its module. */
function typedIn(thing: Sought['thing']): string[] {
  const spans = (thing?.spec.cells ?? thing?.metadata.cells ?? []) as readonly CellSpan[];
  return spans.map(span => span.cell_id ?? '').filter(Boolean);
}
