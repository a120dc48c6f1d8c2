import { Dialog, showDialog } from '@jupyterlab/apputils';
import { NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { REGISTERS } from './models/notebooks';

const HEAD = '%%dh function';

/**
 * Asks, then puts `%%dh function` above the active cell and executes it in the notebook's own kernel: capture works on
 * live objects, which only that kernel has.
 */
export async function registerCell(panel: NotebookPanel, trans: TranslationBundle): Promise<void> {
  const { content, sessionContext } = panel;
  const cell = content.activeCell;
  if (cell?.model.type !== 'code') {
    return;
  }
  const shared = cell.model.sharedModel;
  const isHeaded = REGISTERS.test(shared.source);
  const body = isHeaded
    ? trans.__('The cell is executed in its kernel, and its last function becomes a new version.')
    : trans.__(
        'The line %1 is put above the cell, the cell is executed in its kernel, and its last function is registered.',
        HEAD
      );
  const { button } = await showDialog({
    title: trans.__('Register this cell as a function?'),
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.okButton({ label: trans.__('Execute and register') })
    ]
  });
  if (!button.accept || cell.isDisposed) {
    return;
  }
  if (!isHeaded) {
    shared.setSource(`${HEAD}\n${shared.source}`);
  }
  // Harmless where it is loaded already.
  const loaded = sessionContext.session?.kernel?.requestExecute({
    code: '%load_ext dh_kernel',
    silent: true,
    store_history: false
  });
  await loaded?.done;
  content.deselectAll();
  await NotebookActions.run(content, sessionContext);
}
