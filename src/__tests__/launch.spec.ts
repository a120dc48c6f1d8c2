import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '../_contract';
import { Client } from '../client';
import { LaunchModel } from '../models/launch';
import { registeredIn, withoutOutputs } from '../models/notebooks';
import { prefillOf } from '../models/prefill';
import { FakeServer, runOf, until } from './fakeServer';

const PLAN = 'POST /base/dh/api/v1/-/flights/runs/plan';
const RUNS = 'POST /base/dh/api/v1/-/flights/runs';
const FUNCTIONS = 'POST /base/dh/api/v1/-/flights/functions?on_duplicate=keep';

const plan = (more: Partial<Plan> = {}): Plan => ({
  title: 'train@3',
  what: '',
  code: 'def train(lr): …',
  fields: [
    { name: 'data', kind: 'reference', required: true, value: '', entities: ['dataitem'] },
    { name: 'lr', kind: 'number', required: false, value: '0.1', source: 'train-41' }
  ],
  given: { memory: '2Gi' },
  options: { memory: '2Gi' },
  checks: [],
  ...more
});

describe('LaunchModel', () => {
  let server: FakeServer;
  let client: Client;
  const models: LaunchModel[] = [];

  const make = (more: Partial<LaunchModel.IOptions> = {}): LaunchModel => {
    const subject = { function: 'store://flights/function/python/train:f00' };
    const model = new LaunchModel({ client, project: 'flights', subject, ...more });
    models.push(model);
    return model;
  };

  const sent = (name: string): unknown[] =>
    server.bodies.filter(one => one.name === name).map(one => one.body);

  beforeEach(async () => {
    server = new FakeServer();
    client = new Client(await server.start());
    server.answers.set(PLAN, { body: plan() });
  });

  afterEach(async () => {
    models.splice(0).forEach(model => model.dispose());
    await server.stop();
  });

  it('asks for a sweep in the words of a line, and says what is wrong at an option', async () => {
    const model = make({ sweep: { trials: '20' } });
    const check = { name: 'options', state: 'fault', text: 'no objective', field: '--maximize' };
    server.answers.set(PLAN, { body: plan({ checks: [check as never], line: '%dh sweep train' }) });
    await model.refresh();
    expect([model.isSweep, make().isSweep]).toEqual([true, false]);
    expect(model.fault('--maximize')).toBe('no objective');
    model.setValue('lr', '0.01..1:log');
    model.setSweepOption('maximize', 'auc');
    await model.refresh();
    const wanted = { values: { lr: '0.01..1:log' }, sweep: { trials: '20', maximize: 'auc' } };
    expect(sent(PLAN).at(-1)).toMatchObject(wanted);
    expect([model.sweepOption('trials'), model.isTyped]).toEqual(['20', true]);
  });

  it('asks for free GPUs once it has the profiles, and only where one has GPUs', async () => {
    const model = make();
    const at = 'GET /base/dh/api/v1/profiles';
    const small = { name: 'small', options: { resources: { cpu: '2' } } };
    server.answers.set(at, { body: [small] });
    await model.loadProfiles();
    expect(server.requests).toEqual([at]);
    const big = { name: 'big', options: { resources: { gpu: '1' } } };
    server.answers.set(at, { body: [small, big] });
    server.answers.set(`${at}?gpus=true`, { body: [small, { ...big, gpus: '1 of 4 free' }] });
    const seen: (string | undefined)[] = [];
    model.changed.connect(() => seen.push(model.profiles[1]?.gpus));
    await model.loadProfiles();
    expect(seen).toEqual([undefined, '1 of 4 free']);
  });

  it('knows the names of the secrets, and none where it may not', async () => {
    const model = make();
    await model.loadSecrets();
    expect([model.secrets, model.problem]).toEqual([[], '']);
    const content = ['TOKEN', 'KEY', 'TOKEN'].map(name => ({ ...runOf('READY'), name }));
    server.answers.set('GET /base/dh/api/v1/-/flights/secrets?', { body: { content } });
    await model.loadSecrets();
    expect(model.secrets).toEqual(['KEY', 'TOKEN']);
  });

  it('suggests what a sweep may be judged by, from earlier runs of its function', async () => {
    const model = make({ sweep: {} });
    const run = runOf('COMPLETED');
    const earlier = {
      ...run,
      spec: { ...run.spec, function: 'python://flights/train:f01' },
      status: { ...run.status, results: { auc: 0.9 } }
    };
    const list = 'GET /base/dh/api/v1/-/flights/runs?function=%3A%2F%2Fflights%2Ftrain&size=50';
    await model.loadGoals();
    expect(model.goals).toEqual([]);
    server.answers.set(list, { body: { content: [earlier] } });
    await model.loadGoals();
    expect(model.goals).toEqual(['auc']);
  });

  it('shows what the server plans, and says where values come from', async () => {
    const model = make();
    expect(model.isPlanning).toBe(true);
    await model.refresh();
    expect(model.isPlanning).toBe(false);
    expect([model.value('lr'), model.source('lr')]).toEqual(['0.1', 'train-41']);
    expect(model.option('memory')).toBe('2Gi');
    model.setValue('lr', '0.5');
    expect([model.value('lr'), model.source('lr')]).toEqual(['0.5', 'typed']);
  });

  it('opens on the first parameter that is in the way', async () => {
    const fault = {
      name: 'arguments',
      state: 'fault',
      text: 'data is needed',
      field: 'data'
    } as const;
    server.answers.set(PLAN, { body: plan({ checks: [fault] }) });
    const model = make();
    await model.refresh();
    expect(model.firstNeeded).toBe('data');
    expect(model.fault('data')).toBe('data is needed');
    expect(model.fault('lr')).toBe('');
  });

  it('asks once after typing rests, with all that was typed', async () => {
    const model = make();
    await model.refresh();
    model.setValue('lr', '0.');
    model.setValue('lr', '0.5');
    model.setOption('gpu', '1');
    expect(model.isPlanning).toBe(true);
    await until(model.changed, () => !model.isPlanning);
    expect(sent(PLAN)).toHaveLength(2);
    expect(sent(PLAN)[1]).toMatchObject({
      values: { lr: '0.5' },
      options: { memory: '2Gi', gpu: '1' }
    });
  });

  it('launches the very documents of the plan, the function first', async () => {
    const register = { kind: 'notebook', name: 'a.ipynb' };
    const run = { kind: 'notebook+job:run', spec: { function: 'store://x' } };
    server.answers.set(PLAN, { body: plan({ register, run }) });
    server.answers.set(FUNCTIONS, { body: {} });
    server.answers.set(RUNS, { body: runOf('READY') });
    const model = make();
    expect(await model.launch()).toBe(true);
    expect(model.started?.id).toBe('ab12');
    expect(server.requests).toEqual([PLAN, FUNCTIONS, RUNS]);
    expect([sent(FUNCTIONS)[0], sent(RUNS)[0]]).toEqual([register, run]);
  });

  it('starts nothing while something is in the way, or while the server refuses', async () => {
    const model = make();
    expect(await model.launch()).toBe(false);
    server.answers.set(PLAN, { body: plan({ run: { kind: 'x' } }) });
    server.answers.set(RUNS, { status: 400, body: { message: 'No room.', hint: 'Wait.' } });
    expect(await model.launch()).toBe(false);
    expect(model.problem).toBe('No room. Wait.');
    expect(model.started).toBeNull();
  });

  it('takes cells along, and sends the document as it is when it asks', async () => {
    let source = 'x = 1';
    const notebook = async () => ({ path: 'a.ipynb', content: { cells: [source] }, cells: ['c'] });
    const model = make({ subject: { notebook } });
    await model.refresh();
    source = 'x = 2';
    model.addCell('b');
    await until(model.changed, () => !model.isPlanning);
    expect(sent(PLAN)[1]).toMatchObject({
      notebook: { path: 'a.ipynb', content: { cells: ['x = 2'] }, cells: ['c', 'b'] }
    });
  });

  it('marks what a notebook filled in', async () => {
    const model = make({ prefill: { values: { lr: '9' }, options: { profile: 'gpu' } } });
    await model.refresh();
    expect([model.value('lr'), model.source('lr')]).toEqual(['9', 'notebook']);
    expect(model.isOptionFromNotebook('profile')).toBe(true);
    model.setOption('profile', '');
    expect(model.isOptionFromNotebook('profile')).toBe(false);
    expect(model.isTyped).toBe(true);
  });

  it('gives references that fit', async () => {
    server.answers.set('GET /base/dh/api/v1/-/flights/dataitems?text=fl&size=20', {
      body: { content: [{ key: 'store://…', metadata: { reference: 'dataset/flights@2' } }] }
    });
    const model = make();
    await model.refresh();
    model.setValue('data', 'dataset/fl');
    await model.suggest('data');
    expect(model.suggestions('data')).toEqual(['dataset/flights@2']);
  });

  it('says that the server does not answer', async () => {
    server.answers.set(PLAN, { status: 503, body: { message: 'The broker is stopping.' } });
    const model = make();
    await model.refresh();
    expect(model.problem).toBe('The broker is stopping.');
  });
});

describe('what a notebook may say', () => {
  it.each([
    [null, {}, {}],
    ['text', {}, {}],
    [{ parameters: { lr: 0.1, deep: true, list: [1], 'a b': 1 } }, { lr: '0.1', deep: 'true' }, {}],
    [
      { profile: 'gpu', memory: '8Gi', env: 'A=b', secret: 'KEY', image: 'x', on: 'y' },
      {},
      { profile: 'gpu', memory: '8Gi' }
    ],
    [{ parameters: { long: 'x'.repeat(2000), __proto__: { a: 1 } } }, {}, {}]
  ])('%j fills in plain values only', (metadata, values, options) => {
    expect(prefillOf(metadata)).toEqual({ values, options });
  });

  it('names a registered function by ids only', () => {
    const bundle = (data: unknown) => [{ data: { 'application/vnd.dh.function.v1+json': data } }];
    expect(registeredIn(bundle({ project: 'p', id: 'f1' }))).toEqual({ project: 'p', id: 'f1' });
    for (const wrong of [null, {}, { project: '..', id: 'a' }, { project: 'p', id: 'a/../b' }]) {
      expect(registeredIn(bundle(wrong))).toBeNull();
    }
    expect(registeredIn('no list')).toBeNull();
  });

  it('keeps its outputs to itself', () => {
    const cells = [
      { cell_type: 'code', source: 'x', outputs: [{ data: 'big' }] },
      { cell_type: 'markdown' }
    ];
    expect(withoutOutputs({ nbformat: 4, cells })).toEqual({
      nbformat: 4,
      cells: [{ cell_type: 'code', source: 'x', outputs: [] }, { cell_type: 'markdown' }]
    });
  });
});
