import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { SidePanel } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { type ISignal, Signal } from '@lumino/signaling';
import type { AccordionPanel } from '@lumino/widgets';
import type { Entity } from '../_contract';
import { panelIcon } from '../icons';
import type { PanelModel } from '../models/panel';
import type { SectionName } from '../models/section';
import { type DragRow, dragOf } from './drag';
import { PanelHead } from './panelHead';
import { SectionWidget } from './sectionWidget';

export const PANEL_ID = 'dh-jupyter-panel';

/** The side panel: what runs, and what the project has. It asks the server only while it can be seen. */
export class Panel extends SidePanel {
  constructor(options: Panel.IOptions) {
    // Lab's own words for the parts of the panel are translated by it.
    super(options.translator ? { translator: options.translator } : {});
    const { model, trans } = options;
    this._model = model;
    this._head = new PanelHead({ model, trans, onBegin: options.onBegin });
    this.id = PANEL_ID;
    this.title.icon = panelIcon;
    this.title.caption = trans.__('DigitalHub: runs, functions, data and models');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('DigitalHub'));
    this.addClass('jp-Dh-panel');
    this.header.addWidget(this._head);
    const drag = dragOf(options.dragged);
    for (const section of model.sections) {
      const [title, empty] = words(section.name, trans);
      this.addWidget(new SectionWidget({ ...options, section, title, empty, onDrag: drag }));
    }
    (this.content as AccordionPanel).expansionToggled.connect(() => this._openChanged.emit());
  }

  /** Emits when a section was opened or folded. */
  get openChanged(): ISignal<this, void> {
    return this._openChanged;
  }

  get model(): PanelModel {
    return this._model;
  }

  focusSearch(): void {
    this._head.focusSearch();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      super.dispose();
      this._model.dispose();
      Signal.clearData(this);
    }
  }

  /** Open sections, for the next time. */
  get open(): boolean[] {
    return this.widgets.map(widget => !widget.isHidden);
  }

  set open(open: readonly boolean[]) {
    const content = this.content as AccordionPanel;
    open.slice(0, this.widgets.length).forEach((isOpen, index) => {
      isOpen ? content.expand(index) : content.collapse(index);
    });
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._watch();
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._watch();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.node.ownerDocument.addEventListener('visibilitychange', this);
    this._watch();
  }

  protected override onBeforeDetach(message: Message): void {
    this.node.ownerDocument.removeEventListener('visibilitychange', this);
    this._model.watch(false);
    super.onBeforeDetach(message);
  }

  /** The whole page went out of sight or came back. */
  handleEvent(): void {
    this._watch();
  }

  private _watch(): void {
    this._model.watch(this.isVisible && !this.node.ownerDocument.hidden);
  }

  private readonly _openChanged = new Signal<this, void>(this);
  private readonly _model: PanelModel;
  private readonly _head: PanelHead;
}

export namespace Panel {
  export interface IOptions {
    readonly model: PanelModel;
    readonly trans: TranslationBundle;
    readonly translator?: ITranslator | null;
    readonly onOpen: (entity: Entity, isForCode: boolean) => void;
    readonly onCompare: (project: string, ids: readonly string[]) => void;
    readonly onBegin: () => void;
    /** What a dragged row carries. */
    readonly dragged: DragRow;
  }
}

/** Title, and what is said of an empty section. */
function words(name: SectionName, trans: TranslationBundle): [string, string] {
  const all: Record<SectionName, [string, string]> = {
    runs: [trans.__('Runs'), trans.__('No run matches. %dh run NAME starts one.')],
    functions: [
      trans.__('Functions'),
      trans.__('No function matches. %%dh function above a cell makes one.')
    ],
    data: [
      trans.__('Data'),
      trans.__('No data matches. What a run returns, and %dh dataset, is kept here.')
    ],
    models: [
      trans.__('Models'),
      trans.__('No model matches. A fitted model that a run returns is kept here.')
    ]
  };
  return all[name];
}
