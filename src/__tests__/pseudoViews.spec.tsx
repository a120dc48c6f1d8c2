import { MimeModel } from '@jupyterlab/rendermime';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';
import { flushSync } from 'react-dom';
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Entity, EntityEvent, Lineage } from '../_contract';
import { Client } from '../client';
import { RUN_MIME } from '../models/bundle';
import { PanelModel } from '../models/panel';
import plugins from '../index';
import { IClient, IEntityEvents } from '../tokens';
import { EntityRow } from '../widgets/entityRow';
import { pageOf } from '../widgets/page';
import { Panel } from '../widgets/panel';
import type { PageActions } from '../widgets/pageParts';
import { askPublish } from '../widgets/publishDialog';
import { RunOutput } from '../widgets/runOutput';
import { FakeServer } from './fakeServer';
import { foreign, pseudo, pseudoTranslator, untranslated } from './pseudo';

const AT = 'GET /base/dh/api/v1/-/X-P/';
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
const run = (state: string, status: object = {}): Entity => ({
  ...thing('run', {
    function: 'store://X-P/function/X-kind/X-name:X-function',
    inputs: outputs,
    parameters: { 'X-a': 1 }
  }),
  status: { state, started: NOW, attempt: 1, ...status } as never
});

const RUNS: Record<string, Entity> = {
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

const THINGS: Record<string, Entity> = {
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
  artifact: thing('artifact', { path: 'X-path' })
};

const lineage: Lineage = {
  nodes: [THINGS.model!, RUNS.succeeded!].map(({ key, metadata }) => ({
    key,
    reference: metadata.reference,
    created: NOW
  })),
  edges: [{ type: 'produced_by', source: THINGS.model!.key, dest: RUNS.succeeded!.key }]
} as never;

/** However busy the machine is. */
const PATIENCE = { timeout: 30_000, interval: 20 };
const seen = (look: () => void): Promise<void> => vi.waitFor(look, PATIENCE);

describe(
  'in a pseudo-locale, no word is shown or said that was not translated:',
  { timeout: 60_000 },
  () => {
    let server: FakeServer;
    let client: Client;
    const events = { changed: new Signal<object, EntityEvent>({}) } as unknown as IEntityEvents;
    const widgets: Widget[] = [];

    const answer = (path: string, body: unknown): unknown =>
      server.answers.set(AT + path, { body });
    const attach = (widget: Widget): void => {
      widgets.push(widget);
      Widget.attach(widget, document.body);
    };

    beforeEach(async () => {
      vi.stubGlobal('IntersectionObserver', AllSeen);
      server = new FakeServer();
      client = new Client(await server.start());
      server.answers.set('GET /base/dh/.well-known/configuration', {
        body: { dh_default_project: 'X-P' }
      });
    });

    afterEach(async () => {
      widgets.splice(0).forEach(each => each.dispose());
      vi.unstubAllGlobals();
      await server.stop();
    });

    it.each(Object.keys(RUNS))('the card of a run that is %s', async state => {
      answer('runs/X-run', RUNS[state]);
      const output = new RunOutput({ client, trans: pseudo, onAgain: () => {}, onCure: () => {} });
      const data = { [RUN_MIME]: { id: 'X-run', project: 'X-P' }, 'text/plain': 'X-text' };
      await output.renderModel(new MimeModel({ trusted: true, data: data as never }));
      attach(output);
      await seen(() => expect(output.node.querySelector('section')).not.toBeNull());
      expect(untranslated(output.node)).toEqual([]);
    });

    it.each([...Object.keys(RUNS), ...Object.keys(THINGS)])(
      'the page of %s, in all its parts',
      async name => {
        const entity = RUNS[name] ?? THINGS[name]!;
        const type = RUNS[name] ? 'run' : name;
        const at = `${type}s/${entity.id}`;
        answer(at, entity);
        answer(`${at}/environment`, { python: '3.11', platform: 'X-l', packages: ['X-p==1'] });
        answer(`${at}/lineage?steps=3`, lineage);
        answer(`${at}/metrics`, { 'X-m': [0.5] });
        answer(`${at}/files/info`, [{ path: 'X-f', size: 2000 }]);
        const actions = {} as PageActions;
        const page = pageOf({
          client,
          events,
          target: { project: 'X-P', type, id: entity.id },
          actions,
          trans: pseudo
        });
        attach(page);
        const tabs = (): HTMLElement[] => [
          ...page.node.querySelectorAll<HTMLElement>('[role="tab"]')
        ];
        await seen(() => expect(tabs().length).toBeGreaterThan(1));
        for (const index of tabs().keys()) {
          tabs()[index]!.click();
          await seen(() => expect(tabs()[index]!.getAttribute('aria-selected')).toBe('true'));
          expect(untranslated(page.node), tabs()[index]!.textContent).toEqual([]);
        }
      }
    );

    it('the panel while there is nothing', async () => {
      const model = new PanelModel({ client, events, user: () => '' });
      const none = (): void => {};
      const panel = new Panel({
        model,
        translator: pseudoTranslator,
        trans: pseudo,
        onOpen: none,
        onCompare: none,
        onBegin: none,
        dragged: () => ''
      });
      attach(panel);
      model.watch(true);
      await seen(() => expect(model.section('runs').knowledge).toBe('known'));
      await seen(() => expect(panel.node.textContent).toContain('⟦No run matches'));
      // Lumino says "Runs Section" in English to everybody.
      const ours = untranslated(panel.node).filter(text => !text.endsWith(' Section'));
      expect(ours).toEqual([]);
      expect(foreign(panel.title.caption)).toBe(false);
    });

    it('the rows of lists', () => {
      const counts = { running: 1, queued: 0, finished: 2, pruned: 1, failed: 0, total: 8 };
      const best = [{ trial: 1, values: { 'X-m': 0.5 } }];
      const sweeps = [counts, { ...counts, total: null }].map(each =>
        run('RUNNING', { sweep: { counts: each, best, workers: 1, phase: 'X-p' } })
      );
      for (const entity of [...Object.values(RUNS), ...Object.values(THINGS), ...sweeps]) {
        const row = ReactWidget.create(<EntityRow entity={entity} trans={pseudo} />);
        attach(row);
        flushSync(() => MessageLoop.sendMessage(row, Widget.Msg.UpdateRequest));
        expect(row.node.textContent).not.toBe('');
        expect(untranslated(row.node)).toEqual([]);
      }
    });

    it('the dialog that publishes', async () => {
      const asked = { name: 'X-n', alias: '', note: '', force: false };
      const left = askPublish('X-title', asked, 'X-problem', pseudo);
      await seen(() => expect(document.querySelector('.jp-Dialog input')).not.toBeNull());
      const dialog = document.querySelector('.jp-Dialog')!;
      expect(untranslated(dialog)).toEqual([]);
      dialog.querySelector<HTMLElement>('.jp-Dialog-footer button')!.click();
      expect(await left).toBeNull();
    });

    it('what menus and the palette call the commands', () => {
      const app = applicationOf(client);
      const given = new Map<object, unknown>([
        [IClient, client],
        [IEntityEvents, events]
      ]);
      for (const { id, requires = [], optional = [], activate } of plugins) {
        // What Lab alone can provide is left to the tests in a browser.
        if (
          id !== 'dh-jupyter:client' &&
          id !== 'dh-jupyter:events' &&
          requires.every(token => given.has(token))
        ) {
          const all = [...requires, ...optional].map(token =>
            token.name === '@jupyterlab/translation:ITranslator'
              ? pseudoTranslator
              : (given.get(token) ?? null)
          );
          (activate as (...parts: unknown[]) => unknown)(app, ...all);
        }
      }
      const ids = app.commands.listCommands();
      expect(ids.length).toBeGreaterThan(20);
      const said = ids.flatMap(id => [app.commands.label(id), app.commands.caption(id)]);
      expect(said.filter(foreign)).toEqual([]);
      expect(said.filter(text => text.includes('⟦')).length).toBeGreaterThanOrEqual(ids.length);
    });
  }
);

/** Lab, as far as a plugin needs it to say what it can do. */
function applicationOf(client: Client): JupyterFrontEnd {
  const nothing = (): void => {};
  return {
    commands: new CommandRegistry(),
    contextMenu: { addItem: nothing, menu: { aboutToClose: new Signal({}) } },
    contextMenuHitTest: () => undefined,
    shell: { add: nothing, activateById: nothing, currentWidget: null },
    serviceManager: { user: { identity: null }, serverSettings: client },
    restored: Promise.resolve()
  } as unknown as JupyterFrontEnd;
}

/** Calls back at once: everything is in sight. */
class AllSeen {
  constructor(private readonly _onSeen: (entries: { isIntersecting: boolean }[]) => void) {}
  observe(): void {
    this._onSeen([{ isIntersecting: true }]);
  }
  disconnect(): void {}
}
