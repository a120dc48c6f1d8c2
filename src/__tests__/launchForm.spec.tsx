import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Plan } from '../_contract';
import { Client } from '../client';
import { LaunchModel } from '../models/launch';
import { LaunchForm } from '../widgets/launchForm';
import { FakeServer } from './fakeServer';

const PLAN: Plan = {
  title: 'train@3',
  what: '',
  code: '',
  fields: [
    { name: 'lr', kind: 'number', required: false, value: '0.1' },
    { name: 'data', kind: 'reference', required: true, value: '', entities: ['dataitem'] }
  ],
  given: {},
  options: {},
  checks: [{ name: 'arguments', state: 'fault', field: 'data', text: 'data is needed' }]
};

describe('the form that launches', () => {
  let server: FakeServer;
  let model: LaunchModel;
  let form: LaunchForm;

  beforeEach(async () => {
    server = new FakeServer();
    const client = new Client(await server.start());
    server.answers.set('POST /base/dh/api/v1/-/flights/runs/plan', { body: PLAN });
    const subject = { function: 'store://flights/function/python/train:f00' };
    model = new LaunchModel({ client, project: 'flights', subject });
    form = new LaunchForm({ model, trans: nullTranslator.load('dh_jupyter') });
  });

  afterEach(async () => {
    form.dispose();
    model.dispose();
    await server.stop();
  });

  const isOnData = (): void =>
    expect(document.activeElement?.closest('.jp-Dh-launch-field')?.textContent).toContain('data');

  it('opens on what needs a value when the plan comes after it was drawn', async () => {
    Widget.attach(form, document.body);
    await vi.waitFor(() => expect(form.node.textContent).toContain('Compute'));
    await model.refresh();
    await vi.waitFor(isOnData);
  });

  it('opens on what needs a value when the plan was there before', async () => {
    await model.refresh();
    Widget.attach(form, document.body);
    await vi.waitFor(isOnData);
  });

  it('leaves a person where they went meanwhile', async () => {
    Widget.attach(form, document.body);
    await vi.waitFor(() => expect(form.node.querySelector('[type=radio]')).not.toBeNull());
    form.node.querySelector<HTMLElement>('[type=radio]')!.focus();
    await model.refresh();
    await vi.waitFor(() => expect(form.node.textContent).toContain('data is needed'));
    expect(document.activeElement?.getAttribute('type')).toBe('radio');
  });
});
