import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { Entity, EntityEvent } from '../_contract';
import type { IClient, IEntityEvents, ListQuery } from '../tokens';
import { BackOff } from './backOff';
import type { Knowledge } from './knowledge';

const PAGE = 50;
/** Milliseconds in which events are gathered before one request answers them all. */
const GATHER = 100;

/**
 * Entities of one type, newest first, page by page, kept up to date while somebody looks: an event says that something
 * changed, a request says what is true.
 */
export class EntityList implements IDisposable {
  constructor(options: EntityList.IOptions) {
    this._options = options;
    options.events.changed.connect(this._onEvent, this);
    options.events.missed.connect(this._onMissed, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get rows(): readonly Entity[] {
    return this._rows;
  }

  /** How many there are, loaded or not. */
  get total(): number {
    return this._total;
  }

  get hasMore(): boolean {
    return this._next !== undefined;
  }

  get knowledge(): Knowledge {
    return this._knowledge;
  }

  /** Why it is `stale` or `failed`. */
  get problem(): string {
    return this._problem;
  }

  /** Milliseconds since 1970 of the last answer. */
  get asOf(): number {
    return this._asOf;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Begin anew with another question. */
  ask(project: string, query: ListQuery): void {
    this._project = project;
    this._query = query;
    this._rows = [];
    this._next = undefined;
    this._total = 0;
    this._asOf = 0;
    this._knowledge = 'loading';
    this._turn++;
    this._dirty = true;
    this._changed.emit();
    this._refreshIfWatched();
  }

  /** Whether somebody looks. Nothing is asked while nobody does. */
  watch(isWatched: boolean): void {
    this._isWatched = isWatched;
    if (isWatched) {
      this._refreshIfWatched();
    } else {
      this._backOff.cancel();
    }
  }

  /**
   * Ask for the newest page; what was loaded below it stays. One at a time: of two answers the older one could come last,
   * so what changes while one is on its way is asked for after it.
   */
  async refresh(): Promise<void> {
    const turn = this._turn;
    if (this._asking === turn) {
      this._asksAgain = true;
      return;
    }
    this._asking = turn;
    this._asksAgain = false;
    this._dirty = false;
    try {
      const page = await this._options.client.list(this._project, this._options.entity, {
        ...this._query,
        size: PAGE
      });
      if (turn === this._turn) {
        const seen = new Set(page.content.map(({ id }) => id));
        const last = page.content.at(-1);
        const below = page.next && last ? this._below(last).filter(({ id }) => !seen.has(id)) : [];
        this._rows = [...page.content, ...below];
        this._next = below.length ? this._next : page.next;
        this._total = page.totalElements;
        this._heard();
      }
    } catch (error) {
      this._refused(turn, error);
    }
    if (this._asking === turn) {
      this._asking = undefined;
      if (this._asksAgain) {
        this._dirty = true;
        this._refreshIfWatched();
      }
    }
  }

  /** Load the page below. Does nothing while one is on its way. */
  async more(): Promise<void> {
    const [turn, after] = [this._turn, this._next];
    if (!after || this._loadingAfter === after) {
      return;
    }
    this._loadingAfter = after;
    try {
      const query = { ...this._query, size: PAGE, after };
      const page = await this._options.client.list(this._project, this._options.entity, query);
      if (turn === this._turn && this._next === after) {
        const seen = new Set(this._rows.map(({ id }) => id));
        this._rows = [...this._rows, ...page.content.filter(({ id }) => !seen.has(id))];
        this._next = page.next;
        this._heard();
      }
    } catch (error) {
      this._refused(turn, error);
    } finally {
      this._loadingAfter = undefined;
    }
  }

  dispose(): void {
    this._isDisposed = true;
    this._turn++;
    this._backOff.cancel();
    clearTimeout(this._gathering);
    Signal.clearData(this);
  }

  /** Loaded rows that are older than `last`. */
  private _below(last: Entity): Entity[] {
    const index = this._rows.findIndex(({ id }) => id === last.id);
    return index < 0 ? [] : this._rows.slice(index + 1);
  }

  private _heard(): void {
    this._knowledge = 'known';
    this._problem = '';
    this._asOf = Date.now();
    this._backOff.reset();
    this._changed.emit();
  }

  private _refused(turn: number, error: unknown): void {
    if (turn !== this._turn) {
      return;
    }
    const { message, status } = error as { message?: string; status?: number };
    if (status === 404) {
      // The project is not there yet: it has nothing.
      this._rows = [];
      this._total = 0;
      this._next = undefined;
      this._heard();
      return;
    }
    this._knowledge = this._asOf ? 'stale' : 'failed';
    // Without a status nobody answered: a browser's words for that are of no use.
    this._problem = (status && message) || '';
    this._dirty = true;
    this._changed.emit();
    if (this._isWatched && !(status && status < 500)) {
      this._backOff.wait(() => this._refreshIfWatched());
    }
  }

  private _onMissed(): void {
    this._dirty = true;
    this._backOff.cancel();
    this._refreshIfWatched();
  }

  private _onEvent(_: IEntityEvents, event: EntityEvent): void {
    if (event.type !== this._options.entity || event.project !== this._project) {
      return;
    }
    const isLoaded = this._rows.some(({ id }) => id === event.id);
    const isAtTop = this._rows.slice(0, PAGE).some(({ id }) => id === event.id);
    if (event.action === 'updated' && isLoaded && !isAtTop) {
      this._changedBelow.add(event.id);
    } else {
      this._dirty = true;
    }
    this._gathering ??= setTimeout(() => {
      this._gathering = undefined;
      this._refreshIfWatched();
    }, GATHER);
  }

  private _refreshIfWatched(): void {
    if (!this._isWatched || !this._project || this._isDisposed) {
      return;
    }
    this._changedBelow.forEach(id => void this._replace(id));
    this._changedBelow.clear();
    if (this._dirty) {
      void this.refresh();
    }
  }

  private async _replace(id: string): Promise<void> {
    const turn = this._turn;
    try {
      const entity = await this._options.client.entity(this._project, this._options.entity, id);
      if (turn === this._turn) {
        // A page that was asked for later may have answered first.
        this._rows = this._rows.map(row => (row.id === id ? newer(row, entity) : row));
        this._heard();
      }
    } catch (error) {
      this._refused(turn, error);
    }
  }

  private readonly _options: EntityList.IOptions;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _backOff = new BackOff();
  private readonly _changedBelow = new Set<string>();
  private _project = '';
  private _query: ListQuery = {};
  private _rows: readonly Entity[] = [];
  private _total = 0;
  private _next: string | undefined;
  private _knowledge: Knowledge = 'loading';
  private _problem = '';
  private _asOf = 0;
  private _dirty = true;
  private _isWatched = false;
  private _isDisposed = false;
  private _loadingAfter: string | undefined;
  private _gathering: ReturnType<typeof setTimeout> | undefined;
  /** The turn of the request for the newest page that is on its way. */
  private _asking: number | undefined;
  private _asksAgain = false;
  /** Rises whenever answers under way are no longer wanted. */
  private _turn = 0;
}

/** Of two answers about one entity that which was true later; the second if both are of the same moment. */
function newer(one: Entity, other: Entity): Entity {
  return (one.metadata.updated ?? '') > (other.metadata.updated ?? '') ? one : other;
}

export namespace EntityList {
  export interface IOptions {
    readonly client: IClient;
    readonly events: IEntityEvents;
    /** run, function, dataitem, … */
    readonly entity: string;
  }
}
