import { LabIcon } from '@jupyterlab/ui-components';
import artifactSvg from '../style/icons/artifact.svg';
import dhSvg from '../style/icons/dh.svg';
import datasetSvg from '../style/icons/dataset.svg';
import functionSvg from '../style/icons/function.svg';
import jobSvg from '../style/icons/run-as-job.svg';
import warningSvg from '../style/icons/warning.svg';
import modelSvg from '../style/icons/model.svg';
import failedSvg from '../style/icons/state-failed.svg';
import lostSvg from '../style/icons/state-lost.svg';
import queuedSvg from '../style/icons/state-queued.svg';
import runningSvg from '../style/icons/state-running.svg';
import startingSvg from '../style/icons/state-starting.svg';
import stoppedSvg from '../style/icons/state-stopped.svg';
import succeededSvg from '../style/icons/state-succeeded.svg';
import type { Phase } from './models/states';

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

export const functionIcon = icon('function', functionSvg);

/** Signs of things, by the catalogue's word for them. */
export const thingIcons: Record<string, LabIcon> = {
  function: functionIcon,
  dataitem: icon('dataset', datasetSvg),
  model: icon('model', modelSvg),
  artifact: icon('artifact', artifactSvg)
};
