import { Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Plan } from '../_contract';
import { Client } from '../client';
import { LaunchModel } from '../models/launch';
import { LaunchForm } from '../widgets/launchForm';
import { FakeServer } from './fakeServer';
import { pseudo, untranslated } from './pseudo';

const PLAN: Plan = {
  title: 'X-TITLE',
  what: 'X-WHAT',
  code: 'X-CODE',
  fields: [
    { name: 'X-A', kind: 'number', required: true, value: '', annotation: 'X-T' },
    { name: 'X-B', kind: 'reference', required: false, value: '', entities: ['dataitem'] },
    { name: 'X-C', kind: 'any', required: false, value: '', default: 'X-D' }
  ],
  given: {},
  options: {},
  checks: [
    { name: 'arguments', state: 'fault', text: 'X-FAULT', field: 'X-A' },
    { name: 'names', state: 'note', text: 'X-NOTE', detail: 'X-MORE', cell: 'c' },
    { name: 'places', state: 'ok', text: 'X-OK', detail: 'X-SHORT' }
  ]
};

describe('the launch form in a pseudo-locale', () => {
  let server: FakeServer;
  let form: LaunchForm;
  let model: LaunchModel;

  beforeEach(async () => {
    server = new FakeServer();
    server.answers.set('POST /base/dh/api/v1/-/p/runs/plan', { body: PLAN });
    const client = new Client(await server.start());
    const prefill = { values: { 'X-B': 'X-V' }, options: { profile: 'x' } };
    model = new LaunchModel({ client, project: 'p', subject: { function: 'f' }, prefill });
    await model.refresh();
    form = new LaunchForm({ model, trans: pseudo });
    Widget.attach(form, document.body);
    await form.renderPromise;
  });

  afterEach(async () => {
    form.dispose();
    model.dispose();
    await server.stop();
  });

  it('shows and says no word that was not translated', async () => {
    await vi.waitFor(() => expect(form.node.textContent).toContain('⟦from notebook~'));
    expect(untranslated(form.node)).toEqual([]);
    expect(form.node.textContent).toContain('⟦Add a variable~');
  });
});
