import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification, showErrorMessage } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandIDs, describedBy } from '../commands';
import { jobIcon } from '../icons';
import { LaunchModel } from '../models/launch';
import type { Subject } from '../models/launchable';
import { titleOf } from '../models/rows';
import type { Target } from '../models/target';
import { IClient, ILaunchForm } from '../tokens';
import { LaunchDialog } from '../widgets/launchDialog';
import { meant, ROW } from '../widgets/pointed';

/** Of a sweep, until somebody types something else. */
const FIRST = { trials: '20', workers: '2', sampler: 'tpe' };

export const launch: JupyterFrontEndPlugin<ILaunchForm> = {
  id: 'dh-jupyter:launch',
  description: 'Asks what to run and how, and launches functions and runs of the catalogue.',
  autoStart: true,
  requires: [IClient],
  optional: [ITranslator],
  provides: ILaunchForm,
  activate: (
    app: JupyterFrontEnd,
    client: IClient,
    translator: ITranslator | null
  ): ILaunchForm => {
    const trans = (translator ?? nullTranslator).load('dh_jupyter');
    const { commands } = app;
    const form: ILaunchForm = {
      open: async (title, what) => {
        const model = new LaunchModel({ ...what, client });
        const dialog = new LaunchDialog({ model, trans, title });
        void model.refresh();
        void model.loadProfiles();
        void model.loadSecrets();
        void model.loadGoals();
        const { value: run } = await dialog.launch();
        if (run) {
          Notification.info(trans.__('%1 was started.', titleOf(run)), {
            autoClose: 5000,
            actions: [
              {
                label: trans.__('Show runs'),
                callback: () => void commands.execute(CommandIDs.openPanel)
              }
            ]
          });
        }
        return run;
      }
    };
    const add = (
      command: string,
      type: string,
      label: string,
      subject: (reference: string) => Subject,
      title: (name: string) => string,
      sweep?: Readonly<Record<string, string>>
    ): void => {
      const wanted = (args: ReadonlyPartialJSONObject): Target | null => {
        const target = meant(app, args);
        return target?.type === type ? target : null;
      };
      commands.addCommand(command, {
        label,
        icon: jobIcon,
        describedBy,
        isEnabled: args => wanted(args) !== null,
        execute: async args => {
          const target = wanted(args);
          if (!target) {
            return;
          }
          try {
            const { project, id } = target;
            const entity = await client.entity(project, type, id);
            const what = { project, subject: subject(entity.key), ...(sweep ? { sweep } : {}) };
            await form.open(title(titleOf(entity)), what);
          } catch (error) {
            await showErrorMessage(label, (error as Error).message);
          }
        }
      });
      app.contextMenu.addItem({
        command,
        selector: `.${ROW}[data-type="${type}"]`,
        rank: type === 'run' ? 12 : 2
      });
    };
    add(
      CommandIDs.runFunction,
      'function',
      trans.__('Run…'),
      reference => ({ function: reference }),
      name => trans.__('Run %1', name)
    );
    add(
      CommandIDs.runAgainWith,
      'run',
      trans.__('Run Again with…'),
      reference => ({ run: reference }),
      name => trans.__('Run %1 again with…', name)
    );
    add(
      CommandIDs.sweepFunction,
      'function',
      trans.__('Sweep…'),
      reference => ({ function: reference }),
      name => trans.__('Sweep %1', name),
      FIRST
    );
    return form;
  }
};
