import type { Entity, Environment, RunStatus } from '../../src/_contract';
import { entity, INPUT, TRAIN } from './entity';

const train = {
  function: TRAIN,
  executor: 'local',
  inputs: { data: INPUT },
  parameters: { lr: 0.1, depth: 8, rounds: 400 }
};

const run = (name: string, id: string, at: string, status: RunStatus, spec: object): Entity =>
  entity([`run/${name}`, id, 'python+job:run', at], {
    spec: { executor: 'local', ...spec },
    status: { attempt: 1, ...status }
  });

const falling = (from: number, to: number): number[] =>
  Array.from({ length: 40 }, (_, step) => to + (from - to) * Math.exp(-step / 9));

export const METRICS = { val: falling(24, 10.77), train: falling(22, 9.71) };
const OTHER_METRICS = { val: falling(24, 11.4), train: falling(22, 10.9) };

const transitions = [
  { status: 'READY', time: '2026-11-23T10:10:00.000Z' },
  { status: 'PENDING', time: '2026-11-23T10:10:04.000Z' },
  { status: 'RUNNING', time: '2026-11-23T10:10:09.000Z' },
  { status: 'COMPLETED', time: '2026-11-23T10:16:56.000Z' }
];

export const succeeded = run(
  'train-41',
  'run41',
  '10:10',
  {
    state: 'COMPLETED',
    started: '2026-11-23T10:10:09.000Z',
    ended: '2026-11-23T10:16:56.000Z',
    peak_memory: 4939212390,
    transitions,
    metrics: METRICS,
    results: { mae: 10.7702, rows: 336776, best: 'round 388' },
    outputs: {
      'arr-delay': 'store://flights/model/mlflow/arr-delay:m6',
      predictions: 'store://flights/dataitem/table/predictions:d12',
      'residuals.png': 'store://flights/artifact/artifact/residuals.png:a3'
    }
  },
  train
);

export const other = run(
  'train-40',
  'run40',
  '09:50',
  {
    state: 'COMPLETED',
    started: '2026-11-23T09:50:09.000Z',
    ended: '2026-11-23T09:55:40.000Z',
    metrics: OTHER_METRICS,
    results: { mae: 11.4014, rows: 336776, best: 'round 301' }
  },
  { ...train, parameters: { lr: 0.05, depth: 6, rounds: 400 } }
);

export const running = run(
  'train-42',
  'run42',
  '10:15',
  {
    state: 'RUNNING',
    started: '2026-11-23T10:15:48.000Z',
    progress: { done: 248, total: 400, text: 'round 248 of 400' },
    metrics: { val: [11.08], train: [10.07] }
  },
  train
);

export const queued = run(
  'train-43',
  'run43',
  '10:18',
  {
    state: 'READY',
    message: 'Waits for a GPU: 2 of 2 are taken, by train-38 and by train-39 of carol.'
  },
  { ...train, executor: 'kubernetes', resources: { gpu: '1' } }
);

export const stopped = run(
  'train-39',
  'run39',
  '09:40',
  {
    state: 'STOPPED',
    started: '2026-11-23T09:40:09.000Z',
    ended: '2026-11-23T09:42:10.000Z',
    message: 'Stopped by ada.'
  },
  train
);

export const failed = run(
  'features-18',
  'run18',
  '10:10',
  {
    state: 'ERROR',
    started: '2026-11-23T10:10:09.000Z',
    ended: '2026-11-23T10:19:50.000Z',
    peak_memory: 8589934592,
    diagnosis: {
      code: 'memory',
      summary: 'Killed at its memory limit 8Gi (peak 8.0Gi).',
      cure: 'Run again with more: %dh retry features-18 --memory 16Gi',
      retry: { resources: { mem: '16Gi' } }
    },
    error: {
      type: 'MemoryError',
      message: 'while allocating 3.1Gi in get_dummies',
      traceback: 'Traceback (most recent call last):\n  …\nMemoryError: while allocating 3.1Gi',
      frames: [
        {
          where: 'cell [6]',
          line: 4,
          function: 'features',
          code: 'by = df.merge(weather, on=["origin", "time_hour"])',
          user: true
        },
        {
          where: 'cell [5]',
          line: 11,
          function: 'encode',
          code: 'return pd.get_dummies(by, columns=["tailnum", "dest"])',
          user: true
        },
        { where: 'pandas/core/reshape/encoding.py', line: 200, function: 'get_dummies' }
      ]
    }
  },
  { function: 'python://flights/features:f5' }
);

export const ENVIRONMENT: Environment = {
  format: 1,
  python: '3.11.9',
  platform: 'Linux-6.1-x86_64',
  packages: ['lightgbm==4.6.0', 'numpy==2.4.1', 'pandas==3.0.1', 'scikit-learn==1.8.0'],
  digest: 'd1'
};

export const LOG = Array.from(
  { length: 40 },
  (_, line) => `[${line + 1}]\tvalid's l1: ${(24 - line / 3).toFixed(4)}\n`
).join('');
