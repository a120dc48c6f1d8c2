import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { Entity, RunStatus } from '../_contract';
import { CommandIDs } from '../commands';
import { type Loudness, type News, NewsModel } from '../models/news';
import { titleOf } from '../models/rows';
import { IRunEnds, IRunsInView } from '../tokens';
import { cureWords, endWords, failureWords, quietWords } from '../widgets/words';

const ID = 'dh-jupyter:notifications';
/** Milliseconds for which a failure is on screen; it stays in the list behind the bell. */
const SHOWN = 8000;
/** The same of what is in the list only. */
const UNSEEN = 0;
/** Characters that a notification may have. */
const LONGEST = 140;
const LOUDNESS: readonly Loudness[] = ['none', 'failed', 'long'];

export const notifications: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Tells when a run of yours has failed, or has ended after a long time.',
  autoStart: true,
  requires: [IRunEnds, IRunsInView, ISettingRegistry],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    ends: IRunEnds,
    inView: IRunsInView,
    registry: ISettingRegistry,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('dh_jupyter');
    const model = new NewsModel(ends, run => inView.has(run));
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
  const options = { autoClose: news.isQuiet ? UNSEEN : SHOWN, actions: [show] };
  return before && Notification.update({ id: before, message, type: 'error', ...options })
    ? before
    : Notification.error(message, options);
}

/** Two buttons that do something, and always one that has the function left out from now on. */
function tell(
  news: News & { kind: 'failed' | 'ended' },
  app: JupyterFrontEnd,
  trans: TranslationBundle,
  mute: (name: string) => void
): void {
  const { run, name } = news;
  const target = { project: run.project, type: 'run', id: run.id };
  const button = (label: string, command: string): Notification.IAction => ({
    label,
    callback: () => void app.commands.execute(command, target)
  });
  const actions = [
    button(trans.__('Open run'), CommandIDs.open),
    next(run, news.kind, button, trans),
    { label: quietWords(name, trans), callback: () => mute(name) }
  ];
  const options = { autoClose: news.isQuiet ? UNSEEN : SHOWN, actions };
  if (news.kind === 'failed') {
    Notification.error(failureWords(titleOf(run), news.why, trans), options);
  } else {
    Notification.success(endWords(run, trans), options);
  }
}

/** What one does next with a run that has ended: as its diagnosis says, where it says something. */
function next(
  run: Entity,
  kind: 'failed' | 'ended',
  button: (label: string, command: string) => Notification.IAction,
  trans: TranslationBundle
): Notification.IAction {
  if (kind === 'ended') {
    return button(trans.__('Insert result'), CommandIDs.insertCode);
  }
  const retry = (run.status as Partial<RunStatus>).diagnosis?.retry;
  return retry
    ? button(cureWords(retry, trans), CommandIDs.cureRun)
    : button(trans.__('Run again with…'), CommandIDs.runAgainWith);
}
