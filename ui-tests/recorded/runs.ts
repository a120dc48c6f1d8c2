/** Runs of three outcomes as the server gives them, so that a card can be looked at without waiting for one. */

const started = '2026-11-23T10:10:09.000Z';

const run = (id: string, name: string, spec: object, status: object): object => ({
  kind: 'python+job:run',
  project: 'flights',
  name: id,
  id,
  key: `store://flights/run/python+job:run/${id}`,
  metadata: { reference: `run/${name}`, created: '2026-11-23T10:10:00.000Z' },
  spec: { executor: 'local', ...spec },
  status: { attempt: 1, started, ...status }
});

const train = {
  function: 'python://flights/train:f3',
  inputs: { data: 'store://flights/dataitem/table/flights-features:d4' },
  parameters: { lr: 0.1, depth: 8, rounds: 400 }
};

export const running = run('run42', 'train-42', train, { state: 'RUNNING' });

export const failed = run(
  'run18',
  'features-18',
  { function: 'python://flights/features:f5' },
  {
    state: 'ERROR',
    ended: '2026-11-23T10:19:50.000Z',
    peak_memory: 8589934592,
    diagnosis: {
      code: 'memory',
      summary: 'Killed at its memory limit 8Gi (peak 8.0Gi).',
      cure: 'Run again with more: %dh retry features-18 --memory 16Gi'
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
        { where: 'pandas/core/reshape/encoding.py', line: 200, function: 'get_dummies' },
        { where: 'pandas/core/reshape/encoding.py', line: 300, function: '_get_dummies_1d' }
      ]
    }
  }
);

export const succeeded = run('run41', 'train-41', train, {
  state: 'COMPLETED',
  ended: '2026-11-23T10:16:56.000Z',
  peak_memory: 4939212390,
  metrics: { val: [24, 18, 15, 12.4, 11.2, 10.77], train: [22, 16, 13, 11, 10, 9.71] },
  results: { mae: 10.7702, rows: 336776, best: 'round 388' },
  outputs: {
    'arr-delay': 'store://flights/model/mlflow/arr-delay:m6',
    predictions: 'store://flights/dataitem/table/predictions:d12',
    'residuals.png': 'store://flights/artifact/artifact/residuals.png:a3'
  }
});

const loss = (step: number): number => 10 + 14 * Math.exp(-step / 60);

/** What the stream of the running one says. */
export const messages = [
  { type: 'run', run: running },
  {
    type: 'metrics',
    points: Array.from({ length: 248 }, (_, step) => ({
      time: 1_790_000_000 + step,
      step,
      values: { val: loss(step) + Math.sin(step / 3) / 4, train: loss(step) - step / 200 }
    }))
  },
  {
    type: 'log',
    offset: 9000,
    text: Array.from(
      { length: 212 },
      (_, line) => `round ${line + 37} train 10.07 val 11.08\n`
    ).join('')
  },
  { type: 'progress', progress: { done: 248, total: 400, text: 'round 248 of 400' } }
];
