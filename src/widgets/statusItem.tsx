import { GroupItem, TextItem } from '@jupyterlab/statusbar';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';
import { stateIcons } from '../icons';
import type { RunningModel } from '../models/running';

/** `dh · 2 running` in the status bar. */
export class StatusItem extends ReactWidget {
  constructor(model: RunningModel, trans: TranslationBundle, onOpen: () => void) {
    super();
    this._model = model;
    this._trans = trans;
    this._onOpen = onOpen;
    this.addClass('jp-Dh-status');
  }

  protected override render(): JSX.Element {
    return (
      <UseSignal signal={this._model.changed}>{() => this._item(this._model.count)}</UseSignal>
    );
  }

  private _item(count: number | null): JSX.Element {
    const Glyph = stateIcons.running.react;
    return (
      <button type="button" className="jp-Dh-status-button" onClick={this._onOpen}>
        <GroupItem spacing={4}>
          {count ? <Glyph tag="span" className="jp-Dh-glyph" aria-hidden="true" /> : null}
          <TextItem source={this._text(count)} title={this._title(count)} />
        </GroupItem>
      </button>
    );
  }

  private _text(count: number | null): string {
    return count === null
      ? this._trans.__('dh · no answer')
      : this._trans.__('dh · %1 running', count);
  }

  private _title(count: number | null): string {
    return count === null
      ? this._trans.__('DigitalHub: the server does not say how many runs are running')
      : this._trans._n('DigitalHub: %1 run is running', 'DigitalHub: %1 runs are running', count);
  }

  private readonly _model: RunningModel;
  private readonly _trans: TranslationBundle;
  private readonly _onOpen: () => void;
}
