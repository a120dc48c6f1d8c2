import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { Widget } from '@lumino/widgets';

/** Tabs of the main area, one for each thing: to open it again is to go to it. */
export class Shelf<W extends Widget> {
  constructor(shell: JupyterFrontEnd.IShell, namespace: string) {
    this._shell = shell;
    this.tracker = new WidgetTracker<MainAreaWidget<W>>({ namespace });
  }

  readonly tracker: WidgetTracker<MainAreaWidget<W>>;

  /** Go to the tab whose content has this id; without one, make it. `content` has the id then. */
  async show(id: string, content: () => W): Promise<void> {
    await this.put(id, () => {
      const tab = new MainAreaWidget({ content: content() });
      tab.toolbar.hide();
      return tab;
    });
  }

  /** The same with a tab that is made otherwise. */
  async put(id: string, make: () => MainAreaWidget<W>): Promise<void> {
    const before = this.tracker.find(({ content }) => content.id === id);
    if (!before) {
      const tab = make();
      tab.id = `${id}:tab`;
      await this.tracker.add(tab);
      this._saveLabels(tab);
      this._shell.add(tab, 'main');
    }
    this._shell.activateById(`${id}:tab`);
  }

  /** A tab is restored with the label that it had last. */
  private _saveLabels(tab: MainAreaWidget<W>): void {
    let saved = tab.content.title.label;
    tab.content.title.changed.connect(({ label }) => {
      if (label !== saved) {
        saved = label;
        void this.tracker.save(tab);
      }
    }, this);
  }

  private readonly _shell: JupyterFrontEnd.IShell;
}
