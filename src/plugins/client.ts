import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Client } from '../client';
import { EntityEvents } from '../events';
import { EventSocket } from '../eventSocket';
import { RunEnds } from '../models/ends';
import { IClient, IEntityEvents, IRunEnds } from '../tokens';

export const client: JupyterFrontEndPlugin<IClient> = {
  id: 'dh-jupyter:client',
  description: 'Provides requests to the DigitalHub part of this Jupyter server.',
  autoStart: true,
  provides: IClient,
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null): IClient => {
    const trans = (translator ?? nullTranslator).load('dh_jupyter');
    const found = new Client(app.serviceManager.serverSettings);
    found.mismatched.connect((_, { page, server }) => {
      const what = trans.__('This page is of DigitalHub %1, the server of %2.', page, server);
      const cure = trans.__('Load the page again; if this stays, restart JupyterLab.');
      Notification.warning(`${what} ${cure}`, { autoClose: false });
    });
    return found;
  }
};

export const events: JupyterFrontEndPlugin<IEntityEvents> = {
  id: 'dh-jupyter:events',
  description: 'Provides changes of the catalogue, from the event bus of the server.',
  autoStart: true,
  provides: IEntityEvents,
  activate: (app: JupyterFrontEnd): IEntityEvents => {
    const socket = new EventSocket(app.serviceManager.serverSettings, document);
    return new EntityEvents(socket.emitted, socket.missed);
  }
};

export const ends: JupyterFrontEndPlugin<IRunEnds> = {
  id: 'dh-jupyter:ends',
  description: "Provides the ends of this person's own runs.",
  autoStart: true,
  requires: [IClient, IEntityEvents],
  provides: IRunEnds,
  activate: (_: JupyterFrontEnd, client: IClient, events: IEntityEvents): IRunEnds =>
    new RunEnds({ client, events })
};
