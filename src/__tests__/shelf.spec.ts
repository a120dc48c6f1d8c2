import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import type { MainAreaWidget } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';
import { describe, expect, it, vi } from 'vitest';
import { Shelf } from '../plugins/shelf';

describe('Shelf', () => {
  const shellOf = (): JupyterFrontEnd.IShell & ILabShell =>
    ({ add: vi.fn(), activateById: vi.fn() }) as unknown as JupyterFrontEnd.IShell & ILabShell;

  it('has one tab of a thing that is asked for twice while its code is loaded', async () => {
    const shell = shellOf();
    const shelf = new Shelf<Widget>(shell, shell, 'test');
    const loaded: (() => void)[] = [];
    const make = async (): Promise<MainAreaWidget<Widget>> => {
      await new Promise<void>(resolve => loaded.push(resolve));
      const tab = Object.assign(new Widget(), { content: new Widget() });
      tab.content.id = 'thing';
      return tab as unknown as MainAreaWidget<Widget>; // its toolbar needs more of a browser than there is here
    };
    const both = [1, 2].map(() => shelf.put('thing', () => '', make));
    expect(loaded).toHaveLength(2);
    loaded.forEach(resolve => resolve());
    await Promise.all(both);
    expect(shell.add).toHaveBeenCalledTimes(1);
    expect(shell.activateById).toHaveBeenLastCalledWith('thing:tab');
    expect(shelf.tracker.size).toBe(1);
  });

  it('opens an address where there are no tabs', async () => {
    const open = vi.spyOn(window, 'open').mockReturnValue(null);
    const shell = shellOf();
    const shelf = new Shelf<Widget>(shell, null, 'test');
    const make = vi.fn<() => Widget>();
    await shelf.show('thing', () => '/lab?dh=p:run/r-1', make);
    expect(open).toHaveBeenCalledWith('/lab?dh=p:run/r-1', '_blank', 'noopener');
    expect(make).not.toHaveBeenCalled();
    expect(shell.add).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });
});
