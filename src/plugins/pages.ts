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
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandIDs, describedBy, NO_ARGUMENTS } from '../commands';
import { type Link, linkOf, searchOf, withoutLink } from '../models/link';
import { referenceOf, typeOf } from '../models/rows';
import { pageId, type Target, wordOf } from '../models/target';
import { IClient, IEntityEvents } from '../tokens';
import type { CellLine } from '../widgets/failure';
import type { Page } from '../widgets/page';
import { meant } from '../widgets/pointed';
import { Shelf } from './shelf';

const NAMESPACE = 'dh-jupyter-pages';

export const pages: JupyterFrontEndPlugin<void> = {
  id: 'dh-jupyter:pages',
  description:
    'Opens runs, functions, workflows, datasets, models and artifacts in tabs, and by links.',
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
    const shelf = new Shelf<Page>(shell, labShell, NAMESPACE);
    const argsOf = ({ project, type, id }: Target): ReadonlyPartialJSONObject => ({
      project,
      type,
      id
    });
    const open = (target: Target): void => void commands.execute(CommandIDs.open, argsOf(target));

    const addressOf = (link: Link): string =>
      URLExt.join(app.serviceManager.serverSettings.baseUrl, 'lab') + searchOf(link);

    /** The one tab of a thing; the code of pages is loaded with the first. */
    const show = async (target: Target, label = '', sign = ''): Promise<void> => {
      const actions = {
        open,
        act: (command: string, other?: Target, more?: CellLine) =>
          void commands.execute(command, { ...more, ...argsOf(other ?? target) }),
        compare: (project: string, ids: readonly string[]) =>
          void commands.execute(CommandIDs.compareRuns, { project, ids: [...ids] }),
        openTool: (tool: string) =>
          void commands.execute(CommandIDs.openTool, {
            tool,
            project: target.project,
            run: target.id
          }),
        download: (sub: string) => void save(client, target, sub).catch(report)
      };
      await shelf.show(
        pageId(target),
        () => addressOf({ project: target.project, reference: wordOf(target) }),
        async () => {
          const { pageOf } = await import('../widgets/page');
          return pageOf({ client, events, target, label, sign, actions, trans });
        }
      );
    };
    const report = (error: unknown): Promise<void> =>
      showErrorMessage(trans.__('DigitalHub'), (error as Error).message);

    commands.addCommand(CommandIDs.open, {
      label: trans.__('Open'),
      describedBy,
      execute: async args => {
        const target = meant(app, args);
        if (target) {
          const [label, sign] = [args.label, args.sign].map(each =>
            typeof each === 'string' ? each : ''
          );
          await show(target, label, sign);
        }
      }
    });
    commands.addCommand(CommandIDs.copyLink, {
      label: trans.__('Copy Link'),
      describedBy,
      isEnabled: args => meant(app, args) !== null,
      execute: async args => {
        const target = meant(app, args);
        if (target) {
          const entity = await client.entity(target.project, target.type, target.id);
          const link = { project: target.project, reference: referenceOf(entity) };
          Clipboard.copyToSystem(addressOf(link));
        }
      }
    });
    commands.addCommand(CommandIDs.openLink, {
      label: trans.__('Open the Thing That the Address Names'),
      describedBy: NO_ARGUMENTS,
      execute: async () => {
        const { path = '', search = '' } = router?.current ?? {};
        const link = linkOf(search);
        if (!link) {
          return;
        }
        router?.navigate(path + withoutLink(search), { skipRouting: true });
        try {
          const entity = await client.resolve(link.project, link.reference);
          await show({ project: entity.project, type: typeOf(entity), id: entity.id });
        } catch (error) {
          await report(error);
        }
      }
    });
    // Opening asks and shows; a link can start nothing.
    router?.register({ command: CommandIDs.openLink, pattern: /[?&]dh=/ });
    void restorer?.restore(shelf.tracker, {
      command: CommandIDs.open,
      // Of a tab that nobody looks at after a restart nothing is asked: it has the name and the sign that it had.
      args: ({ content }) => ({
        ...argsOf(content.options.target),
        label: content.title.label,
        sign: content.sign
      }),
      name: ({ content }) => content.id
    });
  }
};

/** A file of a thing, or a run's log, into the browser's downloads. */
async function save(client: IClient, target: Target, sub: string): Promise<void> {
  const { blob, name } = await client.download(target.project, target.type, target.id, sub);
  const address = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  URL.revokeObjectURL(address);
}
