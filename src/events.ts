import { ISignal, Signal } from '@lumino/signaling';
import type { IDisposable } from '@lumino/disposable';
import type { EntityEvent } from './_contract';
import type { Emission } from './eventSocket';
import type { IEntityEvents } from './tokens';

export const ENTITY_EVENTS = 'dh_jupyter/entities/v1';

/** Takes what is ours out of the server's event bus. */
export class EntityEvents implements IEntityEvents, IDisposable {
  /** `missed` emits when something may have changed that the stream did not tell. */
  constructor(stream: ISignal<unknown, Emission>, missed?: ISignal<unknown, void>) {
    stream.connect(this._onEmission, this);
    missed?.connect(() => this._missed.emit(), this);
  }

  get changed(): ISignal<this, EntityEvent> {
    return this._changed;
  }

  get missed(): ISignal<this, void> {
    return this._missed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _onEmission(_: unknown, emission: Emission): void {
    if (isSchema(emission.schema_id)) {
      this._changed.emit(emission as unknown as EntityEvent);
    }
  }

  private _isDisposed = false;
  private readonly _changed = new Signal<this, EntityEvent>(this);
  private readonly _missed = new Signal<this, void>(this);
}

/** The bus's ids are URIs, absolute or relative. */
function isSchema(id: string): boolean {
  return id === ENTITY_EVENTS || id.endsWith(`/${ENTITY_EVENTS}`);
}
