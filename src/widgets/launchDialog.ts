import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Entity } from '../_contract';
import type { LaunchModel } from '../models/launch';
import { LaunchForm } from './launchForm';

/** Asks before anything is launched, and stays open while something is in the way. Its value is the run. */
export class LaunchDialog extends Dialog<Entity | null> {
  constructor(options: LaunchDialog.IOptions) {
    const { model, trans, title } = options;
    const form = new LaunchForm({ model, trans });
    super({
      title,
      body: form,
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.okButton({ label: trans.__('Run') })
      ],
      defaultButton: 1,
      hasClose: true
    });
    this._model = model;
    this._form = form;
    this.addClass('jp-Dh-launch');
    this.disposed.connect(() => model.dispose());
  }

  /** The Run button: close only when the run was started. */
  override resolve(index?: number): void {
    if (index === 0) {
      this._leave();
    } else {
      void this._launch();
    }
  }

  /** Escape, the cross, or a click outside. */
  override reject(): void {
    this._leave();
  }

  override handleEvent(event: Event): void {
    if (event.type === 'keydown' && this._isForTheForm(event as KeyboardEvent)) {
      return;
    }
    // A click outside must not throw away what was typed.
    super.handleEvent(event);
  }

  private _isForTheForm(event: KeyboardEvent): boolean {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      void this._launch();
      return true;
    }
    const inFoot = (event.target as HTMLElement).closest('.jp-Dialog-footer') !== null;
    return !inFoot && ['Enter', 'ArrowLeft', 'ArrowRight'].includes(event.key);
  }

  private _leave(): void {
    if (this._model.isTyped && !this._isLeaving && !this._model.started) {
      // A second dialog would wait for this one to close.
      this._isLeaving = true;
      this._form.askToLeave();
    } else {
      super.reject();
    }
  }

  private async _launch(): Promise<void> {
    if (await this._model.launch()) {
      super.resolve(1);
    } else if (!this.isDisposed) {
      this._form.focusFault();
    }
  }

  private readonly _model: LaunchModel;
  private readonly _form: LaunchForm;
  private _isLeaving = false;
}

export namespace LaunchDialog {
  export interface IOptions {
    readonly model: LaunchModel;
    readonly trans: TranslationBundle;
    readonly title: string;
  }
}
