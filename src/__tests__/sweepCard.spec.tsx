import { MimeModel } from '@jupyterlab/rendermime';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Entity, EntityEvent } from '../_contract';
import { Client } from '../client';
import { CommandIDs } from '../commands';
import { RUN_MIME } from '../models/bundle';
import { continued } from '../models/sweep';
import type { IEntityEvents } from '../tokens';
import { RunOutput } from '../widgets/runOutput';
import { runWords } from '../widgets/words';
import { FakeServer, runOf, send } from './fakeServer';

const RUN = 'GET /base/dh/api/v1/-/flights/runs/ab12';
const COLUMNS = `${RUN}/trials/columns`;
const SPACE = { lr: { type: 'float', low: 1e-4, high: 1, log: true } };
const BEST = { number: 2, run: 'r2', state: 'finished', values: { auc: 0.9 }, parameters: { lr: 0.01 } }; // prettier-ignore

/** Calls back at once: everything is in sight. */
class AllSeen {
  constructor(private readonly _onSeen: (entries: { isIntersecting: boolean }[]) => void) {}
  observe(): void {
    this._onSeen([{ isIntersecting: true }]);
  }
  disconnect(): void {}
}

function sweepOf(state: string, sweep: Record<string, unknown> = {}): Entity {
  const counts = { running: 1, queued: 0, finished: 2, pruned: 0, failed: 0, total: 8 };
  const run = runOf(state, { sweep: { phase: 'running', counts, best: [BEST], workers: 2, ...sweep } }); // prettier-ignore
  return {
    ...run,
    kind: 'python+sweep:run',
    spec: {
      ...run.spec,
      timeout: 60,
      sweep: {
        space: SPACE,
        objectives: [{ name: 'auc', direction: 'maximize' }],
        trials: 8,
        name: 'first',
        sampler: 'grid'
      }
    }
  };
}

function columnsOf(...rows: [number, string, number | null, number][]): unknown {
  return {
    revision: 5,
    number: rows.map(([number]) => number),
    state: rows.map(([, state]) => state),
    run: rows.map(([number]) => `r${number}`),
    values: { auc: rows.map(([, , value]) => value) },
    parameters: { lr: rows.map(row => row[3]) },
    seconds: rows.map(() => 1.5),
    last: rows.map(() => 0.5),
    message: rows.map(() => null)
  };
}

describe('the card of a sweep', () => {
  let server: FakeServer;
  let output: RunOutput;
  const done: [string, string][] = [];
  const changed = new Signal<object, EntityEvent>({});

  beforeEach(async () => {
    vi.stubGlobal('IntersectionObserver', AllSeen);
    // What is drawn on a canvas is looked at in a browser.
    vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
    server = new FakeServer();
    done.length = 0;
    output = new RunOutput({
      client: new Client(await server.start()),
      trans: nullTranslator.load('dh_jupyter'),
      events: {
        changed,
        missed: new Signal<object, void>({})
      } as unknown as IEntityEvents,
      onCommand: (command, { id }) => done.push([command, id])
    });
  });

  afterEach(async () => {
    output.dispose();
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
    await server.stop();
  });

  const button = (name: string): HTMLButtonElement | undefined =>
    [...output.node.querySelectorAll('button')].find(({ textContent }) => textContent === name);

  const show = async (run: Entity, columns: unknown): Promise<void> => {
    server.answers.set(RUN, { body: run });
    server.answers.set(COLUMNS, { body: columns });
    const data = { [RUN_MIME]: { id: 'ab12', project: 'flights' }, 'text/plain': 'train-42' };
    await output.renderModel(new MimeModel({ trusted: true, data: data as never }));
    Widget.attach(output, document.body);
    await vi.waitFor(() => expect(output.node.querySelector('section')).not.toBeNull());
  };

  it.each([
    [0.85, true, 'beats the champion model/churn@3 by 0.05'],
    [0.95, true, 'the champion model/churn@3 is better by 0.05'],
    [0.9, true, 'as good as the champion model/churn@3'],
    [0.85, false, 'beats the champion model/churn@3 by 0.05, on other data']
  ])('says how the best stands against a champion of %d', async (value, isSame, told) => {
    const champion = { reference: 'model/churn@3', value, same_inputs: isSame };
    server.answers.set(`${RUN}/trials/champion`, { body: champion });
    await show(sweepOf('RUNNING'), columnsOf([2, 'finished', 0.9, 0.01]));
    await vi.waitFor(() => expect(output.node.textContent).toContain(`auc 0.9 · ${told}`));
    const plot = output.node.querySelector('[aria-label*="Best auc so far by trial"]');
    expect(plot?.getAttribute('aria-label')).toContain(`the champion has ${value}`);
  });

  it('follows the champion: another model may be it now', async () => {
    const champion = (value: number): unknown => ({ reference: `model/churn@${value}`, value });
    server.answers.set(`${RUN}/trials/champion`, { body: champion(0.8) });
    await show(sweepOf('RUNNING'), columnsOf([2, 'finished', 0.9, 0.01]));
    await vi.waitFor(() => expect(output.node.textContent).toContain('model/churn@0.8'));
    server.answers.set(`${RUN}/trials/champion`, { body: champion(0.95) });
    const change = { action: 'updated', type: 'model', id: 'm4' } as const;
    changed.emit({ ...change, project: 'flights' });
    await vi.waitFor(() => expect(output.node.textContent).toContain('model/churn@0.95'));
    const asked = (): number => server.requests.filter(each => each.endsWith('champion')).length;
    const before = asked();
    changed.emit({ ...change, project: 'elsewhere' });
    changed.emit({ ...change, type: 'run', project: 'flights' });
    server.answers.set(`${RUN}/trials/champion`, { body: champion(0.97) });
    changed.emit({ ...change, project: 'flights' });
    await vi.waitFor(() => expect(output.node.textContent).toContain('model/churn@0.97'));
    expect(asked()).toBe(before + 1);
  });

  it('says how far it is, what was best, and what can be done', async () => {
    await show(sweepOf('RUNNING'), columnsOf([0, 'finished', 0.8, 0.1], [1, 'running', null, 0.2], [2, 'finished', 0.9, 0.01])); // prettier-ignore
    const card = output.node.querySelector('section')!;
    expect(card.getAttribute('aria-label')).toBe('Sweep train-42, running');
    expect(card.textContent).toContain('2 of 8 trials · 1 running · 2 done');
    expect(card.textContent).toContain('grid · 2 at a time');
    await vi.waitFor(() => expect(card.textContent).toContain('All 3'));
    expect(card.querySelector('[role=img]')?.getAttribute('aria-label')).toBe('Best auc so far by trial: 0.9 at trial 2'); // prettier-ignore
    button('Publish best…')!.click();
    button('Run with these values…')!.click();
    button('Open')!.click();
    expect(done).toEqual([
      [CommandIDs.publishBest, 'r2'],
      [CommandIDs.runAgainWith, 'r2'],
      [CommandIDs.open, 'ab12']
    ]);
  });

  it('pauses by a click, and goes on', async () => {
    await show(sweepOf('RUNNING'), columnsOf());
    const asked = 'POST /base/dh/api/v1/-/flights/runs/ab12/sweep/pause';
    server.answers.set(asked, { body: sweepOf('RUNNING', { phase: 'paused' }) });
    button('Pause')!.click();
    await vi.waitFor(() => expect(button('Resume')).toBeDefined());
    expect(server.requests).toContain(asked);
    const card = output.node.querySelector('section')!;
    expect(card.getAttribute('aria-label')).toBe('Sweep train-42, paused');
  });

  it('says what the server refuses', async () => {
    await show(sweepOf('RUNNING'), columnsOf());
    server.answers.set('POST /base/dh/api/v1/-/flights/runs/ab12/sweep/pause', {
      status: 400,
      body: { message: 'run/train-42 has ended.', hint: 'Begin another.' }
    });
    button('Pause')!.click();
    const alert = (): Element | null => output.node.querySelector('.jp-Dh-card-foot [role=alert]');
    await vi.waitFor(() => expect(alert()?.textContent).toBe('run/train-42 has ended. Begin another.')); // prettier-ignore
  });

  it('asks for all trials again once it is over', async () => {
    const peer = server.nextPeer();
    await show(sweepOf('RUNNING'), columnsOf([0, 'running', null, 0.1]));
    await vi.waitFor(() => expect(output.node.textContent).toContain('All 1'));
    server.answers.set(COLUMNS, { body: columnsOf([0, 'finished', 0.8, 0.1]) });
    send(await peer, { type: 'run', run: sweepOf('COMPLETED', { phase: 'done' }) });
    await vi.waitFor(() => expect(server.requests.filter(each => each === COLUMNS)).toHaveLength(2)); // prettier-ignore
    await vi.waitFor(() => expect(output.node.textContent).toContain('Running 0'));
    button('More trials…')!.click();
    expect(done).toEqual([[CommandIDs.extendSweep, 'ab12']]);
  });
});

describe('a sweep elsewhere', () => {
  it('is a line of the panel', () => {
    expect(runWords(sweepOf('RUNNING'), nullTranslator.load(''))).toBe('2 of 8 trials · auc 0.9');
  });

  it('is gone on with by another that knows its trials', () => {
    expect(continued(sweepOf('COMPLETED'), 20)).toEqual({
      kind: 'python+sweep:run',
      project: 'flights',
      spec: {
        function: 'python://flights/train:f00',
        inputs: { data: 'store://flights/dataitem/table/flights-features:d4' },
        parameters: { lr: 0.1, depth: 8 },
        timeout: 60,
        sweep: {
          space: SPACE,
          objectives: [{ name: 'auc', direction: 'maximize' }],
          trials: 20,
          sampler: 'grid',
          warm_start: ['run/train-42']
        }
      }
    });
  });
});
