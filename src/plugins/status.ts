import {
  ILabShell,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commands';
import { RunningModel } from '../models/running';
import { UnseenFailures } from '../models/unseen';
import { IClient, IEntityEvents, IRunEnds, IRunsInView } from '../tokens';
import { PANEL_ID } from '../widgets/panel';
import { StatusItem } from '../widgets/statusItem';
import { isShown } from './inView';

export const status: JupyterFrontEndPlugin<void> = {
  id: 'dh-jupyter:status',
  description: 'Shows in the status bar what is running, and what has failed unseen.',
  autoStart: true,
  requires: [IStatusBar, IClient, IEntityEvents, IRunEnds, IRunsInView],
  optional: [ITranslator, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    statusBar: IStatusBar,
    client: IClient,
    events: IEntityEvents,
    ends: IRunEnds,
    inView: IRunsInView,
    translator: ITranslator | null,
    labShell: ILabShell | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('dh_jupyter');
    const running = new RunningModel({ client, events });
    const failures = new UnseenFailures(
      ends,
      run =>
        inView.has(run) ||
        (!document.hidden && ['left', 'right'].some(area => isShown(app, area, PANEL_ID)))
    );
    const item = new StatusItem({
      running,
      failures,
      trans,
      onOpen: () => {
        const filter = running.count === 0 && failures.count ? 'failed' : 'active';
        void app.commands.execute(CommandIDs.openPanel, { filter });
      }
    });
    const look = (): void => failures.look();
    labShell?.layoutModified.connect(look);
    inView.changed.connect(look);
    document.addEventListener('visibilitychange', look);
    item.disposed.connect(() => {
      document.removeEventListener('visibilitychange', look);
      inView.changed.disconnect(look);
      running.dispose();
      failures.dispose();
    });
    statusBar.registerStatusItem('dh-jupyter:status', {
      item,
      align: 'left',
      rank: 100,
      isActive: () => item.isActive,
      activeStateChanged: item.activeStateChanged
    });
    void app.restored.then(() => running.refresh());
  }
};
