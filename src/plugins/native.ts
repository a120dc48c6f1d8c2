import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { showErrorMessage } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { IRunningSessionManagers } from '@jupyterlab/running';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs, textOf } from '../commands';
import { stateIcons } from '../icons';
import { ActiveRuns } from '../models/activeRuns';
import { phaseOfRun, titleOf } from '../models/rows';
import { IClient, IEntityEvents } from '../tokens';
import { phaseWord, runWords } from '../widgets/words';

export const native: JupyterFrontEndPlugin<void> = {
  id: 'dh-jupyter:native',
  description: "Shows active runs in Lab's Running panel, and a card in its launcher.",
  autoStart: true,
  requires: [IClient, IEntityEvents],
  optional: [ITranslator, IRunningSessionManagers, ILauncher],
  activate: (
    app: JupyterFrontEnd,
    client: IClient,
    events: IEntityEvents,
    translator: ITranslator | null,
    managers: IRunningSessionManagers | null,
    launcher: ILauncher | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('dh_jupyter');
    const { commands } = app;
    launcher?.add({
      command: CommandIDs.openPanel,
      args: { launcher: true },
      category: trans.__('Other'),
      rank: 10
    });
    if (!managers) {
      return;
    }
    const model = new ActiveRuns({ client, events });
    managers.add({
      name: trans.__('Runs'),
      runningChanged: model.changed,
      refreshRunning: () => void model.refreshAll(),
      shutdownLabel: trans.__('Stop…'),
      shutdownAllLabel: trans.__('Stop All'),
      shutdownAllConfirmationText: () =>
        trans.__('These runs will be stopped: %1', model.runs.map(titleOf).join(', ')),
      // Lab has asked before it calls this.
      shutdownAll: () =>
        void model
          .stopAll()
          .catch(error => showErrorMessage(trans.__('A run can not be stopped'), textOf(error))),
      running: () =>
        model.runs.map(run => {
          const target = { project: run.project, type: 'run', id: run.id };
          const phase = phaseOfRun(run);
          return {
            open: () => void commands.execute(CommandIDs.open, target),
            shutdown: () => void commands.execute(CommandIDs.stopRun, target),
            icon: () => stateIcons[phase],
            label: () => titleOf(run),
            labelTitle: () =>
              [phaseWord(phase, trans), runWords(run, trans)].filter(Boolean).join(' · '),
            detail: () => phaseWord(phase, trans)
          };
        })
    });
    void app.restored.then(() => model.refresh());
  }
};
