import * as React from 'react';
import { nullTranslator } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EntityEvent } from '../_contract';
import { Client } from '../client';
import { ThingModel } from '../models/thing';
import type { IEntityEvents } from '../tokens';
import type { PageActions } from '../widgets/pageParts';
import { ThingPage } from '../widgets/thingPage';
import { FakeServer, modelOf, runOf } from './fakeServer';

const AT = 'GET /base/dh/api/v1/-/flights/';

describe('metrics on the page of a model', () => {
  let server: FakeServer;
  let thing: ThingModel;
  let page: Widget;
  const open = vi.fn();

  beforeEach(async () => {
    server = new FakeServer();
    const { key } = runOf('COMPLETED');
    const relationships = [
      { type: 'produced_by', dest: 'store://flights/run/python+job:run/older' },
      { type: 'produced_by', dest: key },
      { type: 'consumes', dest: 'store://flights/dataitem/table/x:d1' }
    ];
    const model = modelOf('1');
    const body = { ...model, metadata: { ...model.metadata, relationships } };
    server.answers.set(`${AT}models/1`, { body });
    server.answers.set(`${AT}models/1/metrics`, { body: {} });
    server.answers.set(`${AT}runs/ab12`, { body: runOf('COMPLETED') });
    server.answers.set(`${AT}runs/ab12/metrics`, { body: { auc: [0.1, 0.75] } });
    const client = new Client(await server.start());
    const events = {
      changed: new Signal<object, EntityEvent>({}),
      missed: new Signal<object, void>({})
    } as unknown as IEntityEvents;
    const target = { project: 'flights', type: 'model', id: '1' };
    thing = new ThingModel({ client, events, target });
    const actions = { open } as unknown as PageActions;
    const trans = nullTranslator.load('dh_jupyter');
    page = ReactWidget.create(<ThingPage id="x" thing={thing} actions={actions} trans={trans} />);
  });

  afterEach(async () => {
    page.dispose();
    thing.dispose();
    await server.stop();
  });

  const shown = (): string => page.node.querySelector('[aria-label="Metrics"]')?.textContent ?? '';

  it('are those that the run which made it reported last, where it has none', async () => {
    Widget.attach(page, document.body);
    await vi.waitFor(() => expect(shown()).toContain('0.75'));
    expect(shown()).toContain('reported by train-42');
    page.node.querySelector<HTMLElement>('[aria-label="Metrics"] .jp-mod-opens')?.click();
    expect(open).toHaveBeenCalledWith({ project: 'flights', type: 'run', id: 'ab12' });
  });

  it('are its own, where it has some, and no run is asked', async () => {
    server.answers.set(`${AT}models/1/metrics`, { body: { auc: 0.5 } });
    Widget.attach(page, document.body);
    await vi.waitFor(() => expect(shown()).toContain('0.5'));
    expect(shown()).not.toContain('reported by');
    expect(server.requests.filter(request => request.includes('/runs/'))).toEqual([]);
  });

  it('are none, and nothing is wrong, where the run was deleted', async () => {
    server.answers.delete(`${AT}runs/ab12`);
    Widget.attach(page, document.body);
    await vi.waitFor(() => expect(thing.reported.knowledge).toBe('known'));
    expect(shown()).not.toContain('reported by');
    expect(page.node.querySelector('[role="alert"]')).toBeNull();
  });
});
