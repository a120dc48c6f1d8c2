import type { ICellModel } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, ToolbarButtonComponent } from '@jupyterlab/ui-components';
import * as React from 'react';
import { jobIcon } from '../icons';
import { REGISTERS, registeredAs } from '../models/notebooks';

/** In the tool bar of a cell: runs the function that the cell registers. A cell that registers none has no button. */
export class CellButton extends ReactWidget {
  constructor(options: CellButton.IOptions) {
    super();
    this._options = options;
    this.addClass('jp-Dh-cellButton');
    options.cell.sharedModel.changed.connect(this._onCell, this);
    this._onCell();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._options.cell.sharedModel.changed.disconnect(this._onCell, this);
      super.dispose();
    }
  }

  protected override render(): JSX.Element {
    const { cell, trans, onRun } = this._options;
    if (this.isHidden) {
      return <></>; // most cells: what they show may be long, and is not looked through at each key
    }
    const { outputs } = cell.toJSON() as { outputs?: unknown };
    return (
      <ToolbarButtonComponent
        icon={jobIcon}
        label={registeredAs(outputs)}
        tooltip={trans.__('Run this function as a job…')}
        onClick={onRun}
      />
    );
  }

  private _onCell(): void {
    this.setHidden(!REGISTERS.test(this._options.cell.sharedModel.getSource()));
    this.update();
  }

  private readonly _options: CellButton.IOptions;
}

export namespace CellButton {
  export interface IOptions {
    readonly cell: ICellModel;
    readonly trans: TranslationBundle;
    readonly onRun: () => void;
  }
}
