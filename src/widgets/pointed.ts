import type { JupyterFrontEnd } from '@jupyterlab/application';
import { type Target, targetOf } from '../models/target';

export const ROW = 'jp-Dh-item';

/** The entity whose row the context menu was opened on. */
export function pointed(app: JupyterFrontEnd): Target | null {
  const row = app.contextMenuHitTest(node => node.classList.contains(ROW));
  return row ? targetOf({ ...row.dataset }) : null;
}

/** Arguments that name the runs marked in the list whose menu was opened, with the one under the pointer. */
export function pointedRuns(app: JupyterFrontEnd): { project?: string; ids: string[] } {
  const row = app.contextMenuHitTest(node => node.classList.contains(ROW));
  const marked = row?.closest<HTMLElement>('[data-marked]')?.dataset.marked ?? '';
  const { project, id = '' } = row?.dataset ?? {};
  const ids = [...new Set([...marked.split(','), id])].filter(Boolean);
  return { ...(project ? { project } : {}), ids };
}
