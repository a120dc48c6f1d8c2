import type { TranslationBundle } from '@jupyterlab/translation';
import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';
import { columnWidths, type Place, placeAfter } from '../models/gridPlaces';
import type { RowPages } from '../models/rowPages';
import { numberText, valueText } from '../models/text';

const ROW = 24;
const HEAD = 40;

export interface DataGridProps {
  readonly id: string;
  readonly rows: RowPages;
  readonly label: string;
  readonly trans: TranslationBundle;
  /** The rows that are drawn: browsers can't scroll through more than some hundred thousand. */
  readonly first: number;
  readonly count: number;
  readonly place: Place;
  readonly onPlace: (place: Place) => void;
}

/** Rows and columns of a dataset, of which only those in view are drawn; one tab stop, keys move the cell in it. */
export function DataGrid(props: DataGridProps): JSX.Element {
  const { id, rows, trans, first, count, place, onPlace } = props;
  const scroller = React.useRef<HTMLDivElement>(null);
  const { columns } = rows;
  const widths = React.useMemo(() => columnWidths(columns, sample(rows)), [columns, rows]);
  const gutter = 20 + 8 * numberText(first + count).length;
  const down = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    scrollMargin: HEAD,
    scrollPaddingStart: HEAD,
    overscan: 8
  });
  const across = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: index => widths[index] ?? 0,
    scrollMargin: gutter,
    scrollPaddingStart: gutter,
    overscan: 3
  });
  React.useEffect(() => across.measure(), [across, widths]);
  const shown = down.getVirtualItems();
  const seen = across.getVirtualItems();
  React.useEffect(() => {
    const [top, last] = [shown[0], shown.at(-1)];
    if (top && last) {
      rows.want(first + top.index, first + last.index);
    }
  });
  // Where one has gone to is brought into view, also when the rows that are drawn have changed.
  React.useEffect(() => {
    down.scrollToIndex(place.row - first);
    across.scrollToIndex(place.column);
  }, [down, across, place, first]);
  const onKey = (event: React.KeyboardEvent): void => {
    const page = Math.max(1, shown.length - 17);
    const next = placeAfter(event, place, { rows: rows.length, columns: columns.length, page });
    if (next) {
      onPlace(next);
      event.preventDefault();
      event.stopPropagation();
    }
  };
  const width = gutter + across.getTotalSize();
  const name = (row: number, column: number): string => `${id}-cell-${row}-${column}`;
  const isPlaceSeen =
    shown.some(({ index }) => index + first === place.row) &&
    seen.some(({ index }) => index === place.column);
  return (
    <div
      className="jp-Dh-grid"
      role="grid"
      aria-label={props.label}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length + 1}
      aria-readonly="true"
      aria-activedescendant={isPlaceSeen ? name(place.row, place.column) : undefined}
      tabIndex={0}
      ref={scroller}
      onKeyDown={onKey}
    >
      <div className="jp-Dh-grid-head" role="row" aria-rowindex={1} style={{ width, height: HEAD }}>
        <span className="jp-Dh-grid-number" role="columnheader" style={{ width: gutter }}>
          <span className="jp-Dh-spoken">{trans.__('Row')}</span>
        </span>
        {seen.map(({ index, start, size }) => (
          <span
            key={index}
            role="columnheader"
            aria-colindex={index + 2}
            className={look(columns[index]?.type)}
            style={{ left: start, width: size }}
            title={columns[index]?.name}
          >
            <b>{columns[index]?.name}</b>
            <i>{columns[index]?.type}</i>
          </span>
        ))}
      </div>
      <div
        className="jp-Dh-grid-rows"
        role="rowgroup"
        style={{ width, height: down.getTotalSize() }}
      >
        {shown.map(({ index, start }) => {
          const number = first + index;
          const row = rows.row(number);
          return (
            <div
              key={number}
              role="row"
              aria-rowindex={number + 2}
              style={{ top: start - HEAD, width }}
            >
              <span className="jp-Dh-grid-number" role="rowheader" style={{ width: gutter }}>
                {numberText(number + 1)}
              </span>
              {seen.map(({ index: column, start: left, size }) => (
                <span
                  key={column}
                  id={name(number, column)}
                  role="gridcell"
                  aria-colindex={column + 2}
                  aria-selected={number === place.row && column === place.column}
                  className={look(columns[column]?.type)}
                  style={{ left, width: size }}
                  title={row ? whole(row[column]) : undefined}
                  onMouseDown={() => onPlace({ row: number, column })}
                >
                  {row ? text(row[column]) : <i className="jp-Dh-grid-none" />}
                </span>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

const isNumber = (type: string | undefined): boolean => type === 'integer' || type === 'number';
const look = (type: string | undefined): string | undefined =>
  isNumber(type) ? 'jp-mod-number' : undefined;

const LONGEST = 80;
const text = (value: unknown): string =>
  value === null || value === undefined ? '' : valueText(value, LONGEST);

/** What is cut in the cell is whole in its tooltip. */
function whole(value: unknown): string | undefined {
  const said = value === null || value === undefined ? '' : valueText(value, 2000);
  return said.length > 20 ? said : undefined;
}

/** The first rows that are there: widths are made for them, and then stay. */
function sample(rows: RowPages): string[][] {
  return Array.from({ length: 30 }, (_, index) => rows.row(index) ?? []).map(row => row.map(text));
}
