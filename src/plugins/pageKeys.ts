import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs, NO_ARGUMENTS } from '../commands';
import { movePart, partsOf, showPart, versionPicker } from '../widgets/pageTabs';

/** What can be done on some pages: whether on this one, and how. */
interface PageAction {
  readonly command: string;
  readonly label: string;
  readonly isFor: (page: HTMLElement) => boolean;
  readonly go: (page: HTMLElement) => void;
}

export const pageKeys: JupyterFrontEndPlugin<void> = {
  id: 'dh-jupyter:page-keys',
  description: 'Goes through the parts of the page in view, by keys and by the palette.',
  autoStart: true,
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null): void => {
    const trans = (translator ?? nullTranslator).load('dh_jupyter');
    const page = (): HTMLElement | null =>
      app.shell.currentWidget?.node.querySelector<HTMLElement>('.jp-Dh-page') ?? null;
    const part = (command: string, label: string, name: string): PageAction => ({
      command,
      label,
      isFor: each => partsOf(each).includes(name),
      go: each => showPart(each, name)
    });
    const move = (command: string, label: string, by: number): PageAction => ({
      command,
      label,
      isFor: each => partsOf(each).length > 1,
      go: each => movePart(each, by)
    });
    const actions = [
      part(CommandIDs.showLog, trans.__('Show the Log of This Run'), 'logs'),
      part(CommandIDs.showLineage, trans.__('Show the Lineage of This Page'), 'lineage'),
      part(CommandIDs.showVersions, trans.__('Show the Versions of This Page'), 'versions'),
      move(CommandIDs.nextPart, trans.__('Next Part of the Page'), 1),
      move(CommandIDs.previousPart, trans.__('Previous Part of the Page'), -1),
      {
        command: CommandIDs.chooseVersion,
        label: trans.__('Choose Another Version of This Page'),
        isFor: (each: HTMLElement) => versionPicker(each) !== null,
        go: (each: HTMLElement) => versionPicker(each)?.focus()
      }
    ];
    for (const { command, label, isFor, go } of actions) {
      const shown = (): HTMLElement | null => {
        const found = page();
        return found && isFor(found) ? found : null;
      };
      app.commands.addCommand(command, {
        label,
        describedBy: NO_ARGUMENTS,
        isEnabled: () => shown() !== null,
        execute: () => {
          const found = shown();
          if (found) {
            go(found);
          }
        }
      });
    }
  }
};
