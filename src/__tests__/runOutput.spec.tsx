import { Clipboard } from '@jupyterlab/apputils';
import { MimeModel } from '@jupyterlab/rendermime';
import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Entity } from '../_contract';
import { Client } from '../client';
import { RUN_MIME } from '../models/bundle';
import { RunsInView } from '../models/inView';
import { RunOutput } from '../widgets/runOutput';
import { FakeServer, runOf, send } from './fakeServer';

const RUN = 'GET /base/dh/api/v1/-/flights/runs/ab12';

/** Calls back at once: everything is in sight. */
class AllSeen {
  constructor(private readonly _onSeen: (entries: { isIntersecting: boolean }[]) => void) {}
  observe(): void {
    this._onSeen([{ isIntersecting: true }]);
  }
  disconnect(): void {}
}

const FAILED: Record<string, unknown> = {
  diagnosis: {
    code: 'user_exception',
    summary: 'ValueError: no rows',
    cure: 'Give it data.'
  },
  error: {
    type: 'ValueError',
    message: 'no rows',
    traceback: 'Traceback (most recent call last): …',
    frames: [
      { where: 'cell [6]', line: 4, function: 'train', code: 'fit(data)', user: true },
      { where: 'pandas/core.py', line: 9, function: 'a' },
      { where: 'pandas/core.py', line: 19, function: 'b' }
    ]
  }
};

describe('RunOutput', () => {
  let server: FakeServer;
  let client: Client;
  let output: RunOutput;

  const show = async (data: unknown, trusted = true): Promise<void> => {
    const bundle = { [RUN_MIME]: data, 'text/plain': 'Run train-42' } as MimeModel['data'];
    await output.renderModel(new MimeModel({ trusted, data: bundle as never }));
    Widget.attach(output, document.body);
  };

  const showRun = async (run: Entity): Promise<void> => {
    server.answers.set(RUN, { body: run });
    await show({ id: 'ab12', project: 'flights' });
    await vi.waitFor(() => expect(card()).not.toBeNull());
  };

  const card = (): HTMLElement | null => output.node.querySelector('section');

  beforeEach(async () => {
    vi.stubGlobal('IntersectionObserver', AllSeen);
    server = new FakeServer();
    const trans = nullTranslator.load('dh_jupyter');
    client = new Client(await server.start());
    output = new RunOutput({ client, trans });
  });

  afterEach(async () => {
    output.dispose();
    vi.unstubAllGlobals();
    await server.stop();
  });

  it('draws a finished run with results and outputs', async () => {
    await showRun(
      runOf('COMPLETED', {
        ended: '2026-11-23T10:06:48.000Z',
        metrics: { mae: [12, 10.97] },
        results: { rows: 336776 },
        outputs: { 'arr-delay': 'store://flights/model/mlflow/arr-delay:m6' }
      })
    );
    expect(card()?.getAttribute('aria-label')).toBe('Run train-42, succeeded');
    expect(card()?.textContent).toContain('6:47');
    expect(card()?.textContent).toContain('10.97');
    expect(card()?.textContent).toContain('336,776');
    expect(card()?.querySelector('[title="model/arr-delay"]')).not.toBeNull();
    expect(card()?.textContent).toContain('lr=0.1 · depth=8');
    expect(card()?.querySelector('button')).toBeNull();
  });

  it('gives the result of a run, and publishes its one model', async () => {
    output.dispose();
    const onCommand = vi.fn();
    const onPublish = vi.fn();
    const trans = nullTranslator.load('dh_jupyter');
    output = new RunOutput({ client, trans, onCommand, onPublish });
    const key = 'store://flights/model/mlflow/arr-delay:m6';
    await showRun(runOf('COMPLETED', { results: { rows: 3 }, outputs: { 'arr-delay': key } }));
    const press = (label: string): void =>
      [...(card()?.querySelectorAll('button') ?? [])]
        .find(button => button.textContent === label)
        ?.click();
    press('Insert result');
    expect(onCommand).toHaveBeenCalledWith('dh:insert-code', { project: 'flights', id: 'ab12' });
    press('Publish…');
    expect(onPublish).toHaveBeenCalledWith(key);
  });

  it('copies what is known of a failure', async () => {
    const copied = vi.spyOn(Clipboard, 'copyToSystem').mockImplementation(() => undefined);
    await showRun(runOf('ERROR', FAILED));
    const copy = [...(card()?.querySelectorAll('button') ?? [])].at(-1);
    expect(copy?.textContent).toBe('Copy diagnosis');
    copy?.click();
    const text = 'ValueError: no rows\n\nGive it data.\n\nTraceback (most recent call last): …';
    expect(copied).toHaveBeenCalledExactlyOnceWith(text);
    copied.mockRestore();
  });

  it('says why a run failed, with its own cells first', async () => {
    await showRun(runOf('ERROR', FAILED));
    const text = card()?.textContent ?? '';
    expect(text).toContain('ValueError: no rows');
    expect(text).toContain('Give it data.');
    expect(text).toContain('cell [6] line 4   fit(data)');
    expect(text).toContain('then 2 frames in libraries');
  });

  it('shows a long message whole, but not at once', async () => {
    const rest = `${'all of the rows '.repeat(200)}are bad`;
    const summary = `ValueError: no rows. ${rest}`;
    await showRun(runOf('ERROR', { diagnosis: { code: 'user_exception', summary } }));
    expect(card()?.querySelector('.jp-Dh-diag-what')?.textContent).toBe('ValueError: no rows.');
    const folded = card()?.querySelector<HTMLDetailsElement>('.jp-Dh-diag details');
    expect(folded?.open).toBe(false);
    expect(folded?.querySelector('summary')?.textContent).toBe('Show all');
    expect(folded?.querySelector('div')?.textContent).toBe(rest);
  });

  it('follows a run, stops it by a click and speaks its end', async () => {
    const connected = server.nextPeer();
    await showRun(runOf('RUNNING'));
    const peer = await connected;
    send(peer, { type: 'run', run: runOf('RUNNING') });
    send(peer, { type: 'progress', progress: { done: 248, total: 400, text: 'round 248 of 400' } });
    await vi.waitFor(() => expect(card()?.textContent).toContain('62% · round 248 of 400'));
    const bar = card()?.querySelector('[role=progressbar]');
    expect(bar?.getAttribute('aria-valuenow')).toBe('62');
    expect(bar?.getAttribute('aria-valuetext')).toBe('round 248 of 400');
    expect(card()?.querySelector('[role=status]')?.textContent).toBe('');
    card()?.querySelector('button')?.click();
    await vi.waitFor(() =>
      expect(server.requests).toContain('POST /base/dh/api/v1/-/flights/runs/ab12/stop')
    );
    send(peer, { type: 'run', run: runOf('STOPPED') }, { type: 'end' });
    await vi.waitFor(() =>
      expect(card()?.querySelector('[role=status]')?.textContent).toBe('train-42 stopped')
    );
  });

  it('says that it is in view while it can be seen, and not before one may look', async () => {
    output.dispose();
    const inView = new RunsInView(() => false);
    const seen = (): boolean => inView.has({ project: 'flights', type: 'run', id: 'ab12' });
    output = new RunOutput({ client, trans: nullTranslator.load('dh_jupyter'), inView });
    server.answers.set(RUN, { body: runOf('ERROR') });
    await show({ id: 'ab12', project: 'flights' }, false);
    expect(seen()).toBe(false);
    await vi.waitFor(() => expect(output.node.querySelector('button')).not.toBeNull());
    output.node.querySelector('button')?.click();
    await vi.waitFor(() => expect(seen()).toBe(true));
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    document.dispatchEvent(new Event('visibilitychange'));
    expect(seen()).toBe(false);
    hidden.mockRestore();
    document.dispatchEvent(new Event('visibilitychange'));
    expect(seen()).toBe(true);
    output.dispose();
    expect(seen()).toBe(false);
  });

  it('is not in view by its end alone: what tells how it stands is its head', async () => {
    class EndSeen extends AllSeen {
      override observe(node?: Element): void {
        if (node && !node.matches('.jp-Dh-card-head')) {
          super.observe();
        }
      }
    }
    vi.stubGlobal('IntersectionObserver', EndSeen);
    const show = vi.fn();
    output = new RunOutput({
      client,
      trans: nullTranslator.load('dh_jupyter'),
      inView: { show }
    });
    await showRun(runOf('ERROR', FAILED));
    expect(show).not.toHaveBeenCalled();
  });

  it('lets go while the page is hidden', async () => {
    const connected = server.nextPeer();
    await showRun(runOf('RUNNING'));
    const peer = await connected;
    const closed = new Promise(resolve => peer.on('close', resolve));
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    document.dispatchEvent(new Event('visibilitychange'));
    await closed;
    const again = server.nextPeer();
    hidden.mockReturnValue(false);
    document.dispatchEvent(new Event('visibilitychange'));
    await again;
    hidden.mockRestore();
  });

  it('asks for nothing in an untrusted notebook until told to', async () => {
    server.answers.set(RUN, { body: runOf('COMPLETED') });
    await show({ id: 'ab12', project: 'flights' }, false);
    await vi.waitFor(() => expect(output.node.textContent).toContain('Run train-42'));
    expect(server.requests).toEqual([]);
    output.node.querySelector('button')?.click();
    await vi.waitFor(() => expect(card()).not.toBeNull());
  });

  it('shows the text of what names no run, and asks for nothing', async () => {
    await show({ id: '../../contents', project: 'flights' });
    await vi.waitFor(() => expect(output.node.textContent).toContain('Run train-42'));
    expect(output.node.querySelector('button')).toBeNull();
    expect(server.requests).toEqual([]);
  });

  it('shows text and reason for a run that is not in the catalogue', async () => {
    await show({ id: 'ab12', project: 'flights' });
    await vi.waitFor(() => expect(output.node.textContent).toContain('No such EntityName.RUN.'));
    expect(output.node.textContent).toContain('Run train-42');
  });
});
