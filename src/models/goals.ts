import type { Entity, RunStatus } from '../_contract';
import { namedBy } from './text';

/** What a function was once judged by, or could be: objectives of its sweeps first, then numbers that its runs gave. */
export function goalsOf(name: string, runs: readonly Entity[]): string[] {
  const own = runs.filter(run => namedBy(String(run.spec['function'] ?? '')).name === name);
  return [...new Set([...own.flatMap(objectivesOf), ...own.flatMap(numbersOf)])];
}

/** Each choice as the whole text that a field of several names would hold: what stands before the last comma, and a name. */
export function completed(text: string, names: readonly string[]): string[] {
  const before = text.slice(0, text.lastIndexOf(',') + 1);
  const taken = before.split(',').map(part => part.trim());
  return names.filter(name => !taken.includes(name)).map(name => before + name);
}

function objectivesOf(run: Entity): string[] {
  const sweep = run.spec['sweep'] as { objectives?: readonly { name: string }[] } | undefined;
  return (sweep?.objectives ?? []).map(({ name }) => name);
}

function numbersOf(run: Entity): string[] {
  const { results = {}, metrics = {} } = run.status as Partial<RunStatus>;
  const isNumber = ([, value]: [string, unknown]): boolean => typeof value === 'number';
  return [
    ...Object.entries(results)
      .filter(isNumber)
      .map(([name]) => name),
    ...Object.keys(metrics)
  ];
}
