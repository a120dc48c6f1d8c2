import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { addCommands, CommandIDs } from '../commands';
import { panelIcon } from '../icons';
import { codeFor, typeOf } from '../models/rows';
import { FILTERS, PanelModel } from '../models/panel';
import { NotebookRuns } from '../notebookRuns';
import { IClient, IEntityEvents } from '../tokens';
import { Panel, PANEL_ID } from '../widgets/panel';
import { meant, ROW } from '../widgets/pointed';

const STATE = 'dh-jupyter:panel';

export const panel: JupyterFrontEndPlugin<void> = {
  id: 'dh-jupyter:panel',
  description: 'Shows runs, functions, data and models in the side bar.',
  autoStart: true,
  requires: [IClient, IEntityEvents],
  optional: [ITranslator, ILayoutRestorer, IStateDB, INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    client: IClient,
    events: IEntityEvents,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    stateDB: IStateDB | null,
    notebooks: INotebookTracker | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('dh_jupyter');
    const { commands } = app;
    const notebook = notebooks ? { notebook: new NotebookRuns(notebooks) } : {};
    const model = new PanelModel({ client, events, ...notebook });
    const widget = new Panel({
      model,
      trans,
      translator,
      dragged: codeFor,
      onBegin: () => void commands.execute(CommandIDs.insertFirstCells),
      onCompare: (project, ids) =>
        void commands.execute(CommandIDs.compareRuns, { project, ids: [...ids] }),
      onOpen: (entity, isForCode) => {
        const command = isForCode ? CommandIDs.insertCode : CommandIDs.open;
        const { project, id } = entity;
        void commands.execute(command, { project, type: typeOf(entity), id });
      }
    });
    addCommands(commands, { client, trans, notebooks, meant: args => meant(app, args) });
    commands.addCommand(CommandIDs.openPanel, {
      label: args =>
        args.launcher === true ? trans.__('Runs') : trans.__('Show Runs, Data and Models'),
      caption: trans.__('What runs, and the functions, data and models of the project'),
      icon: args => (args.launcher === true ? panelIcon : undefined),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            filter: { type: 'string', enum: FILTERS, description: 'Show only these runs' },
            launcher: { type: 'boolean', description: 'Whether the launcher shows the command' }
          }
        }
      },
      execute: args => {
        const filter = FILTERS.find(each => each === args.filter);
        if (filter) {
          model.only([filter]);
        }
        app.shell.activateById(PANEL_ID);
        widget.focusSearch();
      }
    });
    addMenu(app);
    app.shell.add(widget, 'left', { rank: 450 });
    restorer?.add(widget, PANEL_ID);
    if (stateDB) {
      remember(widget, stateDB, app.restored);
    }
  }
};

function addMenu(app: JupyterFrontEnd): void {
  const all = [CommandIDs.open, CommandIDs.insertCode, CommandIDs.copyReference];
  all.forEach((command, rank) => app.contextMenu.addItem({ command, selector: `.${ROW}`, rank }));
  [CommandIDs.stopRun, CommandIDs.retryRun].forEach((command, rank) =>
    app.contextMenu.addItem({ command, selector: `.${ROW}[data-type="run"]`, rank: 10 + rank })
  );
  // Lab's menus leave the focus nowhere: whoever opened one from a row goes on there, after a dialog too.
  app.contextMenu.menu.aboutToClose.connect(() =>
    app.contextMenuHitTest(node => node.classList.contains(ROW))?.focus({ preventScroll: true })
  );
}

/** Filters and open sections come back with the workspace. */
function remember(widget: Panel, stateDB: IStateDB, restored: Promise<void>): void {
  const save = (): void => {
    void stateDB.save(STATE, { ...widget.model.state, open: widget.open });
  };
  void Promise.all([stateDB.fetch(STATE), restored]).then(([state]) => {
    const { open } = (state ?? {}) as { open?: unknown };
    widget.model.restore(state);
    if (Array.isArray(open)) {
      widget.open = open.map(Boolean);
    }
    widget.model.filtersChanged.connect(save);
    widget.openChanged.connect(save);
  });
}
