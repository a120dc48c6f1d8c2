import type { TranslationBundle } from '@jupyterlab/translation';
import type { Entity, RunOptions, RunStatus } from '../_contract';
import { headlineOf } from '../models/headline';
import { aboutRun, phaseOfRun, titleOf } from '../models/rows';
import type { RunModel } from '../models/run';
import type { Phase } from '../models/states';
import { bytesText, clockText, valueText } from '../models/text';

/** The most memory that a run had, and its limit where it has one. */
export function peakWords(
  peak: number,
  limit: string | undefined,
  trans: TranslationBundle
): string {
  const most = bytesText(peak);
  return limit ? trans.__('peak %1 of %2', most, limit) : trans.__('peak %1', most);
}

/** The state's word, always beside its glyph. */
export function phaseWord(phase: Phase | 'lost', trans: TranslationBundle): string {
  const words: Record<Phase | 'lost', string> = {
    queued: trans.__('Queued'),
    starting: trans.__('Starting'),
    running: trans.__('Running'),
    succeeded: trans.__('Succeeded'),
    failed: trans.__('Failed'),
    stopped: trans.__('Stopped'),
    lost: trans.__('Lost contact')
  };
  return words[phase];
}

/** What a thing is, by the catalogue's word for it. */
export function thingWord(entity: string, trans: TranslationBundle): string {
  const words: Record<string, string> = {
    run: trans.__('Run'),
    function: trans.__('Function'),
    dataitem: trans.__('Dataset'),
    artifact: trans.__('Artifact'),
    model: trans.__('Model'),
    workflow: trans.__('Workflow')
  };
  return words[entity] ?? entity;
}

/** The second line of a run's row. */
export function runWords(run: Entity, trans: TranslationBundle): string {
  return aboutRun(run, (ended, total) =>
    total ? trans.__('%1 of %2 trials', ended, total) : trans._n('%1 trial', '%1 trials', ended)
  );
}

/** What a diagnosis would change, as one would say it: memory 16Gi, batch_size=16. */
export function changeWords(changes: RunOptions, trans: TranslationBundle): string[] {
  const { resources = {}, parameters = {}, ...rest } = changes;
  const words: Record<string, (value: unknown) => string> = {
    cpu: value => trans.__('%1 cores', String(value)),
    mem: value => trans.__('memory %1', String(value)),
    gpu: value => trans._n('%1 GPU', '%1 GPUs', Number(value)),
    disk: value => trans.__('disk %1', String(value)),
    timeout: value => trans.__('time limit %1', clockText(Number(value))),
    queue_timeout: value => trans.__('up to %1 of waiting', clockText(Number(value))),
    total_timeout: value => trans.__('up to %1 in all', clockText(Number(value))),
    retries: value => trans._n('%1 more attempt', '%1 more attempts', Number(value)),
    nodes: value => trans._n('%1 machine', '%1 machines', Number(value))
  };
  return [
    ...Object.entries({ ...resources, ...rest }).map(
      ([name, value]) => words[name]?.(value) ?? `${name}=${valueText(value)}`
    ),
    ...Object.entries(parameters as object).map(([name, value]) => `${name}=${valueText(value)}`)
  ];
}

/** 10:14 */
export function timeOfDay(time: number | string): string {
  return new Date(time).toLocaleTimeString([], {
    hour: '2-digit',
    minute: '2-digit',
    hour12: false
  });
}

/** 10:14 today, else 20 Nov 10:14; empty where no time is known. */
export function moment(time: string | undefined): string {
  const date = new Date(time ?? '');
  if (Number.isNaN(date.getTime())) {
    return '';
  }
  const isToday = date.toDateString() === new Date().toDateString();
  const day = date.toLocaleDateString([], { day: 'numeric', month: 'short' });
  return isToday ? timeOfDay(date.getTime()) : `${day} ${timeOfDay(date.getTime())}`;
}

/** How long, where, and when it ended: `6:47 on local · succeeded 08:44`. `now` in milliseconds since 1970. */
export function timing(model: RunModel, now: number, trans: TranslationBundle): string {
  const { started, ended } = model.status;
  const place = model.spec.profile ?? model.spec.executor ?? trans.__('this machine');
  if (!started) {
    return ended ? endText(model, ended, trans) : waitText(model, now, place, trans);
  }
  const until = ended ? Date.parse(ended) : now;
  const ran = trans.__('%1 on %2', clockText((until - Date.parse(started)) / 1000), place);
  return ended ? `${ran} · ${endText(model, ended, trans)}` : ran;
}

function waitText(model: RunModel, now: number, place: string, trans: TranslationBundle): string {
  const created = Date.parse(model.run?.metadata.created ?? '') || now;
  return `${trans.__('%1 waiting', clockText((now - created) / 1000))} · ${place}`;
}

function endText(model: RunModel, ended: string, trans: TranslationBundle): string {
  const at = timeOfDay(ended);
  switch (model.phase) {
    case 'failed':
      return trans.__('failed %1', at);
    case 'stopped':
      return trans.__('stopped %1', at);
    default:
      return trans.__('finished %1', at);
  }
}

/** What a screen reader hears when the state changes. */
export function announcement(model: RunModel, trans: TranslationBundle): string {
  return changeText(model.name, model.phase, model.status.diagnosis?.summary, trans);
}

/** The same for runs of a list: one sentence, however many they are. */
export function announcementOf(runs: readonly Entity[], trans: TranslationBundle): string {
  const [run, ...others] = runs;
  if (!run) {
    return '';
  }
  const { diagnosis } = run.status as Partial<RunStatus>;
  const first = changeText(titleOf(run), phaseOfRun(run), diagnosis?.summary, trans);
  return others.length
    ? trans._n('%2 · %1 more run changed', '%2 · %1 more runs changed', others.length, first)
    : first;
}

function changeText(
  name: string,
  phase: Phase,
  summary: string | undefined,
  trans: TranslationBundle
): string {
  switch (phase) {
    case 'queued':
      return trans.__('%1 is queued', name);
    case 'starting':
      return trans.__('%1 is starting', name);
    case 'running':
      return trans.__('%1 is running', name);
    case 'succeeded':
      return trans.__('%1 succeeded', name);
    case 'stopped':
      return trans.__('%1 stopped', name);
    case 'failed':
      return summary
        ? trans.__('%1 failed: %2', name, headlineOf(summary).head)
        : trans.__('%1 failed', name);
  }
}

/** Characters that a notification may have, and how many of them a name. */
const LONGEST = 140;
const LONGEST_NAME = 40;

/** What is told of a failure: a long name leaves room for the reason. */
export function failureWords(title: string, why: string, trans: TranslationBundle): string {
  return valueText(trans.__('%1 failed: %2', valueText(title, LONGEST_NAME), why), LONGEST);
}

/** What is told of a run that has succeeded. */
export function endWords(run: Entity, trans: TranslationBundle): string {
  const { started, ended } = run.status as Partial<RunStatus>;
  const seconds = (Date.parse(ended ?? '') - Date.parse(started ?? '')) / 1000;
  return trans.__('%1 succeeded in %2', valueText(titleOf(run), LONGEST_NAME), clockText(seconds));
}

/** The button of a notification that does as a diagnosis says. */
export function cureWords(changes: RunOptions, trans: TranslationBundle): string {
  return trans.__('Run again with %1…', valueText(changeWords(changes, trans).join(', ')));
}

/** The button of a notification that is about a function: its name leaves room for the others. */
export function quietWords(name: string, trans: TranslationBundle): string {
  return trans.__('Do not show again for %1', valueText(name, LONGEST_NAME / 2));
}
