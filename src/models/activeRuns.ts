import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { Entity, EntityEvent } from '../_contract';
import type { IClient, IEntityEvents } from '../tokens';
import { EntityList } from './entityList';
import { ACTIVE } from './states';

/** Projects that are asked for at once. */
const MOST_PROJECTS = 50;

/**
 * The runs that wait or run, of the project that is meant when none is named and of every other one that was it or that an
 * event named, kept up to date by events: nothing polls.
 */
export class ActiveRuns implements IDisposable {
  constructor(options: ActiveRuns.IOptions) {
    this._options = options;
    options.events.changed.connect(this._onEvent, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get runs(): readonly Entity[] {
    return [...this._lists.values()].flatMap(list => list.rows);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Ask now, also for the project that is meant now. Without an answer, the next call or event asks again. */
  async refresh(): Promise<void> {
    const known = [...this._lists.values()];
    try {
      this._add(await this._options.client.defaultProject());
    } catch {
      // The status item says that the server does not answer.
    }
    await Promise.all(known.map(list => list.refresh()));
  }

  /** The same, and for every project that this person sees: a request for each, so only when somebody asks for it. */
  async refreshAll(): Promise<void> {
    await this.refresh();
    try {
      const projects = await this._options.client.projects();
      projects.slice(0, MOST_PROJECTS).forEach(project => this._add(project));
    } catch {
      // As above.
    }
  }

  /** Stop them all; rejects with the first refusal, after every one was asked for. */
  async stopAll(): Promise<void> {
    const { client } = this._options;
    const asked = this.runs.map(({ project, id }) => client.stop(project, id));
    const refused = (await Promise.allSettled(asked)).find(({ status }) => status === 'rejected');
    if (refused?.status === 'rejected') {
      throw refused.reason;
    }
  }

  dispose(): void {
    this._isDisposed = true;
    this._options.events.changed.disconnect(this._onEvent, this);
    this._lists.forEach(list => list.dispose());
    Signal.clearData(this);
  }

  private _onEvent(_: IEntityEvents, { type, action, project, id }: EntityEvent): void {
    if (type === 'project' && action === 'deleted') {
      this._lists.get(id)?.dispose();
      this._lists.delete(id);
      this._changed.emit();
    } else if (type === 'run' && action !== 'deleted') {
      this._add(project);
    }
  }

  private _add(project: string): void {
    if (this._lists.has(project) || this._isDisposed) {
      return;
    }
    const list = new EntityList({ ...this._options, entity: 'run' });
    this._lists.set(project, list);
    list.changed.connect(() => this._changed.emit());
    list.ask(project, { state: ACTIVE });
    list.watch(true);
  }

  private readonly _options: ActiveRuns.IOptions;
  private readonly _lists = new Map<string, EntityList>();
  private readonly _changed = new Signal<this, void>(this);
  private _isDisposed = false;
}

export namespace ActiveRuns {
  export interface IOptions {
    readonly client: IClient;
    readonly events: IEntityEvents;
  }
}
