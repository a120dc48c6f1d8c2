import {
  ILabShell,
  ILayoutRestorer,
  IRouter,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Clipboard, showErrorMessage } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs, NO_ARGUMENTS } from '../commands';
import { type Comparison, comparisonOf } from '../models/compare';
import type { Target } from '../models/target';
import { comparedOf, comparedSearch, withoutCompared } from '../models/link';
import { IClient, IEntityEvents } from '../tokens';
import type { ComparePage } from '../widgets/comparePage';
import { pointedRuns } from '../widgets/pointed';
import { Shelf } from './shelf';

const NAMESPACE = 'dh-jupyter-compare';

export const compare: JupyterFrontEndPlugin<void> = {
  id: 'dh-jupyter:compare',
  description: 'Puts runs beside each other in tabs, and by links.',
  autoStart: true,
  requires: [IClient, IEntityEvents],
  optional: [ITranslator, ILabShell, ILayoutRestorer, IRouter],
  activate: (
    app: JupyterFrontEnd,
    client: IClient,
    events: IEntityEvents,
    translator: ITranslator | null,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    router: IRouter | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('dh_jupyter');
    const { commands, shell } = app;
    const shelf = new Shelf<ComparePage>(shell, labShell, NAMESPACE);
    const show = async (comparison: Comparison): Promise<void> => {
      const { compareId, ComparePage: View } = await import('../widgets/comparePage');
      const { project } = comparison;
      const addressOf = (references: readonly string[]): string =>
        URLExt.join(app.serviceManager.serverSettings.baseUrl, 'lab') +
        comparedSearch({ project, references });
      const actions = {
        open: (target: Target) => void commands.execute(CommandIDs.open, { ...target })
      };
      const onCopyLink = (references: readonly string[]): void =>
        Clipboard.copyToSystem(addressOf(references));
      await shelf.show(
        compareId(comparison),
        () => addressOf(comparison.ids.map(id => `run/${id}`)),
        () => new View({ client, events, comparison, trans, actions, onCopyLink })
      );
    };
    commands.addCommand(CommandIDs.compareRuns, {
      label: trans.__('Compare Runs'),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            project: { type: 'string', description: 'The project' },
            ids: {
              type: 'array',
              items: { type: 'string' },
              description: 'Ids of two to eight runs'
            }
          }
        }
      },
      isEnabled: args => (comparisonOf(args) ?? comparisonOf(pointedRuns(app))) !== null,
      execute: async args => {
        const comparison = comparisonOf(args) ?? comparisonOf(pointedRuns(app));
        if (comparison) {
          await show(comparison);
        }
      }
    });
    commands.addCommand(CommandIDs.openCompared, {
      label: trans.__('Compare the Runs That the Address Names'),
      describedBy: NO_ARGUMENTS,
      execute: async () => {
        const { path = '', search = '' } = router?.current ?? {};
        const link = comparedOf(search);
        if (!link) {
          return;
        }
        router?.navigate(path + withoutCompared(search), { skipRouting: true });
        try {
          const { project, references } = link;
          const runs = await Promise.all(references.map(each => client.resolve(project, each)));
          await show({ project, ids: runs.map(({ id }) => id) });
        } catch (error) {
          await showErrorMessage(trans.__('DigitalHub'), (error as Error).message);
        }
      }
    });
    app.contextMenu.addItem({
      command: CommandIDs.compareRuns,
      selector: '.jp-Dh-item[data-type="run"]',
      rank: 3
    });
    // Looking asks and shows; a link can start nothing.
    router?.register({ command: CommandIDs.openCompared, pattern: /[?&]dh-compare=/ });
    void restorer?.restore(shelf.tracker, {
      command: CommandIDs.compareRuns,
      args: ({ content }) => {
        const { project, ids } = content.options.comparison;
        return { project, ids: [...ids] };
      },
      name: ({ content }) => content.id
    });
  }
};
