import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

export interface NotebookPlaces {
  readonly app: Pick<JupyterFrontEnd, 'contextMenuHitTest' | 'shell'>;
  readonly notebooks: Pick<INotebookTracker, 'currentWidget' | 'find'>;
  readonly files: Pick<IFileBrowserFactory, 'tracker'> | null;
}

/** Where a command was given. */
export interface Given {
  readonly path?: unknown;
  /** In a context menu: it means what the menu was opened on. */
  readonly menu?: unknown;
}

/** Paths, with their drives, of the notebooks that a command means: the one named, those pointed at, or the one in view. */
export function notebooksMeant(places: NotebookPlaces, { path, menu }: Given): string[] {
  if (typeof path === 'string') {
    return [path];
  }
  if (menu === true) {
    return pointedAt(places);
  }
  const panel = inView(places);
  return panel ? [panel.context.path] : [];
}

/** Lab never forgets where the last menu was opened: only a command in a menu may ask. */
function pointedAt({ app, notebooks, files }: NotebookPlaces): string[] {
  const hit = app.contextMenuHitTest(
    node => node.classList.contains('jp-DirListing-item') || node.dataset.id !== undefined
  );
  if (hit?.classList.contains('jp-DirListing-item')) {
    const items = [...(files?.tracker.currentWidget?.selectedItems() ?? [])];
    return items.filter(({ type }) => type === 'notebook').map(({ path }) => path);
  }
  const tab = hit && notebooks.find(({ id }) => id === hit.dataset.id);
  return tab ? [tab.context.path] : [];
}

/** The tracker remembers the last notebook; what is in view may be something else. */
function inView({ app, notebooks }: NotebookPlaces): NotebookPanel | null {
  const { currentWidget } = notebooks;
  return currentWidget && app.shell.currentWidget === currentWidget ? currentWidget : null;
}
