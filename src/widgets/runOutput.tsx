import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { IDisposable } from '@lumino/disposable';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import { addressOf, plainText, RUN_MIME, type RunAddress } from '../models/bundle';
import { RunFollower } from '../models/follower';
import { CommandIDs } from '../commands';
import { RunModel } from '../models/run';
import { isSweep, SweepModel } from '../models/sweep';
import type { IRunsInView } from '../tokens';
import type { CellLine } from './failure';
import { RunCard } from './runCard';
import { SweepCard } from './sweepCard';

/** Makes the renderer of a run's bundle. The follower asks only this server. */
export function runRendererFactory(options: RunOutput.IOptions): IRenderMime.IRendererFactory {
  return {
    safe: true,
    mimeTypes: [RUN_MIME],
    defaultRank: 40,
    createRenderer: () => new RunOutput(options)
  };
}

/** A run in an output area: follows it while it can be seen. */
export class RunOutput extends ReactWidget implements IRenderMime.IRenderer {
  constructor(options: RunOutput.IOptions) {
    super();
    this._options = options;
    this.addClass('jp-Dh-runOutput');
  }

  renderModel(bundle: IRenderMime.IMimeModel): Promise<void> {
    const address = addressOf(bundle.data[RUN_MIME]);
    this._fallback = plainText(bundle.data['text/plain']);
    this._mayAsk ||= bundle.trusted;
    if (address?.id !== this._address?.id || address?.project !== this._address?.project) {
      this._setAddress(address);
    }
    this._followIfSeen();
    this.update();
    return Promise.resolve();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._observer?.disconnect();
      this._headObserver?.disconnect();
      this._setAddress(null);
      super.dispose();
    }
  }

  protected override render(): JSX.Element {
    const { trans } = this._options;
    const model = this._model;
    if (!model || !this._mayAsk) {
      return (
        <div className="jp-Dh-row">
          <span>{this._fallback || trans.__('This output names no run.')}</span>
          {model ? (
            <button type="button" className="jp-Dh-btn" onClick={() => this._show()}>
              {trans.__('Show the run')}
            </button>
          ) : null}
        </div>
      );
    }
    const stop = (): void => void this._follower?.stopRun();
    const again = (): void => {
      if (this._address) {
        this._options.onAgain?.(this._address);
      }
    };
    const { onOpen, onCommand, onCure, onPublish } = this._options;
    const address = this._address;
    const sweep = this._sweepOf(model);
    if (sweep && address) {
      return this._sweepCard(sweep, address, stop);
    }
    return (
      <RunCard
        model={model}
        trans={trans}
        fallback={this._fallback}
        onStop={stop}
        onHead={this._onHead}
        onAgain={this._options.onAgain ? again : undefined}
        onCure={onCure && address ? () => onCure(address) : undefined}
        onCell={
          onCommand && address ? at => onCommand(CommandIDs.goToCell, address, at) : undefined
        }
        onShow={onCommand && address ? () => onCommand(CommandIDs.open, address) : undefined}
        onInsert={
          onCommand && address ? () => onCommand(CommandIDs.insertCode, address) : undefined
        }
        onPublish={onPublish}
        onOpen={onOpen}
      />
    );
  }

  private _onRun(model: RunModel): void {
    if (model === this._model && isSweep(model.run?.kind)) {
      model.changed.disconnect(this._onRun, this);
      // Its trials are asked for at once, not when the card is drawn.
      this._sweepOf(model)?.watch(this._isSeen);
      this.update();
    }
  }

  /** Once the run is known to be a sweep, its trials are wanted too. */
  private _sweepOf(run: RunModel): SweepModel | null {
    if (!this._sweep && this._address && isSweep(run.run?.kind)) {
      const { client, events } = this._options;
      this._sweep = new SweepModel({ client, events, address: this._address, run });
    }
    return this._sweep;
  }

  private _sweepCard(sweep: SweepModel, address: RunAddress, onStop: () => void): JSX.Element {
    const { project, id } = address;
    const act = (command: string, run: string): void =>
      this._options.onCommand?.(command, { project, id: run });
    const actions = {
      openTrial: (run: string) => act(CommandIDs.open, run),
      runWith: (run: string) => act(CommandIDs.runAgainWith, run),
      publish: (run: string) => act(CommandIDs.publishBest, run)
    };
    return (
      <SweepCard
        sweep={sweep}
        isSeen={this._isSeen}
        actions={actions}
        trans={this._options.trans}
        onStop={onStop}
        onHead={this._onHead}
        onExtend={() => act(CommandIDs.extendSweep, id)}
        onOpen={() => act(CommandIDs.open, id)}
        onOpenKey={this._options.onOpen}
      />
    );
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    // It tells of every way to be out of sight: scrolled away, another tab, a folded output.
    this._observer = new IntersectionObserver(entries => {
      this._isSeen = entries.at(-1)?.isIntersecting ?? false;
      this._followIfSeen();
    });
    this._headObserver = new IntersectionObserver(
      entries => {
        this._isHeadSeen = entries.at(-1)?.isIntersecting ?? false;
        this._followIfSeen();
      },
      { threshold: 0.5 }
    );
    this._onHead(this._head);
    this._observer.observe(this.node);
    this.node.ownerDocument.addEventListener('visibilitychange', this);
  }

  protected override onBeforeDetach(message: Message): void {
    this._observer?.disconnect();
    this._headObserver?.disconnect();
    this._isHeadSeen = false;
    this.node.ownerDocument.removeEventListener('visibilitychange', this);
    this._isSeen = false;
    this._followIfSeen();
    super.onBeforeDetach(message);
  }

  /** The whole page went out of sight or came back. */
  handleEvent(): void {
    this._followIfSeen();
  }

  /** An untrusted notebook asks for nothing until somebody wants it. */
  private _show(): void {
    this._mayAsk = true;
    this._followIfSeen();
    this.update();
  }

  private _followIfSeen(): void {
    const isShown = this._isSeen && this._mayAsk && !this.node.ownerDocument.hidden;
    if (isShown) {
      this._follower?.follow();
    } else {
      this._follower?.pause();
    }
    this._tellShown(isShown && this._isHeadSeen);
    if (this._sweep) {
      this.update();
    }
  }

  /** A run can be seen by the head line of its card: below it, a card may go on for screens. */
  private readonly _onHead = (head: HTMLElement | null): void => {
    this._headObserver?.disconnect();
    this._head = head;
    if (head) {
      this._headObserver?.observe(head);
    }
  };

  private _tellShown(isShown: boolean): void {
    if (isShown && this._address) {
      this._shown ??= this._options.inView?.show(this._address.id) ?? null;
    } else {
      this._shown?.dispose();
      this._shown = null;
    }
  }

  private _setAddress(address: RunAddress | null): void {
    this._tellShown(false);
    this._follower?.dispose();
    this._model?.dispose();
    this._sweep?.dispose();
    this._sweep = null;
    this._address = address;
    this._model = address ? new RunModel() : null;
    // A run that is not known yet may turn out to be a sweep.
    this._model?.changed.connect(this._onRun, this);
    this._follower =
      address && this._model
        ? new RunFollower({ client: this._options.client, address, model: this._model })
        : null;
  }

  private readonly _options: RunOutput.IOptions;
  private _address: RunAddress | null = null;
  private _model: RunModel | null = null;
  private _sweep: SweepModel | null = null;
  private _follower: RunFollower | null = null;
  /** While somebody can see it. */
  private _shown: IDisposable | null = null;
  private _observer: IntersectionObserver | null = null;
  private _head: HTMLElement | null = null;
  private _headObserver: IntersectionObserver | null = null;
  private _isHeadSeen = false;
  private _fallback = '';
  private _mayAsk = false;
  private _isSeen = false;
}

export namespace RunOutput {
  export interface IOptions {
    readonly client: RunFollower.IOptions['client'];
    /** What changes elsewhere; without it a sweep's champion is that of its beginning. */
    readonly events?: SweepModel.IOptions['events'];
    /** Is told while the card can be seen. */
    readonly inView?: Pick<IRunsInView, 'show'>;
    /** Does what a command says to a run: open it, extend it… */
    readonly onCommand?: (command: string, address: RunAddress, more?: CellLine) => void;
    readonly trans: TranslationBundle;
    /** Opens the form for the same run with other values. */
    readonly onAgain?: (address: RunAddress) => void;
    /** Asks whether to run it again as its diagnosis says. */
    readonly onCure?: (address: RunAddress) => void;
    /** Asks how to publish the model that a key names. */
    readonly onPublish?: (key: string) => void;
    /** Opens what a key names. */
    readonly onOpen?: (key: string) => void;
  }
}
