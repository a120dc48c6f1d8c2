import { URLExt } from '@jupyterlab/coreutils';
import type { Event, ServerConnection } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import { BackOff } from './models/backOff';

export type Emission = Pick<Event.Emission, 'schema_id'> & Record<string, unknown>;

/** The server's event bus. A socket of our own, because Lab's does not say when it was away and may have missed something. */
export class EventSocket implements IDisposable {
  constructor(settings: ServerConnection.ISettings, page: Document) {
    this._settings = settings;
    this._page = page;
    page.addEventListener('visibilitychange', this._onVisibility);
    this._open();
  }

  get emitted(): ISignal<this, Emission> {
    return this._emitted;
  }

  /** Emits when the socket is lost, and when there is one: what changed before was not told by it. */
  get missed(): ISignal<this, void> {
    return this._missed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._page.removeEventListener('visibilitychange', this._onVisibility);
    this._backOff.cancel();
    this._socket?.close();
    Signal.clearData(this);
  }

  private _open(): void {
    const { appendToken, token, wsUrl, WebSocket } = this._settings;
    const secret = appendToken && token ? `?token=${encodeURIComponent(token)}` : '';
    const socket = new WebSocket(`${URLExt.join(wsUrl, 'api', 'events', 'subscribe')}${secret}`);
    this._socket = socket;
    socket.onopen = () => {
      this._backOff.reset();
      this._isLost = false;
      this._missed.emit();
    };
    socket.onmessage = ({ data }: MessageEvent<string>) =>
      this._emitted.emit(JSON.parse(data) as Emission);
    socket.onclose = () => this._onClose();
  }

  private _onClose(): void {
    this._socket = null;
    if (this._isDisposed) {
      return;
    }
    if (!this._isLost) {
      this._isLost = true;
      this._missed.emit();
    }
    this._backOff.wait(() => this._openIfSeen());
  }

  /** Nobody sees what a hidden page would show: it connects when it is seen again. */
  private _openIfSeen(): void {
    if (!this._socket && !this._page.hidden) {
      this._open();
    }
  }

  private readonly _onVisibility = (): void => {
    if (!this._backOff.isWaiting) {
      this._openIfSeen();
    }
  };

  private readonly _settings: ServerConnection.ISettings;
  private readonly _page: Document;
  private readonly _emitted = new Signal<this, Emission>(this);
  private readonly _missed = new Signal<this, void>(this);
  private readonly _backOff = new BackOff();
  private _socket: WebSocket | null = null;
  private _isLost = false;
  private _isDisposed = false;
}
