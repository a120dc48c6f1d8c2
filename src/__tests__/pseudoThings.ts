import type { Entity, Lineage } from '../_contract';

/** Things of the catalogue in which every word is data: it begins with X-. */

const NOW = new Date().toISOString();

/** Something of the catalogue in which every word is data. */
const thing = (type: string, spec: object = {}, status: object = {}, kind = 'X-kind'): Entity => ({
  kind,
  project: 'X-P',
  name: 'X-name',
  id: `X-${type}`,
  key: `store://X-P/${type}/X-kind/X-name:X-${type}`,
  user: 'X-user',
  metadata: {
    reference: `${type}/X-name@1`,
    version_number: 1,
    aliases: ['X-alias'],
    description: 'X-text',
    created: NOW
  },
  spec: spec as never,
  status: status as never
});

const outputs = { 'X-out': 'store://X-P/dataitem/X-kind/X-name:X-dataitem' };
export const run = (state: string, status: object = {}): Entity => ({
  ...thing('run', {
    function: 'store://X-P/function/X-kind/X-name:X-function',
    inputs: outputs,
    parameters: { 'X-a': 1 }
  }),
  status: { state, started: NOW, attempt: 1, ...status } as never
});

export const RUNS: Record<string, Entity> = {
  queued: run('READY', { message: 'X-why', started: undefined }),
  running: run('RUNNING', { progress: { done: 3, total: 8 } }),
  succeeded: run('COMPLETED', {
    ended: NOW,
    outputs,
    results: { 'X-r': 'X-v' },
    metrics: { 'X-m': [1, 2] },
    peak_memory: 9e8,
    warnings: ['X-w']
  }),
  stopped: run('STOPPED', { ended: NOW }),
  failed: run('ERROR', {
    ended: NOW,
    diagnosis: {
      code: 'memory',
      summary: 'X-what',
      detail: 'X-detail',
      cure: 'X-cure',
      retry: { resources: { mem: 'X-8' }, timeout: 4, retries: 2 }
    },
    error: {
      type: 'X-E',
      message: 'X-m',
      traceback: 'X-t',
      frames: [
        { where: 'X-c', line: 4, function: 'X-f', code: 'X-l', user: true },
        { where: 'X-d', line: 9, function: 'X-g' }
      ]
    }
  })
};

const TRIALS = ['finished', 'pruned', 'failed', 'running', 'waiting'];
export const COLUMNS = {
  revision: 1,
  number: TRIALS.map((_, number) => number),
  state: TRIALS,
  run: TRIALS.map(() => 'X-trial'),
  values: { 'X-auc': [0.5, null, null, null, null] },
  parameters: { 'X-lr': [1, 2, 3, 4, 5] },
  seconds: [1, 2, 3, null, null],
  last: [0.5, 0.4, null, 0.3, null],
  message: [null, 'X-why', 'X-why', null, null]
};

export const sweepOf = (state: string): Entity => ({
  ...run(state, {
    ended: state === 'RUNNING' ? undefined : NOW,
    sweep: {
      phase: state === 'RUNNING' ? 'running' : 'done',
      counts: { total: 8, running: 1, queued: 1, finished: 1, pruned: 1, failed: 1 },
      best: [{ number: 0, run: 'X-trial', state: 'finished', values: { 'X-auc': 0.5 }, parameters: { 'X-lr': 1 } }], // prettier-ignore
      workers: 2,
      eta: 90
    }
  }),
  kind: 'python+sweep:run',
  spec: {
    function: 'store://X-P/function/X-kind/X-name:X-function',
    sweep: {
      space: { 'X-lr': { type: 'float', low: 0, high: 9 } },
      objectives: [{ name: 'X-auc', direction: 'maximize' }],
      trials: 8,
      sampler: 'random'
    }
  }
});

export const THINGS: Record<string, Entity> = {
  function: thing('function', {
    requirements: ['X-q'],
    source: { source: 'X-code' },
    parameters: { properties: { 'X-a': { annotation: 'X-int' } }, required: ['X-a'] }
  }),
  dataitem: thing(
    'dataitem',
    { schema: { fields: [{ name: 'X-c', type: 'X-t' }] } },
    { rows: 3, preview: { cols: [{ name: 'X-c', value: [1, 2, 3] }] } }
  ),
  model: thing(
    'model',
    { framework: 'X-f', algorithm: 'X-a', parameters: { 'X-p': 1 } },
    { state: 'READY' }
  ),
  artifact: thing('artifact', { path: 'X-path' }),
  workflow: thing('workflow', { source: { source: 'X-code' } })
};

export const lineage: Lineage = {
  nodes: [THINGS.model!, RUNS.succeeded!].map(({ key, metadata }) => ({
    key,
    reference: metadata.reference,
    created: NOW
  })),
  edges: [{ type: 'produced_by', source: THINGS.model!.key, dest: RUNS.succeeded!.key }]
} as never;
