import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IToolbarWidgetRegistry, showErrorMessage } from '@jupyterlab/apputils';
import type { Cell, ICellModel } from '@jupyterlab/cells';
import { PathExt } from '@jupyterlab/coreutils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { CommandIDs, NO_ARGUMENTS } from '../commands';
import { functionIcon, jobIcon } from '../icons';
import { prefillOf } from '../models/prefill';
import { REGISTERS, registeredIn, withoutOutputs } from '../models/notebooks';
import { type Given, notebooksMeant, type NotebookPlaces } from '../notebooksMeant';
import { registerCell } from '../registering';
import { CellButton } from '../widgets/cellButton';
import { IClient, ILaunchForm } from '../tokens';

export const jobs: JupyterFrontEndPlugin<void> = {
  id: 'dh-jupyter:jobs',
  description: 'Runs notebooks and cells as jobs, from menus, tabs and tool bars.',
  autoStart: true,
  requires: [IClient, ILaunchForm, INotebookTracker],
  optional: [ITranslator, IFileBrowserFactory, IToolbarWidgetRegistry],
  activate: (
    app: JupyterFrontEnd,
    client: IClient,
    form: ILaunchForm,
    notebooks: INotebookTracker,
    translator: ITranslator | null,
    files: IFileBrowserFactory | null,
    toolbars: IToolbarWidgetRegistry | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('dh_jupyter');
    const { commands } = app;
    const places: Places = { app, client, form, notebooks, files, trans };

    const meant = (args: Given): string[] => notebooksMeant(places, args);
    commands.addCommand(CommandIDs.runNotebook, {
      label: args => runLabel(args.toolbar === true ? 1 : meant(args).length, trans),
      caption: trans.__('Run this notebook as a job, on a copy'),
      icon: jobIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            path: { type: 'string', description: 'The notebook; without it the one in view' },
            toolbar: { type: 'boolean', description: 'Whether a tool bar shows the command' },
            menu: { type: 'boolean', description: 'Whether a context menu shows the command' }
          }
        }
      },
      isEnabled: args => meant(args).length > 0,
      isVisible: args => args.toolbar === true || meant(args).length > 0,
      execute: async args => {
        for (const path of meant(args)) {
          if (!(await runNotebook(places, path))) {
            break;
          }
        }
      }
    });
    commands.addCommand(CommandIDs.runCells, {
      label: () => cellsLabel(chosen(notebooks).length, trans),
      icon: jobIcon,
      describedBy: NO_ARGUMENTS,
      isEnabled: () => chosen(notebooks).length > 0,
      execute: () => runCells(places)
    });
    commands.addCommand(CommandIDs.registerCell, {
      label: trans.__('Register Cell as Function…'),
      icon: functionIcon,
      describedBy: NO_ARGUMENTS,
      isEnabled: () => notebooks.activeCell?.model.type === 'code',
      execute: async () => {
        if (notebooks.currentWidget) {
          await registerCell(notebooks.currentWidget, trans);
        }
      }
    });
    commands.addCommand(CommandIDs.runCellFunction, {
      label: trans.__('Run this function as a job…'),
      icon: jobIcon,
      describedBy: NO_ARGUMENTS,
      isVisible: () => REGISTERS.test(source(notebooks)),
      execute: () => runFunctionOfCell(places, notebooks.activeCell?.model)
    });
    // A command would ask which cell is active in the current notebook: beside another one, that is another cell.
    toolbars?.addFactory<Cell>('Cell', 'dh-run-function', ({ model }) => {
      const onRun = (): void => void runFunctionOfCell(places, model);
      return new CellButton({ cell: model, trans, onRun });
    });
  }
};

interface Places extends NotebookPlaces {
  readonly app: JupyterFrontEnd;
  readonly client: IClient;
  readonly form: ILaunchForm;
  readonly notebooks: INotebookTracker;
  readonly files: IFileBrowserFactory | null;
  readonly trans: TranslationBundle;
}

function runLabel(count: number, trans: TranslationBundle): string {
  return count > 1
    ? trans._n('Run %1 Notebook as Job…', 'Run %1 Notebooks as Jobs…', count)
    : trans.__('Run as Job…');
}

function cellsLabel(count: number, trans: TranslationBundle): string {
  return count > 1
    ? trans._n('Run %1 Cell as Job…', 'Run %1 Cells as Job…', count)
    : trans.__('Run Cell as Job…');
}

/** False if the person left. */
async function runNotebook(places: Places, path: string): Promise<boolean> {
  const { app, client, form, notebooks, trans } = places;
  const { contents } = app.serviceManager;
  const panel = notebooks.find(each => each.context.path === path);
  const name = PathExt.basename(contents.localPath(path));
  try {
    const content = async (): Promise<unknown> =>
      panel?.model
        ? panel.model.toJSON()
        : ((await contents.get(path, { type: 'notebook', content: true })).content as unknown);
    const metadata = ((await content()) as { metadata?: { dh?: unknown } } | null)?.metadata;
    const project = await client.defaultProject();
    const run = await form.open(trans.__('Run %1 as job', name), {
      project,
      prefill: prefillOf(metadata?.dh),
      pageChecks: () => unsaved(panel, trans),
      subject: {
        notebook: async () => ({
          path: contents.localPath(path),
          content: withoutOutputs(await content())
        })
      }
    });
    return run !== null;
  } catch (error) {
    await showErrorMessage(trans.__('%1 can not be run', name), (error as Error).message);
    return false;
  }
}

function unsaved(
  panel: NotebookPanel | undefined,
  trans: TranslationBundle
): { text: string; detail: string; fixLabel: string; fix: () => Promise<void> }[] {
  return panel?.model?.dirty
    ? [
        {
          text: trans.__('The notebook has unsaved changes'),
          detail: trans.__('The run takes what you see, not the file on disk.'),
          fixLabel: trans.__('Save'),
          fix: () => panel.context.save()
        }
      ]
    : [];
}

/** Ids of the code cells that are selected in the current notebook. */
function chosen(notebooks: INotebookTracker): string[] {
  return (notebooks.currentWidget?.content.selectedCells ?? [])
    .filter(({ model }) => model.type === 'code')
    .map(({ model }) => model.sharedModel.getId());
}

async function runCells(places: Places): Promise<void> {
  const { app, client, form, notebooks, trans } = places;
  const panel = notebooks.currentWidget;
  const cells = chosen(notebooks);
  if (!panel?.model || !cells.length) {
    return;
  }
  if (cells.length === 1 && REGISTERS.test(source(notebooks))) {
    await runFunctionOfCell(places, notebooks.activeCell?.model);
    return;
  }
  const { model } = panel;
  const path = app.serviceManager.contents.localPath(panel.context.path);
  const title = trans._n('Run %1 cell as job', 'Run %1 cells as job', cells.length);
  try {
    await form.open(title, {
      project: await client.defaultProject(),
      pageChecks: () => unsaved(panel, trans),
      prefill: prefillOf(panel.content.activeCell?.model.getMetadata('dh')),
      subject: {
        notebook: async () => ({ path, content: withoutOutputs(model.toJSON()), cells })
      }
    });
  } catch (error) {
    await showErrorMessage(title, (error as Error).message);
  }
}

function source(notebooks: INotebookTracker): string {
  return notebooks.activeCell?.model.sharedModel.getSource() ?? '';
}

/** The function that a cell has registered; a cell that was not executed yet has none. */
async function runFunctionOfCell(
  { client, form, trans }: Places,
  model: ICellModel | undefined
): Promise<void> {
  const { outputs } = (model?.toJSON() ?? {}) as { outputs?: unknown };
  const target = registeredIn(outputs);
  if (!model || !target) {
    await showErrorMessage(
      trans.__('This cell has registered no function yet'),
      trans.__('Execute the cell, and do it again.')
    );
    return;
  }
  try {
    const { project, id } = target;
    const { key, name } = await client.entity(project, 'function', id);
    await form.open(trans.__('Run %1', name), {
      project,
      subject: { function: key },
      prefill: prefillOf(model.getMetadata('dh'))
    });
  } catch (error) {
    await showErrorMessage(trans.__('It can not be run'), (error as Error).message);
  }
}
