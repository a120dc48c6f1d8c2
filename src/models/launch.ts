import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { Entity, Plan, PlanCheck, PlanField, Profile } from '../_contract';
import type { IClient } from '../tokens';
import { goalsOf } from './goals';
import type { Launchable, PageCheck } from './launchable';
import { namedBy } from './text';

/** Milliseconds after the last key before the server is asked. */
const TYPING = 200;
const SUGGESTED = 20;
/** Earlier runs of a function that are looked at for what a sweep may be judged by. */
const EARLIER = 50;

/**
 * A launch as a form needs it: what was typed, what the server makes of it, and what is in the way. It holds no rules:
 * the server's plan is the very document that is then posted.
 */
export class LaunchModel implements IDisposable {
  constructor(options: LaunchModel.IOptions) {
    this._options = options;
    this._values = { ...options.prefill?.values };
    this._typed = { ...options.prefill?.options };
    this._sweep = options.sweep ? { ...options.sweep } : null;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get plan(): Plan | null {
    return this._plan;
  }

  get profiles(): readonly Profile[] {
    return this._profiles;
  }

  /** What stands against the whole: the server refused, or does not answer. */
  get problem(): string {
    return this._problem;
  }

  /** Whether what is shown is older than what was typed. */
  get isPlanning(): boolean {
    return this._planned !== this._asked;
  }

  get isLaunching(): boolean {
    return this._isLaunching;
  }

  /** Whether leaving would lose something that was typed. */
  get isTyped(): boolean {
    return this._isTyped;
  }

  /** Whether it is a sweep that is asked for, and no run. */
  get isSweep(): boolean {
    return this._sweep !== null;
  }

  /** An option of the sweep, as typed. */
  sweepOption(name: string): string {
    return this._sweep?.[name] ?? '';
  }

  setSweepOption(name: string, text: string): void {
    this._sweep = { ...this._sweep, [name]: text };
    this._touch(`sweep:${name}`);
  }

  /** Names that a sweep of this function may be judged by. */
  get goals(): readonly string[] {
    return this._goals;
  }

  /** Names of the secrets that the project keeps. */
  get secrets(): readonly string[] {
    return this._secrets;
  }

  get started(): Entity | null {
    return this._started;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get fields(): readonly PlanField[] {
    return this._plan?.fields ?? [];
  }

  value(name: string): string {
    return this._values[name] ?? this.fields.find(field => field.name === name)?.value ?? '';
  }

  /** Where the value comes from, unless it was typed here. */
  source(name: string): string | 'typed' | 'notebook' {
    if (this._touched.has(name)) {
      return 'typed';
    }
    return name in (this._options.prefill?.values ?? {})
      ? 'notebook'
      : (this.fields.find(field => field.name === name)?.source ?? '');
  }

  option(name: string): string {
    return this._typed[name] ?? this._plan?.given[name] ?? '';
  }

  /** Whether an option was filled in by the notebook's metadata, and not by a person since. */
  isOptionFromNotebook(name: string): boolean {
    return name in (this._options.prefill?.options ?? {}) && !this._touched.has(`--${name}`);
  }

  /** Why a field can't stay as it is; nothing while newer text is on its way. */
  fault(name: string): string {
    const fault = this.checks.find(({ field, state }) => field === name && state === 'fault');
    return fault ? fault.text : '';
  }

  /** Of the server, without those that stand beside a field that was not touched yet. */
  get checks(): readonly PlanCheck[] {
    return this._plan?.checks ?? [];
  }

  get faults(): readonly PlanCheck[] {
    return this.checks.filter(({ state }) => state === 'fault');
  }

  get pageChecks(): readonly PageCheck[] {
    return this._options.pageChecks?.() ?? [];
  }

  /** The parameter on which the form opens, or '' if none needs a value. */
  get firstNeeded(): string {
    return this.fields.find(({ name }) => this.fault(name) !== '')?.name ?? '';
  }

  setValue(name: string, text: string): void {
    this._values[name] = text;
    this._touch(name);
  }

  setOption(name: string, text: string): void {
    this._typed = { ...this._plan?.given, ...this._typed, [name]: text };
    this._touch(`--${name}`);
  }

  suggestions(name: string): readonly string[] {
    return this._suggested.get(name) ?? [];
  }

  /** Ask for references that fit what is typed. */
  async suggest(name: string): Promise<void> {
    const field = this.fields.find(each => each.name === name);
    const text = this.value(name);
    const wanted = text.slice(text.indexOf('/') + 1).replace(/@.*$/, '');
    const lists = (field?.entities ?? []).map(async entity => {
      const query = { text: wanted, size: SUGGESTED };
      return (await this._options.client.list(this._options.project, entity, query)).content;
    });
    try {
      const found = (await Promise.all(lists)).flat();
      this._suggested.set(
        name,
        found.map(entity => entity.metadata.reference ?? entity.key)
      );
      this._emit();
    } catch {
      // Completion is a help only: without it a reference is typed.
      this._suggested.delete(name);
    }
  }

  /** Take a further cell of the notebook along. */
  addCell(id: string): void {
    this._added.push(id);
    void this.refresh();
  }

  async mend(check: PageCheck): Promise<void> {
    await check.fix();
    await this.refresh();
  }

  /** Ask at once: at the beginning, and before launching. */
  async refresh(): Promise<void> {
    clearTimeout(this._typing);
    const turn = ++this._asked;
    try {
      const asked = await this._request();
      const plan = await this._options.client.plan(this._options.project, asked);
      if (turn === this._asked) {
        this._plan = plan;
        this._problem = '';
      }
    } catch (error) {
      if (turn === this._asked) {
        this._problem = textOf(error);
      }
    }
    if (turn === this._asked) {
      this._planned = turn;
      this._emit();
    }
  }

  /** Their names at once; how many GPUs are free takes a cluster longer to say. */
  async loadProfiles(): Promise<void> {
    const { client } = this._options;
    try {
      this._profiles = await client.profiles();
      this._emit();
      const needGpus = this._profiles.some(({ options }) => options.resources?.gpu);
      this._profiles = needGpus ? await client.profiles(true) : this._profiles;
      this._emit();
    } catch (error) {
      this._problem = textOf(error);
      this._emit();
    }
  }

  async loadSecrets(): Promise<void> {
    try {
      const { content } = await this._options.client.list(this._options.project, 'secret', {});
      this._secrets = [...new Set(content.map(({ name }) => name))].sort();
      this._emit();
    } catch {
      // Who may not see them, or has no project yet, has none to choose from.
    }
  }

  /** Of a sweep: look at earlier runs for what it may be judged by. */
  async loadGoals(): Promise<void> {
    const { client, project, subject } = this._options;
    if (!this.isSweep || !('function' in subject)) {
      return;
    }
    const { name } = namedBy(subject.function);
    try {
      const query = { function: `://${project}/${name}`, size: EARLIER };
      this._goals = goalsOf(name, (await client.list(project, 'run', query)).content);
      this._emit();
    } catch {
      // Suggestions are a help only: without them a name is typed.
    }
  }

  /** Start what the form shows. False if something is in the way, which is then shown. */
  async launch(): Promise<boolean> {
    if (this._isLaunching) {
      return false;
    }
    this._isLaunching = true;
    await this.refresh();
    const plan = this._plan;
    let started = false;
    if (plan?.run && !this._problem) {
      try {
        this._started = await this._options.client.launch(this._options.project, plan);
        started = true;
      } catch (error) {
        this._problem = textOf(error);
      }
    }
    this._isLaunching = false;
    this._emit();
    return started;
  }

  dispose(): void {
    this._isDisposed = true;
    this._asked++;
    clearTimeout(this._typing);
    Signal.clearData(this);
  }

  private async _request(): Promise<Parameters<IClient['plan']>[1]> {
    const { subject } = this._options;
    const names = new Set(this.fields.map(({ name }) => name));
    const isKnown = ([name]: [string, string]): boolean => !this._plan || names.has(name);
    const values = Object.fromEntries(Object.entries(this._values).filter(isKnown));
    const options = Object.keys(this._typed).length ? { options: this._typed } : {};
    if (!('notebook' in subject)) {
      return { ...subject, values, ...options, ...(this._sweep ? { sweep: this._sweep } : {}) };
    }
    const notebook = await subject.notebook();
    const cells = notebook.cells ? { cells: [...notebook.cells, ...this._added] } : {};
    return { notebook: { ...notebook, ...cells }, values, ...options };
  }

  private _touch(name: string): void {
    this._isTyped = true;
    this._touched.add(name);
    clearTimeout(this._typing);
    this._typing = setTimeout(() => void this.refresh(), TYPING);
    this._asked++;
    this._emit();
  }

  private _emit(): void {
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _options: LaunchModel.IOptions;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _touched = new Set<string>();
  private readonly _suggested = new Map<string, string[]>();
  private readonly _added: string[] = [];
  private _values: Record<string, string>;
  private _typed: Record<string, string>;
  private _sweep: Record<string, string> | null;
  private _plan: Plan | null = null;
  private _profiles: readonly Profile[] = [];
  private _goals: readonly string[] = [];
  private _secrets: readonly string[] = [];
  private _problem = '';
  private _started: Entity | null = null;
  private _isTyped = false;
  private _isLaunching = false;
  private _isDisposed = false;
  /** Counts what was typed or asked, and what of it is answered. */
  private _asked = 0;
  private _planned = -1;
  private _typing: ReturnType<typeof setTimeout> | undefined;
}

export namespace LaunchModel {
  export interface IOptions extends Launchable {
    readonly client: IClient;
  }
}

function textOf(error: unknown): string {
  const { message, hint } = error as { message?: string; hint?: string };
  return [message, hint].filter(Boolean).join(' ');
}
