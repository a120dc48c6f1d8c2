import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commands';
import { RunningModel } from '../models/running';
import { IClient, IEntityEvents } from '../tokens';
import { StatusItem } from '../widgets/statusItem';

export const status: JupyterFrontEndPlugin<void> = {
  id: 'dh-jupyter:status',
  description: 'Shows the number of running runs in the status bar.',
  autoStart: true,
  requires: [IStatusBar, IClient, IEntityEvents],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    statusBar: IStatusBar,
    client: IClient,
    events: IEntityEvents,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('dh_jupyter');
    const model = new RunningModel({ client, events });
    const item = new StatusItem(model, trans, () => {
      void app.commands.execute(CommandIDs.openPanel, { filter: 'active' });
    });
    item.disposed.connect(() => model.dispose(), model);
    statusBar.registerStatusItem('dh-jupyter:status', { item, align: 'left', rank: 100 });
    void app.restored.then(() => model.refresh());
  }
};
