import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification, showErrorMessage } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Entity } from '../_contract';
import { CommandIDs, describedBy, textOf } from '../commands';
import { referenceOf } from '../models/rows';
import type { Target } from '../models/target';
import { IClient } from '../tokens';
import type { PublishAsked } from '../widgets/publishDialog';
import { meant } from '../widgets/pointed';

export const publish: JupyterFrontEndPlugin<void> = {
  id: 'dh-jupyter:publish',
  description: 'Publishes models: a name, an alias, and who, when and why.',
  autoStart: true,
  requires: [IClient],
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, client: IClient, translator: ITranslator | null): void => {
    const trans = (translator ?? nullTranslator).load('dh_jupyter');
    const { commands } = app;
    const wanted = (args: ReadonlyPartialJSONObject): Target | null => {
      const target = meant(app, args);
      return target?.type === 'model' ? target : null;
    };
    commands.addCommand(CommandIDs.publishModel, {
      label: trans.__('Publish…'),
      describedBy,
      isEnabled: args => wanted(args) !== null,
      execute: async args => {
        const target = wanted(args);
        if (!target) {
          return;
        }
        try {
          const model = await client.entity(target.project, 'model', target.id);
          const published = await askUntilDone(client, model, trans);
          if (published) {
            const { project, id } = published;
            Notification.success(trans.__('%1 is published.', referenceOf(published)), {
              autoClose: 5000,
              actions: [
                {
                  label: trans.__('Open'),
                  callback: () =>
                    void commands.execute(CommandIDs.open, { project, type: 'model', id })
                }
              ]
            });
          }
        } catch (error) {
          await showErrorMessage(trans.__('It can not be published'), textOf(error));
        }
      }
    });
    app.contextMenu.addItem({
      command: CommandIDs.publishModel,
      selector: '.jp-Dh-item[data-type="model"]',
      rank: 2
    });
  }
};

/** The published version, or null if the person left. What is refused is asked again, with the reason. */
async function askUntilDone(
  client: IClient,
  model: Entity,
  trans: TranslationBundle
): Promise<Entity | null> {
  const { askPublish } = await import('../widgets/publishDialog');
  const title = trans.__('Publish %1', referenceOf(model));
  let asked: PublishAsked | null = { name: model.name, alias: '', note: '', force: false };
  let problem = '';
  for (;;) {
    asked = await askPublish(title, asked, problem, trans);
    if (!asked) {
      return null;
    }
    try {
      return await client.publish(model.project, model.id, asked);
    } catch (error) {
      problem = textOf(error);
    }
  }
}
