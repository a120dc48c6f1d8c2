import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commands';
import { targetOfKey } from '../models/link';
import { IClient, IEntityEvents, IRunsInView } from '../tokens';
import { functionRendererFactory } from '../widgets/functionOutput';
import { runRendererFactory } from '../widgets/runOutput';

export const renderer: JupyterFrontEndPlugin<void> = {
  id: 'dh-jupyter:renderer',
  description: 'Draws runs and registered functions in the outputs of cells.',
  autoStart: true,
  requires: [IRenderMimeRegistry, IClient],
  optional: [ITranslator, IEntityEvents, IRunsInView],
  activate: (
    app: JupyterFrontEnd,
    rendermime: IRenderMimeRegistry,
    client: IClient,
    translator: ITranslator | null,
    events: IEntityEvents | null,
    inView: IRunsInView | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('dh_jupyter');
    const about = (command: string) => (key: string) => {
      const target = targetOfKey(key);
      if (target) {
        void app.commands.execute(command, { ...target });
      }
    };
    rendermime.addFactory(
      functionRendererFactory({
        trans,
        onOpen: address =>
          void app.commands.execute(CommandIDs.open, { ...address, type: 'function' })
      })
    );
    rendermime.addFactory(
      runRendererFactory({
        client,
        trans,
        events: events ?? undefined,
        inView: inView ?? undefined,
        onOpen: about(CommandIDs.open),
        onPublish: about(CommandIDs.publishModel),
        onCommand: (command, address, more) => {
          void app.commands.execute(command, { ...more, ...address, type: 'run' });
        },
        onAgain: address => {
          void app.commands.execute(CommandIDs.runAgainWith, { ...address, type: 'run' });
        },
        onCure: address => {
          void app.commands.execute(CommandIDs.cureRun, { ...address, type: 'run' });
        }
      })
    );
  }
};
