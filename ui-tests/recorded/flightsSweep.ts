import type { Champion, TrialColumns } from '../../src/_contract';
import { entity, INPUT, TRAIN } from './entity';

/** Trials of a sweep, the same at each drawing. */
const TRIALS = Array.from({ length: 24 }, (_, number) => ({
  number,
  lr: 10 ** (-4 + ((number * 7) % 24) / 6),
  depth: 2 + ((number * 5) % 9),
  state:
    number === 5 ? 'failed' : number % 7 === 6 ? 'pruned' : number > 21 ? 'running' : 'finished',
  auc: 0.8 + 0.1 * Math.sin(number * 1.7) ** 2
}));
const best = TRIALS.filter(({ state }) => state === 'finished').reduce((one, two) =>
  two.auc > one.auc ? two : one
);

export const sweep = entity(['run/train-44', 'run44', 'python+sweep:run', '10:05'], {
  spec: {
    function: TRAIN,
    executor: 'local',
    inputs: { data: INPUT },
    sweep: {
      space: {
        lr: { type: 'float', low: 1e-4, high: 1, log: true },
        depth: { type: 'int', low: 2, high: 10 }
      },
      objectives: [{ name: 'auc', direction: 'maximize' }],
      trials: 60,
      workers: 2,
      sampler: 'tpe'
    }
  },
  status: {
    state: 'RUNNING',
    started: '2026-11-23T10:05:03.000Z',
    attempt: 1,
    sweep: {
      phase: 'running',
      counts: { total: 60, running: 2, queued: 0, finished: 18, pruned: 3, failed: 1 },
      best: [
        {
          number: best.number,
          run: `r${best.number}`,
          state: 'finished',
          values: { auc: best.auc },
          parameters: { lr: best.lr, depth: best.depth }
        }
      ],
      workers: 2,
      eta: 780
    }
  }
});

export const COLUMNS: TrialColumns = {
  revision: 5,
  number: TRIALS.map(({ number }) => number),
  state: TRIALS.map(({ state }) => state),
  run: TRIALS.map(({ number }) => `r${number}`),
  values: { auc: TRIALS.map(({ state, auc }) => (state === 'finished' ? auc : null)) },
  parameters: { lr: TRIALS.map(({ lr }) => lr), depth: TRIALS.map(({ depth }) => depth) },
  seconds: TRIALS.map(({ number, state }) => (state === 'running' ? null : 20 + (number % 5))),
  last: TRIALS.map(({ auc, state }) => (state === 'failed' ? null : auc)),
  message: TRIALS.map(({ state }) => (state === 'failed' ? 'ValueError: depth is too large' : null))
};

export const CHAMPION: Champion = {
  reference: 'model/arr-delay@5',
  key: 'store://flights/model/mlflow/arr-delay:m5',
  value: 0.88,
  same_inputs: true
};
