import { LabIcon } from '@jupyterlab/ui-components';
import artifactSvg from '../style/icons/artifact.svg';
import dhSvg from '../style/icons/dh.svg';
import datasetSvg from '../style/icons/dataset.svg';
import championSvg from '../style/icons/champion.svg';
import compareSvg from '../style/icons/compare.svg';
import functionSvg from '../style/icons/function.svg';
import jobSvg from '../style/icons/run-as-job.svg';
import workflowSvg from '../style/icons/workflow.svg';
import warningSvg from '../style/icons/warning.svg';
import modelSvg from '../style/icons/model.svg';
import failedSvg from '../style/icons/state-failed.svg';
import pinSvg from '../style/icons/pin.svg';
import prunedSvg from '../style/icons/state-pruned.svg';
import lostSvg from '../style/icons/state-lost.svg';
import queuedSvg from '../style/icons/state-queued.svg';
import runningSvg from '../style/icons/state-running.svg';
import startingSvg from '../style/icons/state-starting.svg';
import stoppedSvg from '../style/icons/state-stopped.svg';
import succeededSvg from '../style/icons/state-succeeded.svg';
import sweepSvg from '../style/icons/sweep.svg';
import toolSvg from '../style/icons/tool.svg';
import type { Phase } from './models/states';
import type { TrialState } from './models/trials';

const icon = (name: string, svgstr: string): LabIcon => new LabIcon({ name: `dh:${name}`, svgstr });

/** The panel's. */
export const panelIcon = icon('panel', dhSvg);

/** Launching, and what to mind before. */
export const jobIcon = icon('run-as-job', jobSvg);
export const warningIcon = icon('warning', warningSvg);

/** Glyphs of states, told apart by silhouette as well as by colour. */
export const stateIcons: Record<Phase | 'lost', LabIcon> = {
  queued: icon('state-queued', queuedSvg),
  starting: icon('state-starting', startingSvg),
  running: icon('state-running', runningSvg),
  succeeded: icon('state-succeeded', succeededSvg),
  failed: icon('state-failed', failedSvg),
  stopped: icon('state-stopped', stoppedSvg),
  lost: icon('state-lost', lostSvg)
};

/** Signs that a run's tab keeps when nobody has looked at it since the last start: they do not change any more. */
export const lastingIcons: ReadonlyMap<string, LabIcon> = new Map(
  (['succeeded', 'failed', 'stopped'] as const).map(phase => [phase, stateIcons[phase]])
);

/** Of a trial: as of its run, but for what only trials are. */
export const trialIcons: Record<TrialState, LabIcon> = {
  waiting: stateIcons.queued,
  running: stateIcons.running,
  finished: stateIcons.succeeded,
  pruned: icon('state-pruned', prunedSvg),
  failed: stateIcons.failed
};

export const sweepIcon = icon('sweep', sweepSvg);
export const compareIcon = icon('compare', compareSvg);
export const toolIcon = icon('tool', toolSvg);
export const championIcon = icon('champion', championSvg);
export const pinIcon = icon('pin', pinSvg);

export const functionIcon = icon('function', functionSvg);

/** Signs of things, by the catalogue's word for them. */
export const thingIcons: Record<string, LabIcon> = {
  function: functionIcon,
  dataitem: icon('dataset', datasetSvg),
  model: icon('model', modelSvg),
  artifact: icon('artifact', artifactSvg),
  workflow: icon('workflow', workflowSvg)
};

const inTabs = new Map<LabIcon, LabIcon>();

/** The same, of the size of a tab's: for one that changes after the tab was opened, which Lab does not see to. */
export function ofTab(icon: LabIcon): LabIcon {
  const bound = inTabs.get(icon) ?? icon.bindprops({ stylesheet: 'mainAreaTab' });
  inTabs.set(icon, bound);
  return bound;
}
