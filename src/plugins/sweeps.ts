import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { InputDialog, showErrorMessage } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { Entity, RunStatus } from '../_contract';
import { CommandIDs, describedBy } from '../commands';
import { targetOfKey } from '../models/link';
import { titleOf } from '../models/rows';
import { isOver, phaseOf } from '../models/states';
import { continued } from '../models/sweep';
import type { Target } from '../models/target';
import { namedBy } from '../models/text';
import { IClient } from '../tokens';
import { meant } from '../widgets/pointed';

const MORE = 20;

export const sweeps: JupyterFrontEndPlugin<void> = {
  id: 'dh-jupyter:sweeps',
  description: 'Extends sweeps, and publishes what was found by them.',
  autoStart: true,
  requires: [IClient],
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, client: IClient, translator: ITranslator | null): void => {
    const trans = (translator ?? nullTranslator).load('dh_jupyter');
    const add = (id: string, label: string, execute: (target: Target) => Promise<void>): void => {
      app.commands.addCommand(id, {
        label,
        describedBy,
        isEnabled: args => meant(app, args)?.type === 'run',
        execute: async args => {
          const target = meant(app, args);
          try {
            await (target ? execute(target) : Promise.resolve());
          } catch (error) {
            const { message, hint } = error as { message?: string; hint?: string };
            await showErrorMessage(label, [message, hint].filter(Boolean).join(' '));
          }
        }
      });
    };
    add(CommandIDs.extendSweep, trans.__('More Trials…'), async ({ project, id }) => {
      const { value, button } = await InputDialog.getNumber({
        title: trans.__('How many more trials?'),
        value: MORE,
        okLabel: trans.__('Go on')
      });
      if (button.accept && value) {
        const run = await client.run(project, id);
        if (!isOver(phaseOf(String(run.status.state)))) {
          await client.changeSweep(project, id, 'extend', { trials: value });
          return;
        }
        const next = await client.createRun(project, continued(run, value));
        await app.commands.execute(CommandIDs.open, { project, type: 'run', id: next.id });
      }
    });
    add(CommandIDs.publishBest, trans.__('Publish Model of Run…'), async target => {
      const run = await client.run(target.project, target.id);
      const model = modelOf(run, trans);
      await app.commands.execute(CommandIDs.publishModel, { ...model });
    });
  }
};

/** The one model that a run made. Throws, with what to do, if there is none or there are several. */
function modelOf(run: Entity, trans: TranslationBundle): Target {
  const outputs = (run.status as Partial<RunStatus>).outputs ?? {};
  const models = Object.values(outputs).filter(key => namedBy(key).entity === 'model');
  const target = models[0] ? targetOfKey(models[0]) : null;
  if (!target) {
    throw new Error(
      trans.__(
        '%1 returned no model. Return it from the function, beside the number that is optimised; or run it again with these values.',
        titleOf(run)
      )
    );
  }
  if (models.length > 1) {
    throw new Error(
      trans.__('%1 returned several models. Publish one of them from its page.', titleOf(run))
    );
  }
  return target;
}
