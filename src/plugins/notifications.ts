import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { CommandIDs } from '../commands';
import { type Loudness, type News, NewsModel } from '../models/news';
import { titleOf } from '../models/rows';
import { IRunEnds } from '../tokens';
import { failureWords, quietWords } from '../widgets/words';

const ID = 'dh-jupyter:notifications';
/** Milliseconds for which a failure is on screen; it stays in the list behind the bell. */
const SHOWN = 8000;
/** Characters that a notification may have. */
const LONGEST = 140;
const LOUDNESS: readonly Loudness[] = ['none', 'failed', 'long'];

export const notifications: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Tells when a run of yours has failed, or has ended after a long time.',
  autoStart: true,
  requires: [IRunEnds, ISettingRegistry],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    ends: IRunEnds,
    registry: ISettingRegistry,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('dh_jupyter');
    const model = new NewsModel(ends);
    void Promise.all([registry.load(ID), app.restored]).then(([settings]) => {
      const read = (): void => {
        const { about, muted } = settings.composite;
        model.loudness = LOUDNESS.find(each => each === about) ?? 'long';
        model.muted = Array.isArray(muted) ? muted.map(String) : [];
      };
      read();
      settings.changed.connect(read);
      const mute = (name: string): void => {
        void settings.set('muted', [...new Set([...model.muted, name])]);
      };
      let many = '';
      model.told.connect((_, news) => {
        if (news.kind === 'many') {
          many = tellMany(news, news.isMore ? many : '', app, trans);
        } else {
          tell(news, app, trans, mute);
        }
      });
    });
  }
};

/** The id of the notification; with one of before, that is told anew. */
function tellMany(
  news: News & { kind: 'many' },
  before: string,
  app: JupyterFrontEnd,
  trans: TranslationBundle
): string {
  const text =
    news.alike > 1
      ? trans.__('%1 runs failed, %2 of them: %3', news.count, news.alike, news.why)
      : trans.__('%1 runs failed', news.count);
  const show = {
    label: trans.__('Show runs'),
    callback: () => void app.commands.execute(CommandIDs.openPanel, { filter: 'failed' })
  };
  const message = text.slice(0, LONGEST);
  const options = { autoClose: SHOWN, actions: [show] };
  return before && Notification.update({ id: before, message, type: 'error', ...options })
    ? before
    : Notification.error(message, options);
}

function tell(
  news: News & { kind: 'failed' | 'ended' },
  app: JupyterFrontEnd,
  trans: TranslationBundle,
  mute: (name: string) => void
): void {
  const { commands } = app;
  const { run, name } = news;
  const target = { project: run.project, type: 'run', id: run.id };
  const quiet = {
    label: quietWords(name, trans),
    callback: () => mute(name)
  };
  if (news.kind === 'failed') {
    const again = {
      label: trans.__('Run again with…'),
      callback: () => void commands.execute(CommandIDs.runAgainWith, target)
    };
    const open = {
      label: trans.__('Open run'),
      callback: () => void commands.execute(CommandIDs.open, target)
    };
    const message = failureWords(titleOf(run), news.why, trans);
    Notification.error(message, { autoClose: SHOWN, actions: [open, again, quiet] });
  } else {
    const insert = {
      label: trans.__('Insert result'),
      callback: () => void commands.execute(CommandIDs.insertCode, target)
    };
    // Behind the bell only: nobody is disturbed by what went well.
    Notification.success(trans.__('%1 has ended', titleOf(run)), {
      autoClose: 0,
      actions: [insert, quiet]
    });
  }
}
