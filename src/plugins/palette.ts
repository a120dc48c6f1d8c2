import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commands';

/** About the notebook in view, its cells, or nothing that is in view. */
export const GENERAL = [
  CommandIDs.openPanel,
  CommandIDs.insertFirstCells,
  CommandIDs.runNotebook,
  CommandIDs.runCells,
  CommandIDs.registerCell,
  CommandIDs.runCellFunction,
  CommandIDs.nextPart,
  CommandIDs.previousPart,
  CommandIDs.showLog,
  CommandIDs.showLineage,
  CommandIDs.showVersions,
  CommandIDs.chooseVersion
];

/** About the thing whose page is in view. */
export const OF_A_PAGE = [
  CommandIDs.runFunction,
  CommandIDs.sweepFunction,
  CommandIDs.runAgainWith,
  CommandIDs.retryRun,
  CommandIDs.cureRun,
  CommandIDs.stopRun,
  CommandIDs.extendSweep,
  CommandIDs.publishModel,
  CommandIDs.publishBest,
  CommandIDs.goToCell,
  CommandIDs.insertCode,
  CommandIDs.copyReference,
  CommandIDs.copyLink
];

export const palette: JupyterFrontEndPlugin<void> = {
  id: 'dh-jupyter:palette',
  description: 'Offers in the command palette what can be done without the mouse.',
  autoStart: true,
  requires: [ICommandPalette],
  optional: [ITranslator],
  activate: (
    _: JupyterFrontEnd,
    commands: ICommandPalette,
    translator: ITranslator | null
  ): void => {
    const category = (translator ?? nullTranslator).load('dh_jupyter').__('DigitalHub');
    GENERAL.forEach((command, rank) => commands.addItem({ command, category, rank }));
    OF_A_PAGE.forEach((command, rank) =>
      commands.addItem({ command, category, rank: GENERAL.length + rank, args: { page: true } })
    );
  }
};
