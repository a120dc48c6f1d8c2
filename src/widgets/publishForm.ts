import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import type { PublishAs } from '../tokens';

/** Asks under which name and alias a model is published, and why. The body of a dialog. */
export class PublishForm extends Widget {
  constructor(name: string, trans: TranslationBundle) {
    super();
    this.addClass('jp-Dh-publish');
    this._name = this._field(trans.__('Name'), name);
    this._alias = this._field(trans.__('Alias'), 'champion');
    this._note = this._field(trans.__('Why'), '');
  }

  /** What Lab's dialog gives back. */
  getValue(): PublishAs {
    const [name, alias, note] = [this._name, this._alias, this._note].map(({ value }) =>
      value.trim()
    );
    return {
      name: name ?? '',
      ...(alias ? { alias } : {}),
      ...(note ? { note } : {})
    };
  }

  private _field(label: string, value: string): HTMLInputElement {
    const { ownerDocument } = this.node;
    const row = ownerDocument.createElement('label');
    const input = ownerDocument.createElement('input');
    input.value = value;
    input.className = 'jp-mod-styled';
    row.append(label, input);
    this.node.append(row);
    return input;
  }

  private readonly _name: HTMLInputElement;
  private readonly _alias: HTMLInputElement;
  private readonly _note: HTMLInputElement;
}
