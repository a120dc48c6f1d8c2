import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandIDs } from '../commands';
import { type Shown, shownId, shownOf, TOOLS } from '../models/tools';
import { IClient } from '../tokens';
import type { ToolFrame } from '../widgets/toolTab';
import { Shelf } from './shelf';

const NAMESPACE = 'dh-jupyter-tools';

export const tools: JupyterFrontEndPlugin<void> = {
  id: 'dh-jupyter:tools',
  description: "Opens MLflow's pages and Optuna's dashboard in tabs.",
  autoStart: true,
  requires: [IClient],
  optional: [ITranslator, ILabShell, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    client: IClient,
    translator: ITranslator | null,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('dh_jupyter');
    const shelf = new Shelf<ToolFrame>(app.shell, labShell, NAMESPACE);
    const show = async (shown: Shown): Promise<void> => {
      const { tool, project, run } = shown;
      const open = () => client.openTool(project, tool.name, run);
      const onExternal = (url: string): void => void window.open(url, '_blank', 'noopener');
      await shelf.put(
        shownId(shown),
        async () => (await open()).url,
        async () => {
          const { toolTab } = await import('../widgets/toolTab');
          return toolTab({ shown, open, onExternal, trans });
        }
      );
    };
    app.commands.addCommand(CommandIDs.openTool, {
      label: args => {
        const tool = TOOLS.find(({ name }) => name === args.tool);
        return tool ? trans.__('Open %1', tool.brand) : trans.__('Open a Web Tool');
      },
      describedBy: {
        args: {
          type: 'object',
          required: ['tool'],
          properties: {
            tool: { type: 'string', enum: TOOLS.map(({ name }) => name), description: 'Which' },
            project: { type: 'string', description: 'The project; the default one without it' },
            run: { type: 'string', description: 'Id of a run that it is to show' }
          }
        }
      },
      execute: async args => {
        const project = args.project ?? (await client.defaultProject());
        const shown = shownOf({ ...args, project });
        if (shown) {
          await show(shown);
        }
      }
    });
    for (const { name } of TOOLS) {
      const args = { tool: name };
      palette?.addItem({ command: CommandIDs.openTool, args, category: trans.__('DigitalHub') });
    }
    void restorer?.restore(shelf.tracker, {
      command: CommandIDs.openTool,
      args: ({ content: { shown } }): ReadonlyPartialJSONObject => ({
        tool: shown.tool.name,
        project: shown.project,
        run: shown.run
      }),
      name: ({ content }) => content.id
    });
  }
};
