import {
  Clipboard,
  Dialog,
  Notification,
  showDialog,
  showErrorMessage
} from '@jupyterlab/apputils';
import { type INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Entity, RunStatus } from './_contract';
import { codeFor, referenceOf, titleOf } from './models/rows';
import { type Target, TYPES } from './models/target';
import type { IClient } from './tokens';
import { changeWords } from './widgets/words';

export namespace CommandIDs {
  export const open = 'dh:open';
  export const openLink = 'dh:open-link';
  export const copyLink = 'dh:copy-link';
  export const compareRuns = 'dh:compare-runs';
  export const openCompared = 'dh:open-compared';
  export const openPanel = 'dh:open-panel';
  export const insertFirstCells = 'dh:insert-first-cells';
  export const insertCode = 'dh:insert-code';
  export const copyReference = 'dh:copy-reference';
  export const stopRun = 'dh:stop-run';
  export const goToCell = 'dh:go-to-cell';
  export const retryRun = 'dh:retry-run';
  export const cureRun = 'dh:cure-run';
  export const openTool = 'dh:open-tool';
  export const extendSweep = 'dh:extend-sweep';
  export const publishBest = 'dh:publish-best';
  export const publishModel = 'dh:publish-model';
  export const runFunction = 'dh:run-function';
  export const sweepFunction = 'dh:sweep-function';
  export const runAgainWith = 'dh:run-again-with';
  export const runNotebook = 'dh:run-notebook';
  export const runCells = 'dh:run-cells';
  export const runCellFunction = 'dh:run-cell-function';
  export const registerCell = 'dh:register-cell';
  export const nextPart = 'dh:next-part';
  export const previousPart = 'dh:previous-part';
  export const showLog = 'dh:show-log';
  export const showLineage = 'dh:show-lineage';
  export const showVersions = 'dh:show-versions';
  export const chooseVersion = 'dh:choose-version';
}

export const describedBy = {
  args: {
    type: 'object',
    properties: {
      project: { type: 'string', description: 'The project' },
      type: { type: 'string', enum: TYPES, description: 'What it is, in the words of the API' },
      id: { type: 'string', description: 'Its id' },
      page: { type: 'boolean', description: 'In place of the three: what the page in view shows' }
    }
  }
};

export const NO_ARGUMENTS = { args: { type: 'object', properties: {} } };

/** The commands that work on one entity, or on the notebook in view. */
export function addCommands(commands: CommandRegistry, options: CommandOptions): void {
  const { client, trans } = options;
  /** `label` is what the palette shows; where no target is given, the command is not offered. */
  const add = (
    id: string,
    label: string,
    isFor: (target: Target) => boolean,
    execute: (entity: Entity, target: Target) => Promise<void>
  ): void => {
    commands.addCommand(id, {
      label,
      describedBy,
      isEnabled: args => {
        const target = options.meant(args);
        return target !== null && isFor(target);
      },
      execute: async args => {
        const target = options.meant(args);
        if (!target) {
          return;
        }
        try {
          await execute(await client.entity(target.project, target.type, target.id), target);
        } catch (error) {
          await showErrorMessage(label, textOf(error));
        }
      }
    });
  };
  const isRun = ({ type }: Target): boolean => type === 'run';

  add(
    CommandIDs.insertCode,
    trans.__('Insert into Notebook'),
    () => true,
    entity => insertCells(options, [codeFor(entity)])
  );
  add(
    CommandIDs.copyReference,
    trans.__('Copy Reference'),
    () => true,
    async entity => Clipboard.copyToSystem(referenceOf(entity))
  );
  add(CommandIDs.stopRun, trans.__('Stop Run…'), isRun, async (run, { project, id }) => {
    if (await asked(trans.__('Stop %1?', titleOf(run)), trans.__('Stop'), options, true)) {
      await client.stop(project, id);
    }
  });
  add(CommandIDs.retryRun, trans.__('Run Again…'), isRun, async (run, { project, id }) => {
    if (await asked(trans.__('Run %1 again?', titleOf(run)), trans.__('Run'), options)) {
      started(await client.retry(project, id), commands, trans);
    }
  });
  add(CommandIDs.cureRun, trans.__('Run Again as Its Diagnosis Says…'), isRun, async (run, at) => {
    const retry = (run.status as Partial<RunStatus>).diagnosis?.retry;
    if (!retry) {
      await showErrorMessage(titleOf(run), trans.__('Nothing is known that would help it.'));
      return;
    }
    const what = changeWords(retry, trans).join(', ');
    const title = trans.__('Run %1 again with %2?', titleOf(run), what);
    if (await asked(title, trans.__('Run'), options)) {
      started(await client.retry(at.project, at.id, retry), commands, trans);
    }
  });
  commands.addCommand(CommandIDs.insertFirstCells, {
    label: trans.__('Insert First Cells'),
    describedBy: NO_ARGUMENTS,
    execute: () => insertCells(options, FIRST_CELLS)
  });
}

export interface CommandOptions {
  readonly client: IClient;
  readonly trans: TranslationBundle;
  readonly notebooks: INotebookTracker | null;
  /** The entity that arguments mean, if it is one. */
  readonly meant: (args: ReadonlyPartialJSONObject) => Target | null;
}

const FIRST_CELLS = [
  '%load_ext dh_kernel',
  '%%dh function greet\ndef greet(name: str = "world"):\n    print(f"Hello, {name}!")\n    return {"letters": len(name)}',
  '%dh run greet name="DigitalHub"'
];

function started(run: Entity, commands: CommandRegistry, trans: TranslationBundle): void {
  const callback = (): void =>
    void commands.execute(CommandIDs.open, { project: run.project, type: 'run', id: run.id });
  Notification.info(trans.__('%1 was started.', titleOf(run)), {
    autoClose: 5000,
    actions: [{ label: trans.__('Open'), callback }]
  });
}

async function asked(
  title: string,
  label: string,
  { trans }: CommandOptions,
  isWarning = false
): Promise<boolean> {
  const go = isWarning ? Dialog.warnButton({ label }) : Dialog.okButton({ label });
  const buttons = [Dialog.cancelButton({ label: trans.__('Cancel') }), go];
  return (await showDialog({ title, buttons })).button.accept;
}

/** New cells below the active one of the notebook in view; nothing is executed. */
async function insertCells({ notebooks, trans }: CommandOptions, sources: string[]): Promise<void> {
  const notebook = notebooks?.currentWidget?.content;
  if (!notebook) {
    await showErrorMessage(
      trans.__('No notebook is open'),
      trans.__('Open a notebook, and do it again.')
    );
    return;
  }
  for (const source of sources) {
    NotebookActions.insertBelow(notebook);
    notebook.activeCell?.model.sharedModel.setSource(source);
  }
}

/** What happened, and what to do. */
export function textOf(error: unknown): string {
  const { message, hint } = error as { message?: string; hint?: string };
  return [message, hint].filter(Boolean).join(' ');
}
