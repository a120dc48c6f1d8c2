import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { type Target, targetOf } from '../models/target';

export const ROW = 'jp-Dh-item';

/** The entity whose row the context menu was opened on. */
export function pointed(app: JupyterFrontEnd): Target | null {
  const row = app.contextMenuHitTest(node => node.classList.contains(ROW));
  return row ? targetOf({ ...row.dataset }) : null;
}

/** The entity whose page is in view. */
function inView(app: JupyterFrontEnd): Target | null {
  const page = app.shell.currentWidget?.node.querySelector<HTMLElement>('.jp-Dh-page');
  return page ? targetOf({ ...page.dataset }) : null;
}

/** The entity that a command is about: named by ids, or the page in view, or the row under the menu. */
export function meant(app: JupyterFrontEnd, args: ReadonlyPartialJSONObject): Target | null {
  return targetOf(args) ?? (args.page === true ? inView(app) : pointed(app));
}

/** Arguments that name the runs marked in the list whose menu was opened, with the one under the pointer. */
export function pointedRuns(app: JupyterFrontEnd): { project?: string; ids: string[] } {
  const row = app.contextMenuHitTest(node => node.classList.contains(ROW));
  const marked = row?.closest<HTMLElement>('[data-marked]')?.dataset.marked ?? '';
  const { project, id = '' } = row?.dataset ?? {};
  const ids = [...new Set([...marked.split(','), id])].filter(Boolean);
  return { ...(project ? { project } : {}), ids };
}
