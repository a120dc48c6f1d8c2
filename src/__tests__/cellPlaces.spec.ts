import { describe, expect, it } from 'vitest';
import type { Entity } from '../_contract';
import { placeOf, type SeenCell } from '../models/cellPlaces';

const cell = (id: string, runs: string[] = [], registered?: string): SeenCell => ({
  id,
  runs,
  registered
});
const span = (cell_id?: string): object => ({ first: 1, last: 2, label: 'cell [1]', cell_id });
const thing = (id: string, spec: object, metadata: object = {}): Entity =>
  ({ id, spec, metadata }) as unknown as Entity;

describe('placeOf', () => {
  it('is the cell with the card of a run, wherever its function was typed', () => {
    const notebooks = [[cell('a'), cell('b')], [cell('c', ['r1'])]];
    const run = thing('r1', { cells: [span('a')] });
    expect(placeOf(notebooks, { thing: run })).toEqual({ notebook: 1, cell: 0 });
  });

  it("is else where its function was typed: the module's last part that is to be found", () => {
    const notebooks = [[cell('a'), cell('b')]];
    const run = thing('r1', { cells: [span('a'), span('b'), span('gone'), span()] });
    expect(placeOf(notebooks, { thing: run })).toEqual({ notebook: 0, cell: 1 });
    const made = thing('f1', {}, { cells: [span('a')] });
    expect(placeOf(notebooks, { thing: made })).toEqual({ notebook: 0, cell: 0 });
  });

  it('is the cell that says that it has registered the function', () => {
    const notebooks = [[cell('a'), cell('b', [], 'f1')]];
    const made = thing('f1', {}, { cells: [span('a')] });
    expect(placeOf(notebooks, { thing: made })).toEqual({ notebook: 0, cell: 1 });
  });

  it('is the cell of an id in the first notebook that has it: a copy has the same', () => {
    const notebooks = [[cell('x')], [cell('a'), cell('b', ['b'])], [cell('b')]];
    expect(placeOf(notebooks, { cell: 'b' })).toEqual({ notebook: 1, cell: 1 });
    expect(placeOf(notebooks, { cell: 'gone' })).toBeNull();
    expect(placeOf(notebooks, { thing: thing('r9', {}) })).toBeNull();
  });
});
