import type { IDisposable } from '@lumino/disposable';
import type { Lineage } from '../_contract';
import type { IClient } from '../tokens';
import { Answer } from './answer';
import { nameOf, type Target } from './target';

/** How far a graph looks at first, and how far it may: what the server gives at most. */
export const FIRST_STEPS = 3;
export const STEPS = [1, 2, 3, 5, 10, 20];

/** What is known of a thing's history, as far as a person has asked for it. */
export class LineageModel implements IDisposable {
  constructor(client: Pick<IClient, 'lineage'>, target: Target) {
    this._client = client;
    this._target = target;
  }

  /** All parts that were asked for, as one graph. */
  readonly answer = new Answer<Lineage>(() => this._ask());

  get steps(): number {
    return this._steps;
  }

  setSteps(steps: number): void {
    this._steps = steps;
    this.answer.invalidate();
  }

  /** Add what another thing of the graph was made of, and what was made of it. */
  expand(target: Target): void {
    this._expanded.set(nameOf(target), target);
    this.answer.invalidate();
  }

  isExpanded(target: Target): boolean {
    return nameOf(target) === nameOf(this._target) || this._expanded.has(nameOf(target));
  }

  get isDisposed(): boolean {
    return this.answer.isDisposed;
  }

  dispose(): void {
    this.answer.dispose();
  }

  private async _ask(): Promise<Lineage> {
    const { project, type, id } = this._target;
    const whole = this._client.lineage(project, type, id, this._steps);
    const around = [...this._expanded.values()].map(each =>
      this._client.lineage(each.project, each.type, each.id, 1)
    );
    return merged(await Promise.all([whole, ...around]));
  }

  private readonly _client: Pick<IClient, 'lineage'>;
  private readonly _target: Target;
  private readonly _expanded = new Map<string, Target>();
  private _steps = FIRST_STEPS;
}

/** Several graphs as one; the first that tells of a thing is right. */
export function merged(parts: readonly Lineage[]): Lineage {
  const nodes = new Map<string, Lineage['nodes'][number]>();
  const edges = new Map<string, Lineage['edges'][number]>();
  for (const part of parts) {
    for (const node of part.nodes) {
      const known = nodes.get(node.key);
      nodes.set(node.key, known?.reference ? known : node);
    }
    part.edges.forEach(edge =>
      edges.set(`${edge.type} ${edge.source ?? ''} ${edge.dest ?? ''}`, edge)
    );
  }
  return {
    nodes: [...nodes.values()],
    edges: [...edges.values()],
    more: parts.some(({ more }) => more)
  };
}

export type Direction = 'before' | 'both' | 'after';

/** Only what `start` was made of, or only what was made of it. */
export function towards(lineage: Lineage, start: string, direction: Direction): Lineage {
  if (direction === 'both') {
    return lineage;
  }
  const isBefore = direction === 'before';
  const next = new Map<string, string[]>();
  for (const { source = '', dest = '' } of lineage.edges) {
    const [from, to] = isBefore ? [source, dest] : [dest, source];
    next.set(from, [...(next.get(from) ?? []), to]);
  }
  const seen = new Set([start]);
  for (const key of seen) {
    next.get(key)?.forEach(each => seen.add(each));
  }
  return {
    ...lineage,
    nodes: lineage.nodes.filter(({ key }) => seen.has(key)),
    edges: lineage.edges.filter(({ source = '', dest = '' }) => seen.has(source) && seen.has(dest))
  };
}
