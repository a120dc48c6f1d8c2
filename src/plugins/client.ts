import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Client } from '../client';
import { EntityEvents } from '../events';
import { IClient, IEntityEvents } from '../tokens';

export const client: JupyterFrontEndPlugin<IClient> = {
  id: 'dh-jupyter:client',
  description: 'Provides requests to the DigitalHub part of this Jupyter server.',
  autoStart: true,
  provides: IClient,
  activate: (app: JupyterFrontEnd): IClient => new Client(app.serviceManager.serverSettings)
};

export const events: JupyterFrontEndPlugin<IEntityEvents> = {
  id: 'dh-jupyter:events',
  description: 'Provides changes of the catalogue, from the event bus that Lab listens to anyway.',
  autoStart: true,
  provides: IEntityEvents,
  activate: (app: JupyterFrontEnd): IEntityEvents =>
    new EntityEvents(app.serviceManager.events.stream)
};
