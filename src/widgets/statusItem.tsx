import { GroupItem, TextItem } from '@jupyterlab/statusbar';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { type ISignal, Signal } from '@lumino/signaling';
import * as React from 'react';
import { stateIcons } from '../icons';
import type { RunningModel } from '../models/running';
import type { UnseenFailures } from '../models/unseen';

/** `dh · 2 running · 1 failed` in the status bar: what goes on, and what nobody has looked at. */
export class StatusItem extends ReactWidget {
  constructor(private readonly _options: StatusItem.IOptions) {
    super();
    this.addClass('jp-Dh-status');
    _options.running.changed.connect(this._onChanged, this);
    _options.failures.changed.connect(this._onChanged, this);
  }

  /** Whether there is something to say. */
  get isActive(): boolean {
    const { running, failures } = this._options;
    return running.count !== 0 || failures.count > 0;
  }

  /** Emits when that may have changed. */
  get activeStateChanged(): ISignal<this, void> {
    return this._activeStateChanged;
  }

  protected override render(): JSX.Element {
    const { running, failures, onOpen } = this._options;
    const failed = failures.count;
    const Glyph = (running.count ? stateIcons.running : failed ? stateIcons.failed : null)?.react;
    return (
      <button type="button" className="jp-Dh-status-button" onClick={onOpen}>
        <GroupItem spacing={4}>
          {Glyph ? <Glyph tag="span" className="jp-Dh-glyph" aria-hidden="true" /> : null}
          <TextItem
            source={this._text(running.count, failed)}
            title={this._title(running.count, failed)}
          />
        </GroupItem>
      </button>
    );
  }

  private _onChanged(): void {
    this._activeStateChanged.emit();
    this.update();
  }

  private _text(count: number | null, failed: number): string {
    const { trans } = this._options;
    const parts = [
      count === null ? trans.__('no answer') : count ? trans.__('%1 running', count) : '',
      failed ? trans.__('%1 failed', failed) : ''
    ];
    return ['dh', ...parts.filter(Boolean)].join(' · ');
  }

  private _title(count: number | null, failed: number): string {
    const { trans } = this._options;
    const parts = [
      count === null
        ? trans.__('DigitalHub: the server does not say how many runs are running')
        : trans._n('DigitalHub: %1 run is running', 'DigitalHub: %1 runs are running', count),
      failed
        ? trans._n(
            '%1 run has failed since you looked',
            '%1 runs have failed since you looked',
            failed
          )
        : ''
    ];
    return parts.filter(Boolean).join('; ');
  }

  private readonly _activeStateChanged = new Signal<this, void>(this);
}

export namespace StatusItem {
  export interface IOptions {
    readonly running: RunningModel;
    readonly failures: UnseenFailures;
    readonly trans: TranslationBundle;
    readonly onOpen: () => void;
  }
}
