import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { TranslationBundle } from '@jupyterlab/translation';
import { checkIcon, ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';
import { addressOf, FUNCTION_MIME, plainText, type RunAddress } from '../models/bundle';
import { type RegisteredLine, registeredLine } from '../models/notebooks';
import { Chip } from './parts';

/** Makes the renderer of the line that a registered function leaves. It asks for nothing. */
export function functionRendererFactory(
  options: FunctionOutput.IOptions
): IRenderMime.IRendererFactory {
  return {
    safe: true,
    mimeTypes: [FUNCTION_MIME],
    defaultRank: 40,
    createRenderer: () => new FunctionOutput(options)
  };
}

/** The line below a cell that has registered a function: the function as a chip that opens it, and what came along. */
export class FunctionOutput extends ReactWidget implements IRenderMime.IRenderer {
  constructor(options: FunctionOutput.IOptions) {
    super();
    this._options = options;
    this.addClass('jp-Dh-functionOutput');
  }

  renderModel(bundle: IRenderMime.IMimeModel): Promise<void> {
    this._address = addressOf(bundle.data[FUNCTION_MIME]);
    this._text = plainText(bundle.data['text/plain']);
    this._line = registeredLine(this._text);
    this.update();
    return Promise.resolve();
  }

  protected override render(): JSX.Element {
    const { trans, onOpen } = this._options;
    const [address, line] = [this._address, this._line];
    if (!address || !line) {
      return <span>{this._text || trans.__('This output names no function.')}</span>;
    }
    return (
      <div className="jp-Dh-row jp-Dh-wrap">
        <checkIcon.react tag="span" className="jp-Dh-glyph" aria-hidden="true" />
        <span>{line.isNew ? trans.__('Registered as') : trans.__('Unchanged:')}</span>
        <Chip
          reference={`python://${address.project}/${line.name}`}
          onOpen={() => onOpen(address)}
        />
        {line.rest ? <span>{`· ${line.rest}`}</span> : null}
      </div>
    );
  }

  private readonly _options: FunctionOutput.IOptions;
  private _address: RunAddress | null = null;
  private _line: RegisteredLine | null = null;
  private _text = '';
}

export namespace FunctionOutput {
  export interface IOptions {
    readonly trans: TranslationBundle;
    /** Opens the page of a function. */
    readonly onOpen: (address: RunAddress) => void;
  }
}
