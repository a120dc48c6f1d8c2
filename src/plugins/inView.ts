import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { RunsInView } from '../models/inView';
import { pageId } from '../models/target';
import { IRunsInView } from '../tokens';
import { tabId } from './shelf';

export const inView: JupyterFrontEndPlugin<IRunsInView> = {
  id: 'dh-jupyter:in-view',
  description: 'Provides which runs somebody can see now, on a card or on a page.',
  autoStart: true,
  provides: IRunsInView,
  activate: (app: JupyterFrontEnd): IRunsInView =>
    new RunsInView(run => !document.hidden && isShown(app, 'main', tabId(pageId(run))))
};

/** Whether a widget of an area can be seen. */
export const isShown = (app: JupyterFrontEnd, area: string, id: string): boolean =>
  [...app.shell.widgets(area)].some(widget => widget.id === id && widget.isVisible);
