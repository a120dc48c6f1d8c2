import type { ICellModel } from '@jupyterlab/cells';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { ISignal, Signal } from '@lumino/signaling';
import { runsIn } from './models/notebooks';
import type { NotebookCards } from './models/panel';

/** Milliseconds in which changes of a notebook are gathered. */
const GATHER = 300;
/** As many as fit into an address. */
const MOST = 200;

/** Ids of the runs that have a card in the notebook in view, or that was last. */
export class NotebookRuns implements NotebookCards {
  constructor(private readonly _tracker: INotebookTracker) {
    _tracker.currentChanged.connect(this._onNotebook, this);
  }

  /** Emits when they may be others. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The newest of them. */
  get ids(): readonly string[] {
    const cells = this._tracker.currentWidget?.content.model?.cells ?? [];
    return runsIn([...cells].flatMap(shownBelow)).slice(-MOST);
  }

  private _onNotebook(_: INotebookTracker, panel: NotebookPanel | null): void {
    void panel?.context.ready.then(() => {
      panel.content.model?.contentChanged.connect(this._soon, this);
      this._soon();
    });
    this._soon();
  }

  private _soon(): void {
    this._gathering ??= setTimeout(() => {
      this._gathering = undefined;
      this._changed.emit();
    }, GATHER);
  }

  private readonly _changed = new Signal<this, void>(this);
  private _gathering: ReturnType<typeof setTimeout> | undefined;
}

/** The bundles that are shown below a cell. */
export function shownBelow(cell: ICellModel): Readonly<Record<string, unknown>>[] {
  const { outputs } = (cell.type === 'code' ? cell : {}) as Partial<Outputs>;
  return Array.from({ length: outputs?.length ?? 0 }, (_, index) => outputs?.get(index).data ?? {});
}

interface Outputs {
  readonly outputs: {
    readonly length: number;
    get(index: number): { readonly data: Readonly<Record<string, unknown>> };
  };
}
