import type { ICellModel } from '@jupyterlab/cells';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';
import { FUNCTION_MIME } from '../models/bundle';
import { registeredAs } from '../models/notebooks';
import { CellButton } from '../widgets/cellButton';

const outputs = (plain: unknown, bundle: unknown = { project: 'p', id: 'f1' }): unknown => [
  { output_type: 'stream', text: 'x' },
  { data: { 'text/plain': plain, [FUNCTION_MIME]: bundle } }
];

describe('CellButton', () => {
  it('is there while its own cell registers a function, and says which', async () => {
    let source = 'x = 1';
    let shown: unknown = [];
    const changed = new Signal<object, void>({});
    const cell = {
      sharedModel: { changed, getSource: () => source },
      toJSON: () => ({ outputs: shown })
    } as unknown as ICellModel;
    const onRun = vi.fn();
    const button = new CellButton({ cell, onRun, trans: nullTranslator.load('dh_jupyter') });
    expect(button.isHidden).toBe(true);
    source = '%%dh function train\ndef train(): ...';
    changed.emit();
    expect(button.isHidden).toBe(false);
    shown = outputs('function/train@3 · needs pandas');
    changed.emit();
    await vi.waitFor(() => expect(button.node.textContent).toBe('train@3'));
    const inside = button.node.querySelector<HTMLElement>('jp-button, button')!;
    inside.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    expect(onRun).toHaveBeenCalledTimes(1);
    source = 'def train(): ...';
    changed.emit();
    expect(button.isHidden).toBe(true);
    button.dispose();
  });
});

describe('registeredAs', () => {
  it('takes the name off the line of a function, and nothing else', () => {
    expect(registeredAs(outputs(['function/tr', 'ain@12 · x']))).toBe('train@12');
    expect(registeredAs(outputs('unchanged, function/train@3'))).toBe('train@3');
    expect(registeredAs(outputs('function/train@3', { id: '../x' }))).toBe('');
    expect(registeredAs(outputs('Click here, function/train@3'))).toBe('');
    expect(registeredAs(outputs(`function/${'x'.repeat(61)}@3`))).toBe('');
    expect(registeredAs('none')).toBe('');
  });
});
