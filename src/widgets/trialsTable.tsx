import type { TranslationBundle } from '@jupyterlab/translation';
import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';
import { pinIcon, trialIcons } from '../icons';
import type { Sort } from '../models/leaderboard';
import type { Scale } from '../models/scales';
import type { SweepModel } from '../models/sweep';
import { clockText, numberText } from '../models/text';
import type { TrialState } from '../models/trials';
import { Spark } from './parts';

const ROW = 24;

export interface TrialsTableProps {
  readonly sweep: SweepModel;
  /** Rows of the trials to show, in order. */
  readonly rows: readonly number[];
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  /** The number that is chosen, if one is. */
  readonly chosen: number | null;
  readonly onChoose: (number: number) => void;
  readonly onOpen: (row: number) => void;
  readonly trans: TranslationBundle;
}

/** Trials as rows, of which only those in view are drawn; one tab stop, arrows within, Enter opens the trial's run. */
export function TrialsTable(props: TrialsTableProps): JSX.Element {
  const { sweep, rows, chosen, trans } = props;
  const scroller = React.useRef<HTMLDivElement>(null);
  const columns = columnsOf(sweep, trans);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8
  });
  const items = virtualizer.getVirtualItems();
  const { trials, curves } = sweep;
  React.useEffect(() => {
    if (trials.hasCurves) {
      const seen = items.map(({ index }) => rows[index] ?? 0);
      curves.want(seen.map(row => ({ number: trials.number(row), reports: trials.reports(row) })));
    }
  });
  const place = Math.max(0, rows.findIndex(row => sweep.trials.number(row) === chosen)); // prettier-ignore
  // The row may have to be drawn first, so the focus follows after.
  const wanted = React.useRef(false);
  React.useEffect(() => {
    if (wanted.current) {
      const row = scroller.current?.querySelector<HTMLElement>(`[aria-rowindex="${place + 2}"]`);
      row?.focus({ preventScroll: true });
      wanted.current = !row;
    }
  });
  const onKey = (event: React.KeyboardEvent): void => {
    const page = Math.max(1, items.length - 10);
    const steps: Record<string, number> = {
      ArrowDown: place + 1,
      ArrowUp: place - 1,
      PageDown: place + page,
      PageUp: place - page,
      Home: 0,
      End: rows.length - 1
    };
    const to = steps[event.key];
    const row = rows[to === undefined ? place : Math.min(rows.length - 1, Math.max(0, to))];
    if (row === undefined || (to === undefined && event.key !== 'Enter')) {
      return;
    }
    if (to === undefined) {
      props.onOpen(row);
    } else {
      props.onChoose(sweep.trials.number(row));
      virtualizer.scrollToIndex(rows.indexOf(row));
      wanted.current = true;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const before = items[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div className="jp-Dh-trials" ref={scroller}>
      <table
        className="jp-Dh-table"
        aria-label={trans.__('Trials')}
        aria-rowcount={rows.length + 1}
      >
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(column => (
              <Head key={column.by || column.head} column={column} {...props} />
            ))}
          </tr>
        </thead>
        <tbody onKeyDown={onKey}>
          {before > 0 ? <tr aria-hidden="true" style={{ height: before }} /> : null}
          {items.map(({ index, key }) => {
            const row = rows[index] ?? 0;
            const number = sweep.trials.number(row);
            const isChosen = number === chosen;
            return (
              <tr
                key={key}
                aria-rowindex={index + 2}
                aria-selected={isChosen}
                data-trial={number}
                tabIndex={index === place ? 0 : -1}
                onClick={() => props.onChoose(number)}
                onDoubleClick={() => props.onOpen(row)}
              >
                {columns.map(column => (
                  <td
                    key={column.by || column.head}
                    className={column.isNumber ? 'jp-mod-number' : undefined}
                  >
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          {after > 0 ? <tr aria-hidden="true" style={{ height: after }} /> : null}
        </tbody>
      </table>
    </div>
  );
}

interface Column {
  readonly head: string;
  /** What it is sorted by; empty: it is not. */
  readonly by: string;
  readonly isNumber: boolean;
  cell(row: number): React.ReactNode;
}

function Head(props: TrialsTableProps & { column: Column }): JSX.Element {
  const { column, sort, onSort, trans } = props;
  const isSorted = sort.by === column.by;
  const look = column.isNumber ? 'jp-mod-number' : undefined;
  if (!column.by) {
    return (
      <th scope="col" className={look}>
        {column.head}
      </th>
    );
  }
  return (
    <th
      scope="col"
      className={look}
      aria-sort={isSorted ? (sort.isDown ? 'descending' : 'ascending') : undefined}
    >
      <button
        type="button"
        title={trans.__('Sort by %1', column.head)}
        onClick={() => onSort({ by: column.by, isDown: isSorted ? !sort.isDown : false })}
      >
        {column.head}
        {isSorted ? <span aria-hidden="true">{sort.isDown ? ' ▼' : ' ▲'}</span> : null}
      </button>
    </th>
  );
}

function columnsOf(sweep: SweepModel, trans: TranslationBundle): Column[] {
  const { trials, spec, scales } = sweep;
  const [first] = spec.objectives;
  return [
    { head: trans.__('Trial'), by: 'number', isNumber: true, cell: row => trials.number(row) },
    {
      head: trans.__('State'),
      by: 'state',
      isNumber: false,
      cell: row => <TrialMark state={trials.state(row)} trans={trans} />
    },
    ...spec.objectives.map((objective): Column => ({
      head: objective.name,
      by: `value:${objective.name}`,
      isNumber: true,
      cell: row => valueCell(sweep, row, objective.name, objective === first, trans)
    })),
    ...(trials.hasCurves ? [curveColumn(sweep, trans)] : []),
    ...scales.map(scale => parameterColumn(sweep, scale)),
    {
      head: trans.__('Time'),
      by: 'seconds',
      isNumber: true,
      cell: row => timeText(trials.seconds(row))
    },
    { head: trans.__('Note'), by: '', isNumber: false, cell: row => noteCell(sweep, row, trans) }
  ];
}

function parameterColumn({ trials }: SweepModel, scale: Scale): Column {
  const isNumber = scale.kind !== 'choice';
  return {
    head: scale.name,
    by: `parameter:${scale.name}`,
    isNumber,
    cell: row => {
      const value = trials.parameter(row, scale.name);
      return value === null && isNumber ? '' : scale.text(value);
    }
  };
}

/** How the first objective went, report by report. */
function curveColumn({ trials, curves }: SweepModel, trans: TranslationBundle): Column {
  return {
    head: trans.__('By round'),
    by: '',
    isNumber: false,
    cell: row => {
      const values = curves.of(trials.number(row));
      const [first, last] = [values?.[0], values?.at(-1)];
      if (!values || first === undefined || last === undefined) {
        return null;
      }
      const state = trials.state(row);
      const told = trans.__('%1 values, from %2 to %3', trials.reports(row), numberText(first), numberText(last)); // prettier-ignore
      return (
        <span role="img" aria-label={told} title={told}>
          <Spark
            values={values}
            width={52}
            height={13}
            isQuiet={state === 'pruned' || state === 'failed'}
          />
        </span>
      );
    }
  };
}

function valueCell(
  { trials }: SweepModel,
  row: number,
  objective: string,
  isFirst: boolean,
  trans: TranslationBundle
): React.ReactNode {
  const value = trials.value(row, objective);
  if (value !== null) {
    return numberText(value);
  }
  const last = isFirst ? trials.last(row) : null;
  if (last !== null) {
    return <span title={trans.__('At its last report')}>{numberText(last)}</span>;
  }
  const isOpen = trials.state(row) === 'running' || trials.state(row) === 'waiting';
  return <span className="jp-Dh-quiet">{isOpen ? trans.__('none yet') : trans.__('none')}</span>;
}

function noteCell(sweep: SweepModel, row: number, trans: TranslationBundle): React.ReactNode {
  const { trials, status } = sweep;
  const isBest = status?.best.some(({ number }) => number === trials.number(row)) ?? false;
  if (isBest) {
    const text = sweep.spec.objectives.length > 1 ? trans.__('no other is better in all') : trans.__('best so far'); // prettier-ignore
    return (
      <span className="jp-Dh-row">
        <pinIcon.react tag="span" className="jp-Dh-glyph" aria-hidden="true" />
        {text}
      </span>
    );
  }
  const message = trials.message(row);
  return message ? (
    <span className="jp-Dh-cut" title={message}>
      {message}
    </span>
  ) : null;
}

/** Short ones with tenths. */
function timeText(seconds: number | null): string {
  return seconds === null ? '' : seconds < 60 ? `${seconds.toFixed(1)} s` : clockText(seconds);
}

/** State = glyph and word. */
export function TrialMark(props: { state: TrialState; trans: TranslationBundle }): JSX.Element {
  const Glyph = trialIcons[props.state].react;
  return (
    <span className="jp-Dh-state">
      <Glyph tag="span" className="jp-Dh-glyph" aria-hidden="true" />
      {trialWord(props.state, props.trans)}
    </span>
  );
}

export function trialWord(state: TrialState, trans: TranslationBundle): string {
  const words: Record<TrialState, string> = {
    waiting: trans.__('Queued'),
    running: trans.__('Running'),
    finished: trans.__('Succeeded'),
    pruned: trans.__('Pruned'),
    failed: trans.__('Failed')
  };
  return words[state];
}
