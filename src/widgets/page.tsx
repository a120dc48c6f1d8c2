import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { CommandIDs } from '../commands';
import { jobIcon, lastingIcons, ofTab, stateIcons, sweepIcon, thingIcons } from '../icons';
import { Answer } from '../models/answer';
import { RunFollower } from '../models/follower';
import { LineageModel } from '../models/lineage';
import { type LogPart, LogRing } from '../models/logRing';
import { referenceOf, titleOf } from '../models/rows';
import { RunModel } from '../models/run';
import { isSweep, SweepModel } from '../models/sweep';
import { pageId, type Target } from '../models/target';
import { ThingModel } from '../models/thing';
import { Seen } from './answered';
import type { PageActions } from './pageParts';
import { RunPage } from './runPage';
import { SweepPage } from './sweepPage';
import { ThingPage } from './thingPage';
import { WatchedWidget } from './watched';

/** Bytes of the log that are read at once, from its end upwards. */
const PART = 256 * 1024;

/** What stands in a tab of the main area: one entity. */
export abstract class Page extends WatchedWidget {
  constructor(readonly options: Page.IOptions) {
    super();
    this.id = pageId(options.target);
    this.title.label = options.label || options.target.id;
    this.title.closable = true;
    this.addClass('jp-Dh-page');
    // By these, commands find what the page in view shows.
    Object.assign(this.node.dataset, options.target);
  }

  /** What the tab shows of the thing that will not change any more, for a restart; empty where there is none. */
  abstract readonly sign: string;
}

export namespace Page {
  export interface IOptions {
    readonly client: ThingModel.IOptions['client'];
    readonly events: ThingModel.IOptions['events'];
    readonly target: Target;
    /** What it was called before, until it is asked for. */
    readonly label?: string;
    /** Which sign it had before. */
    readonly sign?: string;
    readonly actions: PageActions;
    readonly trans: TranslationBundle;
  }
}

export function pageOf(options: Page.IOptions): Page {
  return options.target.type === 'run' ? new RunPageWidget(options) : new ThingPageWidget(options);
}

class ThingPageWidget extends Page {
  override readonly sign = '';

  constructor(options: Page.IOptions) {
    super(options);
    this._thing = new ThingModel(options);
    this._thing.entity.changed.connect(this._onEntity, this);
    const icon = thingIcons[options.target.type];
    if (icon) {
      this.title.icon = icon;
    }
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._thing.dispose();
      super.dispose();
    }
  }

  protected override watch(): void {
    // The parts that are drawn watch for themselves, by the context below.
  }

  protected override render(): JSX.Element {
    const { actions, trans } = this.options;
    return (
      <Seen.Provider value={this.isSeen}>
        <ThingPage id={this.id} thing={this._thing} actions={actions} trans={trans} />
      </Seen.Provider>
    );
  }

  private _onEntity(): void {
    const entity = this._thing.entity.value;
    if (entity) {
      this.title.label = referenceOf(entity).split('/').slice(1).join('/') || titleOf(entity);
      this.title.caption = referenceOf(entity);
    }
  }

  private readonly _thing: ThingModel;
}

class RunPageWidget extends Page {
  constructor(options: Page.IOptions) {
    super(options);
    const { client, target } = options;
    const { project, id } = target;
    const model = this._model;
    const catchUp = (): Promise<void> => this._catchUp();
    const address = { project, id };
    this._follower = new RunFollower({ client, address, model, isWhole: true, catchUp });
    this._environment = new Answer(() => client.environment(project, id));
    this._lineage = new LineageModel(client, target);
    model.changed.connect(this._onRun, this);
    // Until its state is known. A tab without an icon would be laid out for none.
    this.title.icon = lastingIcons.get(options.sign ?? '') ?? jobIcon;
  }

  override get sign(): string {
    const { run, isOver, phase } = this._model;
    return run ? (isOver && !isSweep(run.kind) ? phase : '') : (this.options.sign ?? '');
  }

  override dispose(): void {
    if (!this.isDisposed) {
      [this._follower, this._environment, this._lineage, this._sweep, this._model].forEach(each =>
        each?.dispose()
      );
      super.dispose();
    }
  }

  protected override watch(isSeen: boolean): void {
    isSeen ? this._follower.follow() : this._follower.pause();
  }

  protected override render(): JSX.Element {
    return (
      <Seen.Provider value={this.isSeen}>
        {this._sweep ? this._sweepPage(this._sweep) : this._runPage()}
      </Seen.Provider>
    );
  }

  private _runPage(): JSX.Element {
    const { actions, trans } = this.options;
    return (
      <RunPage
        id={this.id}
        model={this._model}
        log={this._log}
        environment={this._environment}
        lineage={this._lineage}
        actions={actions}
        trans={trans}
        onOlder={() => void this._older()}
        onMissed={() => void this._missed()}
      />
    );
  }

  private _sweepPage(sweep: SweepModel): JSX.Element {
    const { actions, target, trans } = this.options;
    const act = (command: string, id: string): void => actions.act(command, { ...target, id });
    const sweepActions = {
      openTrial: (id: string) => actions.open({ ...target, id }),
      runWith: (id: string) => act(CommandIDs.runAgainWith, id),
      publish: (id: string) => act(CommandIDs.publishBest, id)
    };
    return (
      <SweepPage
        id={this.id}
        sweep={sweep}
        lineage={this._lineage}
        actions={actions}
        sweepActions={sweepActions}
        trans={trans}
      />
    );
  }

  /** The end of the log first; its stream goes on from there, and what lies between can be asked for. */
  private async _catchUp(): Promise<void> {
    try {
      const { project, id } = this.options.target;
      const part = await this.options.client.log(project, id, `-${PART}`);
      this._isBegun ? this._log.skipTo(part) : this._log.begin(part);
      this._isBegun = true;
    } catch {
      // No log yet, or no answer: the stream gives it from where it was, and says what is wrong.
    }
  }

  private _older(): Promise<void> {
    const { start } = this._log;
    return this._read(Math.max(0, start - PART), start, part => this._log.addOlder(part));
  }

  private async _missed(): Promise<void> {
    const { gap } = this._log;
    if (gap) {
      const to = Math.min(gap.to, gap.from + PART);
      await this._read(gap.from, to, part => this._log.fill(part));
    }
  }

  private async _read(from: number, to: number, take: (part: LogPart) => void): Promise<void> {
    const { project, id } = this.options.target;
    try {
      take(await this.options.client.log(project, id, `${from}-${to - 1}`));
      this._model.setProblem('');
    } catch (error) {
      this._model.setProblem((error as Error).message);
    }
  }

  private _onRun(model: RunModel): void {
    if (model.run) {
      this.title.label = model.name;
      this.title.caption = referenceOf(model.run);
      const isWhole = isSweep(model.run.kind);
      this.title.icon = ofTab(
        isWhole ? sweepIcon : stateIcons[model.contact === 'lost' ? 'lost' : model.phase]
      );
      if (isWhole && !this._sweep) {
        const { client, events, target } = this.options;
        this._sweep = new SweepModel({ client, events, address: target, run: model });
        this.update();
      }
    }
    if (model.isOver !== this._wasOver) {
      this._wasOver = model.isOver;
      this._environment.invalidate();
      this._lineage.answer.invalidate();
    }
  }

  private readonly _log = new LogRing();
  private readonly _model = new RunModel(this._log);
  private readonly _follower: RunFollower;
  private readonly _environment: Answer<
    Awaited<ReturnType<Page.IOptions['client']['environment']>>
  >;
  private readonly _lineage: LineageModel;
  private _sweep: SweepModel | null = null;
  private _isBegun = false;
  private _wasOver = false;
}
