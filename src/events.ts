import type { Event } from '@jupyterlab/services';
import { ISignal, Signal } from '@lumino/signaling';
import type { IDisposable } from '@lumino/disposable';
import type { EntityEvent } from './_contract';
import type { IEntityEvents } from './tokens';

export const ENTITY_EVENTS = 'dh_jupyter/entities/v1';

type Emission = Pick<Event.Emission, 'schema_id'> & Record<string, unknown>;

/** Takes what is ours out of the server's event bus, for which Lab keeps one socket per page. */
export class EntityEvents implements IEntityEvents, IDisposable {
  constructor(stream: ISignal<unknown, Emission>) {
    stream.connect(this._onEmission, this);
  }

  get changed(): ISignal<this, EntityEvent> {
    return this._changed;
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
}

/** The bus's ids are URIs, absolute or relative. */
function isSchema(id: string): boolean {
  return id === ENTITY_EVENTS || id.endsWith(`/${ENTITY_EVENTS}`);
}
