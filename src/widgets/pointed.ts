import type { JupyterFrontEnd } from '@jupyterlab/application';
import { type Target, targetOf } from '../models/target';

export const ROW = 'jp-Dh-item';

/** The entity whose row the context menu was opened on. */
export function pointed(app: JupyterFrontEnd): Target | null {
  const row = app.contextMenuHitTest(node => node.classList.contains(ROW));
  return row ? targetOf({ ...row.dataset }) : null;
}
