import { MimeModel } from '@jupyterlab/rendermime';
import { nullTranslator } from '@jupyterlab/translation';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FUNCTION_MIME } from '../models/bundle';
import { FunctionOutput } from '../widgets/functionOutput';
import { pseudo, untranslated } from './pseudo';

describe('FunctionOutput', () => {
  const onOpen = vi.fn();
  let output: FunctionOutput;

  const show = async (plain: unknown, id: unknown = 'f3', trans = nullTranslator.load('x')) => {
    output = new FunctionOutput({ trans, onOpen });
    const data = { [FUNCTION_MIME]: { project: 'flights', id }, 'text/plain': plain };
    await output.renderModel(new MimeModel({ trusted: false, data: data as never }));
    Widget.attach(output, document.body);
    MessageLoop.flush();
    await vi.waitFor(() => expect(output.node.textContent).not.toBe(''));
    return output.node;
  };

  beforeEach(() => onOpen.mockClear());
  afterEach(() => output.dispose());

  it('names the function by a chip that opens it, and says what came along', async () => {
    const node = await show(['function/train@3 · changed since @2', ' · 1 helper (split)']);
    expect(node.textContent).toBe('Registered astrain@3· changed since @2 · 1 helper (split)');
    expect(onOpen).not.toHaveBeenCalled();
    node.querySelector<HTMLElement>('button[title="function/train@3"]')?.click();
    expect(onOpen).toHaveBeenCalledExactlyOnceWith({ project: 'flights', id: 'f3' });
  });

  it('says when the version was there already', async () => {
    expect((await show('unchanged, function/train@3')).textContent).toBe('Unchanged:train@3');
  });

  it('shows a line that is none of ours as the text that it is', async () => {
    expect((await show('<b>Click</b> function/train@3')).textContent).toContain('<b>Click</b>');
    expect(output.node.querySelector('b, button')).toBeNull();
  });

  it('opens nothing by an id that is none', async () => {
    expect((await show('function/train@3', '../x')).querySelector('button')).toBeNull();
  });

  it('is translated', async () => {
    expect(untranslated(await show('function/X-train@3', 'f3', pseudo))).toEqual([]);
  });
});
