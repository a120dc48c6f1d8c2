import type { IDisposable } from '@lumino/disposable';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { ISignal, Signal } from '@lumino/signaling';
import type { EntityEvent } from '../_contract';
import type { IClient, IEntityEvents } from '../tokens';
import { Announced } from './announced';
import { BackOff } from './backOff';
import { EntityList } from './entityList';
import { Section, type SectionName } from './section';
import { ACTIVE } from './states';

export type Filter = 'active' | 'failed' | 'mine' | 'notebook';

const FAILED = 'ERROR';
/** Milliseconds after the last key before a search is asked. */
const TYPING = 150;
const GATHER = 250;
export const FILTERS: readonly Filter[] = ['active', 'failed', 'mine', 'notebook'];
/** No run has this id. */
const NONE = '-';

/** Ids of the runs that have a card in the notebook in view. */
export interface NotebookCards {
  readonly ids: readonly string[];
  readonly changed: ISignal<NotebookCards, void>;
}

/** The panel as a view needs it: a project, what is searched for, and its sections. Holds no DOM. */
export class PanelModel implements IDisposable {
  constructor(options: PanelModel.IOptions) {
    this._options = options;
    const { client, events } = options;
    const list = (entity: string): EntityList => new EntityList({ client, events, entity });
    this.sections = [
      new Section('runs', [list('run')]),
      new Section('functions', [list('function')]),
      new Section('data', [list('dataitem'), list('artifact')]),
      new Section('models', [list('model')]),
      new Section('workflows', [list('workflow')], true)
    ];
    this.sections.forEach(section => section.changed.connect(this._onSection, this));
    this.announced = new Announced(this.section('runs'));
    events.changed.connect(this._onEvent, this);
    events.missed.connect(this._countSoon, this);
    options.notebook?.changed.connect(this._onNotebook, this);
  }

  readonly sections: readonly Section[];

  /** Changes of state of the runs that are listed, for who does not see them. */
  readonly announced: Announced;

  /** Emits when the head of the panel should draw; each section has a signal of its own. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emits when what `state` remembers has changed. */
  get filtersChanged(): ISignal<this, void> {
    return this._filtersChanged;
  }

  get project(): string {
    return this._project;
  }

  /** Names of all that there are, as far as is known, with the one that is shown. */
  get projects(): readonly string[] {
    return [...new Set([this._project, ...this._projects])].filter(Boolean).sort();
  }

  /** Show another project; what is launched from this page without naming one goes there, too. */
  choose(project: string): void {
    this._options.client.chooseProject(project);
    this._counts = null;
    this._project = project;
    this._ask();
    this._countSoon();
    this._filtersChanged.emit();
    this._emit();
  }

  get text(): string {
    return this._text;
  }

  get filters(): ReadonlySet<Filter> {
    return this._filters;
  }

  /** Runs by filter, in the whole project; null while not known. */
  get counts(): Readonly<Record<'active' | 'failed', number>> | null {
    return this._counts;
  }

  /** How many runs have a card in the notebook in view; null where there are no notebooks. */
  get inNotebook(): number | null {
    return this._options.notebook ? this._ids().length : null;
  }

  /** Whether nothing was ever made here: nothing is filtered, and every section is known to be empty. */
  get isEmpty(): boolean {
    const all = this.sections.every(({ knowledge, total }) => knowledge === 'known' && total === 0);
    return all && !this._text && this._filters.size === 0;
  }

  /** Whether a search, or of runs a filter, hides what a section has. */
  isNarrowed(name: SectionName): boolean {
    return this._text.trim() !== '' || (name === 'runs' && this._filters.size > 0);
  }

  /** Milliseconds since 1970 of the last answer, while no server answers; null while one does. */
  get lostSince(): number | null {
    const lost = this.sections.filter(
      ({ knowledge }) => knowledge === 'stale' || knowledge === 'failed'
    );
    return lost.length === this.sections.length ? Math.min(...lost.map(({ asOf }) => asOf)) : null;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  section(name: SectionName): Section {
    const found = this.sections.find(each => each.name === name);
    if (!found) {
      throw new Error(`There is no section '${name}'.`);
    }
    return found;
  }

  /** Whether the panel can be seen. The first time, it asks which project is meant. */
  watch(isWatched: boolean): void {
    this._isWatched = isWatched;
    this._backOff.cancel();
    if (isWatched && !this._project) {
      void this._begin();
    } else {
      this.sections.forEach(section => section.watch(isWatched));
      this._countSoon();
    }
  }

  /** Search in all sections, once the typing rests. */
  search(text: string): void {
    this._text = text;
    clearTimeout(this._typing);
    this._typing = setTimeout(() => this._ask(), TYPING);
    this._emit();
  }

  toggle(filter: Filter): void {
    if (!this._filters.delete(filter)) {
      this._filters.add(filter);
    }
    this._askRuns();
    this._filtersChanged.emit();
    this._emit();
  }

  /** These filters and no others. */
  only(filters: readonly Filter[]): void {
    this._filters = new Set(filters);
    if (this._project) {
      this._askRuns();
    }
    this._filtersChanged.emit();
    this._emit();
  }

  /** What is remembered of the head. */
  get state(): ReadonlyPartialJSONObject {
    return { filters: [...this._filters], project: this._project };
  }

  /** Take what was remembered; anything may be in it. */
  restore(state: unknown): void {
    const { filters, project } = (state ?? {}) as { filters?: unknown; project?: unknown };
    if (typeof project === 'string' && project) {
      void this._goBack(project);
    }
    const known = Array.isArray(filters) ? FILTERS.filter(each => filters.includes(each)) : [];
    this._filters = new Set(known);
    if (this._project) {
      this._askRuns();
    }
    this._emit();
  }

  dispose(): void {
    this._isDisposed = true;
    this._backOff.cancel();
    clearTimeout(this._typing);
    clearTimeout(this._gathering);
    this.announced.dispose();
    this.sections.forEach(section => section.dispose());
    Signal.clearData(this);
  }

  private async _begin(): Promise<void> {
    try {
      this._project = await this._options.client.defaultProject();
      this._ask();
      this.watch(this._isWatched);
      void this._loadProjects();
    } catch {
      // Nothing is known yet: the sections show that they are loading, and it is tried again.
      if (this._isWatched) {
        this._backOff.wait(() => void this._begin());
      }
    }
    this._emit();
  }

  /** To the project that was shown before, if there still is one of that name. */
  private async _goBack(project: string): Promise<void> {
    if (project !== this._project && project !== (await this._meant())) {
      await this._loadProjects();
      if (this._projects.includes(project) && !this._isDisposed) {
        this.choose(project);
      }
    }
  }

  private async _meant(): Promise<string> {
    try {
      return await this._options.client.defaultProject();
    } catch {
      return '';
    }
  }

  private async _loadProjects(): Promise<void> {
    try {
      this._projects = await this._options.client.projects();
    } catch {
      // The lists say that the server does not answer; the project that is shown is known all the same.
      return;
    }
    this._emit();
  }

  private _ask(): void {
    if (this._project) {
      const text = this._text.trim();
      this.sections.slice(1).forEach(section => section.ask(this._project, { text }));
      this._askRuns();
    }
  }

  private _askRuns(): void {
    const states = [
      this._filters.has('active') ? ACTIVE : '',
      this._filters.has('failed') ? FAILED : ''
    ];
    this.section('runs').ask(this._project, {
      text: this._text.trim(),
      state: states.filter(Boolean).join(','),
      mine: this._filters.has('mine'),
      ids: this._filters.has('notebook') ? this._ids().join(',') || NONE : ''
    });
  }

  private _ids(): readonly string[] {
    return this._options.notebook?.ids ?? [];
  }

  private _onNotebook(): void {
    const ids = this._ids().join();
    if (ids !== this._asked && this._filters.has('notebook') && this._project) {
      this._askRuns();
    }
    this._asked = ids;
    this._emit();
  }

  private _countSoon(): void {
    this._gathering ??= setTimeout(() => {
      this._gathering = undefined;
      if (this._isWatched && this._project) {
        void this._count();
      }
    }, GATHER);
  }

  private async _count(): Promise<void> {
    const count = async (state: string): Promise<number> =>
      (await this._options.client.list(this._project, 'run', { state, size: 1 })).totalElements;
    try {
      const [active, failed] = await Promise.all([count(ACTIVE), count(FAILED)]);
      this._counts = { active, failed };
      this._backOff.reset();
    } catch {
      // The lists say that the server does not answer, and of when what is shown is.
      if (this._isWatched) {
        this._backOff.wait(() => this._countSoon());
      }
    }
    this._emit();
  }

  private _onEvent(_: IEntityEvents, event: EntityEvent): void {
    if (event.type === 'run' && event.project === this._project) {
      this._countSoon();
    }
    if (this._isWatched && this._project && !this.projects.includes(event.project)) {
      // Once for each: whether it can be seen, the answer says.
      this._projects = [...this._projects, event.project];
      void this._loadProjects();
    }
  }

  private _onSection(): void {
    this._emit();
  }

  private _emit(): void {
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _options: PanelModel.IOptions;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _filtersChanged = new Signal<this, void>(this);
  private readonly _backOff = new BackOff();
  private _project = '';
  private _projects: readonly string[] = [];
  private _asked = '';
  private _text = '';
  private _filters = new Set<Filter>();
  private _counts: Record<'active' | 'failed', number> | null = null;
  private _isWatched = false;
  private _isDisposed = false;
  private _typing: ReturnType<typeof setTimeout> | undefined;
  private _gathering: ReturnType<typeof setTimeout> | undefined;
}

export namespace PanelModel {
  export interface IOptions {
    readonly client: IClient;
    readonly events: IEntityEvents;
    /** Runs with a card in the notebook in view. */
    readonly notebook?: NotebookCards;
  }
}
