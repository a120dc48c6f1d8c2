import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';
import type {
  Champion,
  Entity,
  EntityEvent,
  Objective,
  RunSpec,
  SweepSpec,
  SweepStatus
} from '../_contract';
import type { IClient, IEntityEvents } from '../tokens';
import { Answer } from './answer';
import type { RunAddress } from './bundle';
import { Curves } from './curves';
import type { RunModel } from './run';
import { type Scale, scaleOf, scaleOfSeen } from './scales';
import { TrialTable } from './trials';

const NO_COUNTS = { running: 0, queued: 0, finished: 0, pruned: 0, failed: 0 };

/** A sweep as its card and page need it: what its run says, and its trials, of which only what changed is asked for. */
export class SweepModel implements IDisposable {
  constructor(options: SweepModel.IOptions) {
    const { client, address, run } = options;
    this._client = client;
    this._address = address;
    this.run = run;
    const { project, id } = address;
    this.columns = new Answer(async () => {
      this.trials.merge(await client.trialColumns(project, id, this.trials.revision));
    });
    this.importance = new Answer(() => client.importance(project, id));
    this.champion = new Answer(() => client.champion(project, id));
    this.curves = new Curves(
      numbers => client.trialsOf(project, id, numbers),
      () => this._emit()
    );
    this.columns.changed.connect(this._emit, this);
    this.champion.changed.connect(this._emit, this);
    run.changed.connect(this._onRun, this);
    options.events?.changed.connect(this._onEvent, this);
  }

  readonly run: RunModel;
  readonly trials = new TrialTable();
  /** Whether the trials are known, and why not. */
  readonly columns: Answer<void>;
  /** What trials reported on their way. */
  readonly curves: Curves;
  /** The model that is to be beaten, if there is one. */
  readonly champion: Answer<Champion>;
  /** Each parameter's share. */
  readonly importance: Answer<Record<string, number>>;

  /** Emits when a view should draw. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get spec(): SweepSpec {
    return this.run.spec.sweep ?? { space: {}, objectives: [NO_OBJECTIVE] };
  }

  get status(): SweepStatus | null {
    return this.run.status.sweep ?? null;
  }

  get counts(): SweepStatus['counts'] {
    return this.status?.counts ?? NO_COUNTS;
  }

  /** Trials that have ended, however. */
  get ended(): number {
    const { finished, pruned, failed } = this.counts;
    return finished + pruned + failed;
  }

  get isPaused(): boolean {
    return this.status?.phase === 'paused';
  }

  /** The first objective, by which trials are ranked. */
  get objective(): Objective {
    return this.spec.objectives[0];
  }

  /** The best trial, or the first of the front. */
  get best(): SweepStatus['best'][number] | null {
    return this.status?.best[0] ?? null;
  }

  /** One of each parameter; of a function that asks for them itself, as it turned out. */
  get scales(): readonly Scale[] {
    const { space } = this.spec;
    const { turn } = this.trials;
    if (this._scaled?.turn !== turn || this._scaled.space !== space) {
      this._scaled = { turn, space, scales: this._scalesOf(space) };
    }
    return this._scaled.scales;
  }

  private _scalesOf(space: SweepSpec['space']): Scale[] {
    const found = this.trials.parameterNames.filter(name => !(name in space));
    return [
      ...Object.entries(space).map(([name, dimension]) => scaleOf(name, dimension)),
      ...found.map(name => scaleOfSeen(name, this.trials.seen(name)))
    ];
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Whether somebody looks at the trials. */
  watch(isWatched: boolean): void {
    this.columns.watch(isWatched);
    this.champion.watch(isWatched && this.spec.objectives.length === 1);
  }

  /** Ask the sweep for something; what the server refuses becomes the run's problem. */
  async act(verb: SweepVerb, body: Record<string, unknown> = {}): Promise<void> {
    const { project, id } = this._address;
    try {
      const run = await this._client.changeSweep(project, id, verb, body);
      this.run.apply({ type: 'run', run });
      this.run.setProblem('');
    } catch (error) {
      const { message, hint } = error as { message?: string; hint?: string };
      this.run.setProblem([message, hint].filter(Boolean).join(' '));
    }
  }

  dispose(): void {
    this._isDisposed = true;
    this.columns.dispose();
    this.champion.dispose();
    this.importance.dispose();
    Signal.clearData(this);
  }

  /** The run's word comes with each change of its trials. */
  private _onRun(): void {
    // After its end, or a lost connection, it may be another broker's count of changes, or one from the journal.
    const isApart = this.run.isOver || this.run.contact === 'lost';
    if (isApart && !this._wasApart) {
      this.trials.forgetRevision();
      this.columns.invalidate();
      this.champion.invalidate();
    }
    this._wasApart = isApart;
    const told = JSON.stringify(this.status);
    if (told !== this._told) {
      this._told = told;
      this.columns.invalidate();
      if (this.counts.finished !== this._finished) {
        this._finished = this.counts.finished;
        this.importance.invalidate();
      }
    }
    this._emit();
  }

  /** Another model may be the champion now. */
  private _onEvent(_: IEntityEvents, { type, project }: EntityEvent): void {
    if (type === 'model' && project === this._address.project) {
      this.champion.invalidate();
    }
  }

  private _emit(): void {
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _client: SweepModel.IOptions['client'];
  private readonly _address: RunAddress;
  private readonly _changed = new Signal<this, void>(this);
  /** The scales of one turn of the trials: they are asked for with every drawing. */
  private _scaled: { turn: number; space: SweepSpec['space']; scales: Scale[] } | null = null;
  private _told = '';
  private _finished = -1;
  private _wasApart = false;
  private _isDisposed = false;
}

export type SweepVerb = 'pause' | 'resume' | 'extend' | 'enqueue' | 'stop-trial';

const NO_OBJECTIVE: Objective = { name: '', direction: 'maximize' };

export namespace SweepModel {
  export interface IOptions {
    readonly client: Pick<
      IClient,
      'trialColumns' | 'trialsOf' | 'champion' | 'importance' | 'changeSweep'
    >;
    readonly address: RunAddress;
    readonly run: RunModel;
    readonly events?: IEntityEvents | undefined;
  }
}

/** What of a sweep's spec another one has too. */
const KEPT = ['function', 'inputs', 'parameters', 'executor', 'profile', 'resources', 'timeout', 'queue_timeout', 'total_timeout', 'retries', 'nodes', 'envs', 'secrets']; // prettier-ignore

/** A sweep that goes on where one that is over has ended: what is posted to runs. */
export function continued(run: Entity, trials: number): Record<string, unknown> {
  const { sweep, ...spec } = run.spec as RunSpec;
  const kept = Object.entries(spec).filter(([name]) => KEPT.includes(name));
  const same = Object.entries(sweep ?? {}).filter(([name]) => !['fixed', 'name', 'timeout'].includes(name)); // prettier-ignore
  return {
    kind: run.kind,
    project: run.project,
    spec: {
      ...Object.fromEntries(kept),
      sweep: {
        ...Object.fromEntries(same),
        trials,
        warm_start: [run.metadata.reference ?? run.key]
      }
    }
  };
}

/** Whether a run of this kind is a sweep. */
export function isSweep(kind: string | undefined): boolean {
  return kind?.includes('+sweep') ?? false;
}
