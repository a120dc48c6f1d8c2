import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { showErrorMessage } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs, describedBy, textOf } from '../commands';
import { placeOf, type SeenCell } from '../models/cellPlaces';
import { registeredIn, runsIn } from '../models/notebooks';
import { shownBelow } from '../notebookRuns';
import { IClient } from '../tokens';
import { meant, ROW } from '../widgets/pointed';

const CELL = /^[A-Za-z0-9_-]{1,64}$/;

export const cells: JupyterFrontEndPlugin<void> = {
  id: 'dh-jupyter:cells',
  description: 'Goes from a run or a function to the cell that it came from.',
  autoStart: true,
  requires: [IClient, INotebookTracker],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    client: IClient,
    notebooks: INotebookTracker,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('dh_jupyter');
    app.commands.addCommand(CommandIDs.goToCell, {
      label: trans.__('Go to Cell'),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            ...describedBy.args.properties,
            cell: { type: 'string', description: 'Id of a cell, in place of where it came from' },
            line: { type: 'number', description: 'A line of the cell, from 1' }
          }
        }
      },
      isEnabled: args => ['run', 'function'].includes(meant(app, args)?.type ?? ''),
      execute: async args => {
        const target = meant(app, args);
        if (!target) {
          return;
        }
        const cell = typeof args.cell === 'string' && CELL.test(args.cell) ? args.cell : undefined;
        try {
          const thing =
            cell === undefined
              ? await client.entity(target.project, target.type, target.id)
              : undefined;
          const open = opened(notebooks);
          const place = placeOf(open.map(cellsOf), { cell, thing });
          const panel = place && open[place.notebook];
          if (panel) {
            app.shell.activateById(panel.id);
            await select(panel, place.cell, Number(args.line) || 0);
          } else {
            await showErrorMessage(
              trans.__('No open notebook has the cell'),
              trans.__('Open the notebook in which it was typed, and do it again.')
            );
          }
        } catch (error) {
          await showErrorMessage(trans.__('Go to Cell'), textOf(error));
        }
      }
    });
    for (const type of ['run', 'function']) {
      app.contextMenu.addItem({
        command: CommandIDs.goToCell,
        selector: `.${ROW}[data-type="${type}"]`,
        rank: 3
      });
    }
  }
};

/** Notebooks whose cells are known, the one in view or that was last first. */
function opened(notebooks: INotebookTracker): NotebookPanel[] {
  const all = notebooks.filter(({ content }) => content.model !== null);
  const isCurrent = (panel: NotebookPanel): number => Number(panel === notebooks.currentWidget);
  return all.sort((one, other) => isCurrent(other) - isCurrent(one));
}

function cellsOf({ content }: NotebookPanel): SeenCell[] {
  return content.widgets.map(({ model }) => {
    const shown = shownBelow(model);
    return {
      id: model.id,
      runs: runsIn(shown),
      registered: registeredIn(shown.map(data => ({ data })))?.id
    };
  });
}

/** `line`: where the cursor is put, from 1; 0 leaves it. */
async function select({ content }: NotebookPanel, index: number, line: number): Promise<void> {
  const cell = content.widgets[index];
  if (!cell) {
    return;
  }
  NotebookActions.expandParent(cell, content);
  content.deselectAll();
  content.activeCellIndex = index;
  content.mode = line ? 'edit' : 'command';
  await content.scrollToItem(index);
  await cell.ready;
  if (line) {
    cell.inputHidden = false;
    const { editor } = cell;
    editor?.setCursorPosition({ line: Math.min(line, editor.lineCount) - 1, column: 0 });
    editor?.focus();
  } else {
    content.activate();
  }
}
