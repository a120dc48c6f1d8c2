import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../client';
import { EntityEvents } from '../events';
import { runsIn } from '../models/notebooks';
import { type NotebookCards, PanelModel } from '../models/panel';
import { FakeServer, runOf, until } from './fakeServer';

const LIST = 'GET /base/dh/api/v1/-/flights/runs?';

class Cards implements NotebookCards {
  readonly changed = new Signal<this, void>(this);
  ids: string[] = [];
}

describe('runsIn', () => {
  const mime = 'application/vnd.dh.run.v1+json';
  it.each([
    [[{ [mime]: { project: 'p', id: 'a' } }, { 'text/plain': 'x' }], ['a']],
    [[{ [mime]: { project: 'p', id: 'a' } }, { [mime]: { project: 'p', id: 'a' } }], ['a']],
    [[{ [mime]: { project: 'p', id: '../../x' } }, { [mime]: null }, { [mime]: 'a' }], []]
  ])('%j', (data, ids) => expect(runsIn(data)).toEqual(ids));
});

describe('the filter by the notebook in view', () => {
  let server: FakeServer;
  let model: PanelModel;
  let cards: Cards;

  beforeEach(async () => {
    server = new FakeServer();
    const client = new Client(await server.start());
    cards = new Cards();
    server.answers.set('GET /base/dh/.well-known/configuration', {
      body: { dh_default_project: 'flights' }
    });
    const body = { totalElements: 2, content: [runOf('RUNNING'), { ...runOf('READY'), id: 'cd' }] };
    for (const query of ['size=50', 'ids=ab12&size=50', 'ids=-&size=50']) {
      server.answers.set(LIST + query, { body });
    }
    const events = new EntityEvents(new Signal({}));
    model = new PanelModel({ client, events, notebook: cards });
    model.watch(true);
    await until(model.section('runs').changed, () => model.section('runs').rows.length === 2);
  });

  afterEach(async () => {
    model.dispose();
    await server.stop();
  });

  it('asks for runs with a card, for no others even of a server that does not know how, and anew', async () => {
    const runs = model.section('runs');
    model.toggle('notebook');
    await until(runs.changed, () => runs.knowledge === 'known');
    expect(runs.rows).toEqual([]);
    cards.ids = ['ab12'];
    cards.changed.emit();
    await until(runs.changed, () => runs.rows.length > 0);
    expect(runs.rows.map(({ id }) => id)).toEqual(['ab12']);
    expect(model.inNotebook).toBe(1);
    expect(model.state).toEqual({ filters: ['notebook'], project: 'flights' });
  });
});
