import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { Widget } from '@lumino/widgets';

/** Id of the tab around a content. */
export const tabId = (id: string): string => `${id}:tab`;

/**
 * Tabs of the main area, one for each thing: to open it again is to go to it. Notebook 7 has room for one document in a
 * page: there, a thing has a page of the browser.
 */
export class Shelf<W extends Widget> {
  constructor(shell: JupyterFrontEnd.IShell, labShell: ILabShell | null, namespace: string) {
    this._shell = shell;
    this._hasTabs = labShell !== null;
    this.tracker = new WidgetTracker<MainAreaWidget<W>>({ namespace });
  }

  readonly tracker: WidgetTracker<MainAreaWidget<W>>;

  /** Go to the tab whose content has this id; without one, make it. `content` has the id then, `address` without tabs. */
  async show(id: string, address: () => string, content: () => W | Promise<W>): Promise<void> {
    await this.put(id, address, async () => {
      const tab = new MainAreaWidget({ content: await content() });
      tab.toolbar.hide();
      return tab;
    });
  }

  /** The same with a tab that is made otherwise. */
  async put(
    id: string,
    address: () => string | Promise<string>,
    make: () => Promise<MainAreaWidget<W>>
  ): Promise<void> {
    if (!this._hasTabs) {
      window.open(await address(), '_blank', 'noopener');
      return;
    }
    if (!this._has(id)) {
      const tab = await make();
      if (this._has(id)) {
        // It was asked for twice, while its code was loaded.
        tab.dispose();
      } else {
        tab.id = tabId(id);
        await this.tracker.add(tab);
        this._saveTitles(tab);
        this._shell.add(tab, 'main');
      }
    }
    this._shell.activateById(tabId(id));
  }

  private _has(id: string): boolean {
    return this.tracker.find(({ content }) => content.id === id) !== undefined;
  }

  /** A tab is restored with the label and the sign that it had last. */
  private _saveTitles(tab: MainAreaWidget<W>): void {
    let { label: savedLabel, icon: savedIcon } = tab.content.title;
    tab.content.title.changed.connect(({ label, icon }) => {
      if (label !== savedLabel || icon !== savedIcon) {
        [savedLabel, savedIcon] = [label, icon];
        void this.tracker.save(tab);
      }
    }, this);
  }

  private readonly _shell: JupyterFrontEnd.IShell;
  private readonly _hasTabs: boolean;
}
