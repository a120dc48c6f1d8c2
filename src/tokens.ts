import { Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import type { Launchable } from './models/launchable';
import type { LogPart } from './models/logRing';
import type { Target } from './models/target';
import type {
  Champion,
  Entity,
  EntityEvent,
  Environment,
  Lineage,
  Page,
  Plan,
  PlanRequest,
  Profile,
  RunOptions,
  TableRows,
  ToolPage,
  TrialColumns,
  TrialRow
} from './_contract';

/** What a list is asked for. `after` is the `next` of the page before; `state` and `kinds` are the wire's words. */
export interface ListQuery {
  readonly text?: string;
  /** Several with commas between. */
  readonly state?: string;
  /** Only these, with commas between. */
  readonly ids?: string;
  /** Of this person only. */
  readonly mine?: boolean;
  readonly name?: string;
  /** All versions of each name; else the latest of each. */
  readonly versions?: 'all';
  /** Of runs: python://project/name:id */
  readonly function?: string;
  readonly size?: number;
  readonly after?: string;
}

/** Versions of the two halves, where they are not the same. */
export interface VersionMismatch {
  readonly page: string;
  readonly server: string;
}

/** A file of a dataset, model or artifact. */
export interface FileInfo {
  readonly path: string;
  readonly size?: number;
  readonly content_type?: string;
}

/** What is done otherwise in a run that is done again: options, and `parameters` by name. */
export type RunChanges = RunOptions;

/** Bytes for the person, and what to call them. */
export interface Download {
  readonly blob: Blob;
  readonly name: string;
}

/** What a model is promoted to. */
export interface PublishAs {
  readonly name: string;
  readonly alias?: string;
  readonly note?: string;
  /** Also if it is not fit. */
  readonly force?: boolean;
}

/** Our server, as the browser sees it. Every method rejects with a `ServerProblem` when the server refuses. */
export interface IClient {
  /** Emits once for each other version that the server turns out to be of. */
  readonly mismatched: ISignal<IClient, VersionMismatch>;
  /** Name of the project that is meant when none is named. */
  defaultProject(): Promise<string>;
  /** From now on this project is meant in this page when none is named. */
  chooseProject(name: string): void;
  /** Names of the projects that this person sees. */
  projects(): Promise<string[]>;
  /** Under which name this person's runs are kept: a server without accounts calls each browser otherwise. */
  userName(): Promise<string>;
  /** How many runs of a project are running now. */
  countRunning(project: string): Promise<number>;
  /** A page of a type (run, function, dataitem, …), newest first. */
  list(project: string, entity: string, query: ListQuery): Promise<Page>;
  entity(project: string, entity: string, id: string): Promise<Entity>;
  run(project: string, id: string): Promise<Entity>;
  /** The entity that a person's word for it names, e.g. dataset/flights@3. */
  resolve(project: string, reference: string): Promise<Entity>;
  environment(project: string, id: string): Promise<Environment>;
  /** What it was made of and what was made of it, as far as `steps` go. */
  lineage(project: string, entity: string, id: string, steps?: number): Promise<Lineage>;
  files(project: string, entity: string, id: string): Promise<FileInfo[]>;
  /** Some rows of a dataset, at most 200. */
  rows(project: string, id: string, start: number, size: number): Promise<TableRows>;
  /** A number, or its values in order, by name. */
  metrics(project: string, entity: string, id: string): Promise<Record<string, unknown>>;
  /** Bytes of a run's log: `2-5`, `2-`, or `-5` for the last five. */
  log(project: string, id: string, range: string): Promise<LogPart>;
  /** A file of an entity, or a run's log. */
  download(project: string, entity: string, id: string, path: string): Promise<Download>;
  /** A new run like an old one, but for the changes. */
  retry(project: string, id: string, changes?: RunChanges): Promise<Entity>;
  stop(project: string, id: string): Promise<void>;
  /** What would run, as far as it can be known now; nothing is stored. */
  plan(project: string, asked: PlanRequest): Promise<Plan>;
  /** Do what a plan says: register what it brings, and start its run. */
  launch(project: string, plan: Plan): Promise<Entity>;
  /** `withGpus`: also how many of their GPUs are free, which a cluster takes a while to say. */
  profiles(withGpus?: boolean): Promise<Profile[]>;
  /** Trials of a sweep that changed since a revision; all for 0. */
  trialColumns(project: string, id: string, since: number): Promise<TrialColumns>;
  /** Trials by their numbers, with what they reported. */
  trialsOf(project: string, id: string, numbers: readonly number[]): Promise<TrialRow[]>;
  /** The model that a sweep has to beat; an empty one if there is none. */
  champion(project: string, id: string): Promise<Champion>;
  /** Each parameter's share in how the first objective of a sweep varies. */
  importance(project: string, id: string): Promise<Record<string, number>>;
  /** Pause, resume, extend… a sweep; its run as it is then. */
  changeSweep(
    project: string,
    id: string,
    verb: string,
    body: Record<string, unknown>
  ): Promise<Entity>;
  /** Start a web tool if it does not run; the page that it begins with, or that of a run. */
  openTool(project: string, name: string, run?: string): Promise<ToolPage>;
  /** Start what a document says. */
  createRun(project: string, run: Record<string, unknown>): Promise<Entity>;
  /** Promote a model: a name, an alias, and why. Rejects with the reason for one that is not fit. */
  publish(project: string, model: string, as: PublishAs): Promise<Entity>;
  /** A socket of `StreamMessage`s; the log begins at byte `log`. */
  stream(project: string, id: string, log: number): WebSocket;
}

export const IClient = new Token<IClient>(
  'dh-jupyter:IClient',
  'Requests to the DigitalHub part of this Jupyter server.'
);

/** What changed in the catalogue: hints, so ask the client for the truth. */
export interface IEntityEvents {
  readonly changed: ISignal<IEntityEvents, EntityEvent>;
  /** Emits when the server was lost, and when it is there again: what changed meanwhile is not told. */
  readonly missed: ISignal<IEntityEvents, void>;
}

export const IEntityEvents = new Token<IEntityEvents>(
  'dh-jupyter:IEntityEvents',
  'Emits when a run, dataset, model or function in the catalogue changes.'
);

/** Ends of this person's own runs, as they are seen. */
export interface IRunEnds {
  /** A run as it was when it had failed, or, if all are told, ended. */
  readonly ended: ISignal<IRunEnds, Entity>;
  /** Id of a run that was deleted. */
  readonly gone: ISignal<IRunEnds, string>;
  /** Whether somebody wants to hear of those that went well, too. */
  tellsAll: boolean;
}

export const IRunEnds = new Token<IRunEnds>(
  'dh-jupyter:IRunEnds',
  "Emits when one of this person's own runs has ended."
);

/** Runs that somebody can see now, each for itself: by the head line of a card, or on the run's page. */
export interface IRunsInView {
  /** Emits when the cards in view are others. */
  readonly changed: ISignal<IRunsInView, void>;
  has(run: Target): boolean;
  /** A card of this run can be seen, until what is returned is disposed. */
  show(id: string): IDisposable;
}

export const IRunsInView = new Token<IRunsInView>(
  'dh-jupyter:IRunsInView',
  'Which runs somebody can see now, on a card or on a page.'
);

/** The form that asks before anything is launched. There is no way around it. */
export interface ILaunchForm {
  /** The run that was started, or null if the person left. */
  open(title: string, what: Launchable): Promise<Entity | null>;
}

export const ILaunchForm = new Token<ILaunchForm>(
  'dh-jupyter:ILaunchForm',
  'Asks what to launch and how, and launches it.'
);
