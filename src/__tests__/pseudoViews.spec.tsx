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
import type { EntityEvent } from '../_contract';
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
import { COLUMNS, lineage, run, RUNS, sweepOf, THINGS } from './pseudoThings';
import { foreign, pseudo, pseudoTranslator, untranslated } from './pseudo';

const AT = 'GET /base/dh/api/v1/-/X-P/';
/** However busy the machine is. */
const PATIENCE = { timeout: 30_000, interval: 20 };
const seen = (look: () => void): Promise<void> => vi.waitFor(look, PATIENCE);

describe(
  'in a pseudo-locale, no word is shown or said that was not translated:',
  { timeout: 60_000 },
  () => {
    let server: FakeServer;
    let client: Client;
    const events = {
      changed: new Signal<object, EntityEvent>({}),
      missed: new Signal<object, void>({})
    } as unknown as IEntityEvents;
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

    it.each(['RUNNING', 'COMPLETED', 'STOPPED'])(
      'the card and the page of a sweep that is %s',
      async state => {
        vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
        const entity = sweepOf(state);
        answer('runs/X-run', entity);
        answer('runs/X-run/trials/columns', COLUMNS);
        answer(`runs/X-run/trials/columns?since=${COLUMNS.revision}`, COLUMNS);
        answer('runs/X-run/trials/champion', { reference: 'X-model', value: 0.4 });
        answer('runs/X-run/trials/importance', { 'X-lr': 1 });
        answer('runs/X-run/lineage?steps=3', lineage);
        const output = new RunOutput({ client, trans: pseudo });
        const data = { [RUN_MIME]: { id: 'X-run', project: 'X-P' }, 'text/plain': 'X-text' };
        await output.renderModel(new MimeModel({ trusted: true, data: data as never }));
        attach(output);
        const target = { project: 'X-P', type: 'run', id: 'X-run' };
        const page = pageOf({ client, events, target, actions: {} as PageActions, trans: pseudo });
        attach(page);
        for (const { node } of [output, page]) {
          await seen(() => expect(node.textContent).toContain('X-model'));
          await seen(() => expect(node.querySelector('.jp-Dh-trials')).not.toBeNull());
          expect(untranslated(node)).toEqual([]);
        }
        const tabs = [...page.node.querySelectorAll<HTMLElement>('[role="tab"]')];
        expect(tabs.length).toBeGreaterThan(2);
        for (const tab of tabs) {
          tab.click();
          await seen(() => expect(tab.getAttribute('aria-selected')).toBe('true'));
          expect(untranslated(page.node), tab.textContent).toEqual([]);
        }
      }
    );

    it('the panel while there is nothing', async () => {
      const model = new PanelModel({ client, events });
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
      await seen(() => expect(panel.node.textContent).toContain('⟦None yet'));
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
