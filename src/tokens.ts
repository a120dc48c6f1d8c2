import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { Entity, EntityEvent } from './_contract';

/** Our server, as the browser sees it. Every method rejects with a `ServerProblem` when the server refuses. */
export interface IClient {
  /** Name of the project that is meant when none is named. */
  defaultProject(): Promise<string>;
  /** How many runs of a project are running now. */
  countRunning(project: string): Promise<number>;
  run(project: string, id: string): Promise<Entity>;
  stop(project: string, id: string): Promise<void>;
  /** A socket of `StreamMessage`s; the log begins at byte `log`. */
  stream(project: string, id: string, log: number): WebSocket;
}

export const IClient = new Token<IClient>(
  'dh-jupyter:IClient',
  'Requests to the DigitalHub part of this Jupyter server.'
);

/** What changed in the catalogue: hints, so ask the client for the truth. */
export interface IEntityEvents {
  readonly changed: ISignal<IEntityEvents, EntityEvent>;
}

export const IEntityEvents = new Token<IEntityEvents>(
  'dh-jupyter:IEntityEvents',
  'Emits when a run, dataset, model or function in the catalogue changes.'
);
