import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { Entity } from '../_contract';
import type { ListQuery } from '../tokens';
import { EntityList } from './entityList';
import type { Knowledge } from './knowledge';

export type SectionName = 'runs' | 'functions' | 'data' | 'models' | 'workflows';

/** A section of the panel: one list, or several as one, newest first. */
export class Section implements IDisposable {
  constructor(
    readonly name: SectionName,
    lists: readonly EntityList[],
    /** Whether it is shown only where there are any. */
    readonly isOptional = false
  ) {
    this._lists = lists;
    lists.forEach(list => list.changed.connect(this._onChanged, this));
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get rows(): readonly Entity[] {
    this._merged ??= merged(this._lists);
    return this._merged;
  }

  get total(): number {
    return this._lists.reduce((sum, { total }) => sum + total, 0);
  }

  get hasMore(): boolean {
    return this._lists.some(({ hasMore }) => hasMore);
  }

  /** The least that is known of any of the lists. */
  get knowledge(): Knowledge {
    const all = this._lists.map(({ knowledge }) => knowledge);
    return (['failed', 'stale', 'loading'] as const).find(each => all.includes(each)) ?? 'known';
  }

  get problem(): string {
    return this._lists.find(({ problem }) => problem)?.problem ?? '';
  }

  get asOf(): number {
    return Math.min(...this._lists.map(({ asOf }) => asOf));
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  ask(project: string, query: ListQuery): void {
    this._lists.forEach(list => list.ask(project, query));
  }

  watch(isWatched: boolean): void {
    this._lists.forEach(list => list.watch(isWatched));
  }

  refresh(): void {
    this._lists.forEach(list => void list.refresh());
  }

  /** Load on where the loaded rows end first. */
  more(): void {
    const [first] = this._lists.filter(({ hasMore }) => hasMore).sort(byEndNewestFirst);
    void first?.more();
  }

  dispose(): void {
    this._isDisposed = true;
    this._lists.forEach(list => list.dispose());
    Signal.clearData(this);
  }

  private _onChanged(): void {
    this._merged = null;
    this._changed.emit();
  }

  private readonly _lists: readonly EntityList[];
  private readonly _changed = new Signal<this, void>(this);
  private _merged: readonly Entity[] | null = null;
  private _isDisposed = false;
}

const created = (entity: Entity | undefined): string => entity?.metadata.created ?? '';
const end = (list: Loaded): string => created(list.rows.at(-1));
const byEndNewestFirst = (one: Loaded, other: Loaded): number => end(other).localeCompare(end(one));

type Loaded = Pick<EntityList, 'rows' | 'hasMore'>;

/** Rows of several lists, newest first, down to where one of them is not loaded yet. */
export function merged(lists: readonly Loaded[]): readonly Entity[] {
  const [only] = lists;
  if (only && lists.length === 1) {
    return only.rows;
  }
  const horizon = lists
    .filter(({ hasMore }) => hasMore)
    .map(end)
    .reduce((latest, each) => (each > latest ? each : latest), '');
  return lists
    .flatMap(({ rows }) => rows)
    .filter(row => created(row) >= horizon)
    .sort((one, other) => created(other).localeCompare(created(one)));
}
