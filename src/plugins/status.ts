import {
  ILabShell,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commands';
import { RunningModel } from '../models/running';
import { pageId, type Target } from '../models/target';
import { UnseenFailures } from '../models/unseen';
import { NotebookRuns } from '../notebookRuns';
import { IClient, IEntityEvents, IRunEnds } from '../tokens';
import { PANEL_ID } from '../widgets/panel';
import { StatusItem } from '../widgets/statusItem';
import { tabId } from './shelf';

export const status: JupyterFrontEndPlugin<void> = {
  id: 'dh-jupyter:status',
  description: 'Shows in the status bar what is running, and what has failed unseen.',
  autoStart: true,
  requires: [IStatusBar, IClient, IEntityEvents, IRunEnds],
  optional: [ITranslator, ILabShell, INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    statusBar: IStatusBar,
    client: IClient,
    events: IEntityEvents,
    ends: IRunEnds,
    translator: ITranslator | null,
    labShell: ILabShell | null,
    notebooks: INotebookTracker | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('dh_jupyter');
    const running = new RunningModel({ client, events });
    const failures = new UnseenFailures(ends, isSeen(app, notebooks));
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
    document.addEventListener('visibilitychange', look);
    item.disposed.connect(() => {
      document.removeEventListener('visibilitychange', look);
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

/** Whether a run can be seen: in the panel, on its page, or on its card in the notebook in view. */
function isSeen(
  app: JupyterFrontEnd,
  notebooks: INotebookTracker | null
): (run: Target) => boolean {
  const cards = notebooks ? new NotebookRuns(notebooks) : null;
  const isVisible = (area: string, id: string): boolean =>
    [...app.shell.widgets(area)].some(widget => widget.id === id && widget.isVisible);
  return run =>
    !document.hidden &&
    (isVisible('left', PANEL_ID) ||
      isVisible('right', PANEL_ID) ||
      isVisible('main', tabId(pageId(run))) ||
      (notebooks?.currentWidget?.isVisible === true && cards?.ids.includes(run.id) === true));
}
