import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Entity, EntityEvent } from '../_contract';
import { Client } from '../client';
import { PanelModel } from '../models/panel';
import type { IEntityEvents } from '../tokens';
import { Panel } from '../widgets/panel';
import { FakeServer, modelOf } from './fakeServer';

const LIST = 'GET /base/dh/api/v1/-/flights/workflows?';
const workflow: Entity = {
  ...modelOf('1'),
  name: 'nightly',
  key: 'store://flights/workflow/hera/nightly:w1',
  metadata: { reference: 'workflow/nightly@1', version_number: 1 }
};

describe('a section that is there when there is something in it', () => {
  let server: FakeServer;
  let client: Client;
  let panel: Panel;
  const changed = new Signal<object, EntityEvent>({});

  const answer = (content: Entity[], query = 'size=50'): unknown =>
    server.answers.set(LIST + query, { body: { content, totalElements: content.length } });
  const tell = (action: EntityEvent['action']): void =>
    changed.emit({ action, type: 'workflow', project: 'flights', id: 'w1' });
  const titles = (): string[] =>
    [...panel.node.querySelectorAll('.jp-AccordionPanel-title')].map(
      node => node.textContent?.replace(/\d/g, '').trim() ?? ''
    );
  const show = (): void => {
    const none = (): void => {};
    panel = new Panel({
      model: new PanelModel({
        client,
        events: {
          changed,
          missed: new Signal<object, void>({})
        } as unknown as IEntityEvents
      }),
      trans: nullTranslator.load('dh_jupyter'),
      onOpen: none,
      onCompare: none,
      onBegin: none,
      dragged: () => ''
    });
    Widget.attach(panel, document.body);
    panel.model.watch(true);
  };
  const USUAL = ['Runs', 'Functions', 'Data', 'Models'];

  beforeEach(async () => {
    server = new FakeServer();
    client = new Client(await server.start());
    server.answers.set('GET /base/dh/.well-known/configuration', {
      body: { dh_default_project: 'flights' }
    });
  });

  afterEach(async () => {
    panel.dispose();
    await server.stop();
  });

  it('comes with the first, stays while a search finds none, and goes with the last', async () => {
    answer([]);
    show();
    const section = panel.model.section('workflows');
    await vi.waitFor(() => expect(section.knowledge).toBe('known'));
    expect(titles()).toEqual(USUAL);
    answer([workflow]);
    tell('created');
    await vi.waitFor(() => expect(titles()).toEqual([...USUAL, 'Workflows']));
    answer([], 'size=50&q=other');
    panel.model.search('other');
    await vi.waitFor(() => expect([section.total, section.knowledge]).toEqual([0, 'known']));
    expect(titles()).toContain('Workflows');
    panel.model.search('');
    await vi.waitFor(() => expect(section.total).toBe(1));
    answer([]);
    tell('deleted');
    await vi.waitFor(() => expect(titles()).toEqual(USUAL));
  });

  it('is folded when it was folded the last time', async () => {
    answer([workflow]);
    show();
    panel.open = [true, true, true, true, false];
    await vi.waitFor(() => expect(titles()).toContain('Workflows'));
    expect(panel.open).toEqual([true, true, true, true, false]);
  });

  it('keeps what was said of it while it is not there', async () => {
    answer([]);
    show();
    await vi.waitFor(() => expect(panel.model.section('workflows').knowledge).toBe('known'));
    panel.open = [true, false, true, true, false];
    expect(panel.open).toEqual([true, false, true, true, false]);
  });
});

describe('the project of the panel', () => {
  let server: FakeServer;
  let client: Client;
  let model: PanelModel;
  const changed = new Signal<object, EntityEvent>({});

  const projects = (...names: string[]): unknown =>
    server.answers.set('GET /base/dh/api/v1/projects?size=500', {
      body: { content: names.map(name => ({ name })), totalElements: names.length }
    });
  const asked = (project: string): boolean =>
    server.requests.some(each => each.includes(`/-/${project}/runs?size=50`));

  beforeEach(async () => {
    server = new FakeServer();
    client = new Client(await server.start());
    server.answers.set('GET /base/dh/.well-known/configuration', {
      body: { dh_default_project: 'flights' }
    });
    const events = { changed, missed: new Signal<object, void>({}) } as unknown as IEntityEvents;
    model = new PanelModel({ client, events });
  });

  afterEach(async () => {
    model.dispose();
    await server.stop();
  });

  it('is chosen among those that there are, for the whole page, and remembered', async () => {
    projects('trains', 'flights');
    model.watch(true);
    await vi.waitFor(() => expect(model.projects).toEqual(['flights', 'trains']));
    model.choose('trains');
    await vi.waitFor(() => expect(asked('trains')).toBe(true));
    expect(await client.defaultProject()).toBe('trains');
    expect(model.state).toEqual({ filters: [], project: 'trains' });
  });

  it('that was made meanwhile is there with the first thing in it', async () => {
    projects('flights');
    model.watch(true);
    await vi.waitFor(() => expect(asked('flights')).toBe(true));
    projects('flights', 'ships');
    changed.emit({ action: 'created', type: 'function', project: 'ships', id: 'f1' });
    await vi.waitFor(() => expect(model.projects).toEqual(['flights', 'ships']));
  });

  it('of before is shown again, but for one that is not there any more', async () => {
    projects('flights', 'trains');
    model.restore({ project: 'gone' });
    model.restore({ project: 'trains' });
    await vi.waitFor(() => expect(model.project).toBe('trains'));
    model.watch(true);
    await vi.waitFor(() => expect(asked('trains')).toBe(true));
    expect(asked('gone') || asked('flights')).toBe(false);
  });
});
