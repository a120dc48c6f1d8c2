import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';

/** A widget that knows whether it can be seen, and asks the server only while it can. */
export abstract class WatchedWidget extends ReactWidget {
  /** Show or stop showing: `isSeen` says which. */
  protected abstract watch(isSeen: boolean): void;

  protected get isSeen(): boolean {
    return this._isSeen;
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._watch();
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._watch();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.node.ownerDocument.addEventListener('visibilitychange', this);
    this._watch();
  }

  protected override onBeforeDetach(message: Message): void {
    this.node.ownerDocument.removeEventListener('visibilitychange', this);
    this._isSeen = false;
    this.watch(false);
    super.onBeforeDetach(message);
  }

  /** The whole page went out of sight or came back. */
  handleEvent(): void {
    this._watch();
  }

  private _watch(): void {
    this._isSeen = this.isVisible && !this.node.ownerDocument.hidden;
    this.watch(this._isSeen);
    this.update();
  }

  private _isSeen = false;
}
