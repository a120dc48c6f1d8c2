import type { IDisposable } from '@lumino/disposable';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import type { Entity, EntityEvent, RunSpec } from '../_contract';
import type { IClient, IEntityEvents } from '../tokens';
import { Answer } from './answer';
import { codeOf, named } from './aspects';
import { targetOfKey } from './link';
import { titleOf } from './rows';
import { type Series, storedSeries } from './series';
import { targetOf } from './target';

/** Runs that can still be told apart beside each other. */
export const MOST_COMPARED = 8;

/** Runs of a project that are put beside each other, in their order. */
export interface Comparison {
  readonly project: string;
  readonly ids: readonly string[];
}

/** The runs that arguments name, or null: they may come from anywhere. */
export function comparisonOf(args: ReadonlyPartialJSONObject): Comparison | null {
  const { project, ids } = args;
  const all = Array.isArray(ids) ? [...new Set<unknown>(ids)] : [];
  const targets = all.map(id => targetOf({ project, type: 'run', id } as typeof args));
  const isFit = all.length > 1 && all.length <= MOST_COMPARED && typeof project === 'string';
  return isFit && targets.every(each => each !== null)
    ? { project, ids: targets.map(({ id }) => id) }
    : null;
}

/** What is known of one of the runs. */
export interface Compared {
  readonly run: Entity;
  readonly title: string;
  readonly series: readonly Series[];
  /** Packages and their versions; empty where the environment was not kept. */
  readonly packages: Readonly<Record<string, string>>;
  /** Reference of the function, and its code where it is still there. */
  readonly code: string | null;
}

/** Several runs with all that they are compared by, kept up to date while somebody looks. */
export class CompareModel implements IDisposable {
  constructor(options: CompareModel.IOptions) {
    this._client = options.client;
    this._asked = options.comparison;
    options.events.changed.connect(this._onEvent, this);
    options.events.missed.connect(() => this.answer.invalidate(), this);
  }

  readonly answer = new Answer<Compared[]>(() =>
    Promise.all(this._asked.ids.map(id => this._one(this._asked.project, id)))
  );

  get isDisposed(): boolean {
    return this.answer.isDisposed;
  }

  dispose(): void {
    this.answer.dispose();
    Signal.clearData(this);
  }

  private async _one(project: string, id: string): Promise<Compared> {
    const run = await this._client.run(project, id);
    const function_ = targetOfKey((run.spec as RunSpec).function ?? '');
    const [metrics, environment, entity] = await Promise.all([
      ifThere(this._client.metrics(project, 'run', id)),
      ifThere(this._client.environment(project, id)),
      function_ && ifThere(this._client.entity(function_.project, 'function', function_.id))
    ]);
    return {
      run,
      title: titleOf(run),
      series: storedSeries(metrics ?? {}),
      packages: environment ? { python: environment.python, ...named(environment.packages) } : {},
      code: entity ? codeOf(entity) : null
    };
  }

  private _onEvent(_: IEntityEvents, { project, type, id }: EntityEvent): void {
    if (type === 'run' && project === this._asked.project && this._asked.ids.includes(id)) {
      this.answer.invalidate();
    }
  }

  private readonly _client: CompareModel.IOptions['client'];
  private readonly _asked: Comparison;
}

export namespace CompareModel {
  export interface IOptions {
    readonly client: Pick<IClient, 'run' | 'entity' | 'environment' | 'metrics'>;
    readonly events: IEntityEvents;
    readonly comparison: Comparison;
  }
}

/** What was asked for, or null if there is no such thing. */
async function ifThere<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if ((error as { status?: number }).status === 404) {
      return null;
    }
    throw error;
  }
}

/** Each metric with a line for each run that has it; the line is named after its run. */
export function overlaid(
  runs: readonly Pick<Compared, 'title' | 'series'>[]
): { name: string; lines: Series[] }[] {
  const names = [...new Set(runs.flatMap(({ series }) => series.map(({ name }) => name)))];
  return names.map(name => ({
    name,
    lines: runs.flatMap(({ title, series }) => {
      const found = series.find(each => each.name === name);
      return found ? [{ ...found, name: title }] : [];
    })
  }));
}
