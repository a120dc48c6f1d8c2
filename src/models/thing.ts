import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { Entity, EntityEvent } from '../_contract';
import type { FileInfo, IClient, IEntityEvents } from '../tokens';
import { Answer } from './answer';
import { makerOf } from './aspects';
import { EntityList } from './entityList';
import { LineageModel } from './lineage';
import { targetOfKey } from './link';
import { RowPages } from './rowPages';
import type { Target } from './target';

export interface Reported {
  readonly run: Entity | null;
  readonly metrics: Record<string, unknown>;
}

/** A function, workflow, dataset, model or artifact as its page needs it; each part is asked for when it is shown. */
export class ThingModel implements IDisposable {
  constructor(options: ThingModel.IOptions) {
    const { client, events, target } = options;
    const { project, type, id } = target;
    this._target = target;
    this.entity = new Answer(() => client.entity(project, type, id));
    this.lineage = new LineageModel(client, target);
    this.files = new Answer(() => client.files(project, type, id));
    this.metrics = new Answer(() => client.metrics(project, type, id));
    this.reported = new Answer(() => this._askMaker(client));
    this.rows = new RowPages((start, size) => client.rows(project, id, start, size));
    this.versions = new EntityList({ client, events, entity: type });
    this.runs = new EntityList({ client, events, entity: 'run' });
    this.entity.changed.connect(this._onEntity, this);
    events.changed.connect(this._onEvent, this);
    events.missed.connect(this._onMissed, this);
  }

  readonly entity: Answer<Entity>;
  readonly lineage: LineageModel;
  readonly files: Answer<FileInfo[]>;
  readonly metrics: Answer<Record<string, unknown>>;
  /** What the run that made it reported; without a run, nothing. */
  readonly reported: Answer<Reported>;
  /** Of a dataset. */
  readonly rows: RowPages;
  readonly versions: EntityList;
  /** Of a function: its runs. */
  readonly runs: EntityList;

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    const answers = [this.entity, this.files, this.metrics, this.reported];
    [...answers, this.lineage, this.rows, this.versions, this.runs].forEach(part => part.dispose());
    Signal.clearData(this);
  }

  private async _askMaker(client: IClient): Promise<Reported> {
    const maker = targetOfKey((this.entity.value && makerOf(this.entity.value)) ?? '');
    if (!maker) {
      return { run: null, metrics: {} };
    }
    const { project, id } = maker;
    try {
      const [run, metrics] = await Promise.all([
        client.run(project, id),
        client.metrics(project, 'run', id)
      ]);
      return { run, metrics };
    } catch (error) {
      if ((error as { status?: number }).status === 404) {
        // The run was deleted, and what it reported with it.
        return { run: null, metrics: {} };
      }
      throw error;
    }
  }

  /** Once the name is known, its versions and runs can be asked for. */
  private _onEntity(): void {
    const entity = this.entity.value;
    if (entity && !this._isAsked) {
      this._isAsked = true;
      const { project, id, kind, name } = entity;
      this.versions.ask(project, { name, versions: 'all' });
      this.runs.ask(project, { function: `${kind}://${project}/${name}:${id}` });
    }
  }

  private _onMissed(): void {
    this.entity.invalidate();
    this.lineage.answer.invalidate();
  }

  private _onEvent(_: IEntityEvents, event: EntityEvent): void {
    const { project, type, id } = this._target;
    if (event.project === project && event.type === type && event.id === id) {
      this.entity.invalidate();
    }
    if (event.project === project && event.type === 'run') {
      this.lineage.answer.invalidate();
    }
  }

  private readonly _target: Target;
  private _isAsked = false;
  private _isDisposed = false;
}

export namespace ThingModel {
  export interface IOptions {
    readonly client: IClient;
    readonly events: IEntityEvents;
    readonly target: Target;
  }
}
