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
      const [title, none, hint] = words(section.name, trans);
      const empty = (): string =>
        [model.isNarrowed(section.name) ? none : trans.__('None yet.'), hint].join(' ').trim();
      const widget = new SectionWidget({ ...options, section, title, empty, onDrag: drag });
      if (section.isOptional) {
        this._optional.push(widget);
        section.changed.connect(() => this._showWhatThereIs(widget));
      } else {
        this.addWidget(widget);
      }
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
      this._optional.forEach(widget => widget.dispose());
      this._model.dispose();
      Signal.clearData(this);
    }
  }

  /** Open sections, for the next time; of one that is not shown, what was last said of it. */
  get open(): boolean[] {
    const shown = this.widgets.map(widget => !widget.isHidden);
    return [...shown, ...this._open.slice(shown.length)];
  }

  set open(open: readonly boolean[]) {
    this._open = open;
    this.widgets.forEach((_, index) => this._openAsSaid(index));
  }

  private _openAsSaid(index: number): void {
    const content = this.content as AccordionPanel;
    const isOpen = this._open[index];
    if (isOpen !== undefined) {
      isOpen ? content.expand(index) : content.collapse(index);
    }
  }

  /** A section comes when there is something in it, and goes when that was all deleted, not when a search finds none. */
  private _showWhatThereIs(widget: SectionWidget): void {
    const { total, knowledge } = widget.section;
    if (total > 0 && !widget.parent) {
      this.addWidget(widget);
      this._openAsSaid(this.widgets.length - 1);
    } else if (widget.parent && total === 0 && knowledge === 'known' && !this._model.text) {
      this._open = this.open;
      widget.parent = null;
    }
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

  private _open: readonly boolean[] = [];
  private readonly _optional: SectionWidget[] = [];
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

/** Title, what is said where a search or filter finds none, and how one comes to be. */
function words(name: SectionName, trans: TranslationBundle): [string, string, string] {
  const all: Record<SectionName, [string, string, string]> = {
    runs: [trans.__('Runs'), trans.__('No run matches.'), trans.__('%dh run NAME starts one.')],
    functions: [
      trans.__('Functions'),
      trans.__('No function matches.'),
      trans.__('%%dh function above a cell makes one.')
    ],
    data: [
      trans.__('Data'),
      trans.__('No data matches.'),
      trans.__('What a run returns, and %dh dataset, is kept here.')
    ],
    models: [
      trans.__('Models'),
      trans.__('No model matches.'),
      trans.__('A fitted model that a run returns is kept here.')
    ],
    workflows: [trans.__('Workflows'), trans.__('No workflow matches.'), '']
  };
  return all[name];
}
