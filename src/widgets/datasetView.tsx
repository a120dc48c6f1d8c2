import type { TranslationBundle } from '@jupyterlab/translation';
import { UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { Entity } from '../_contract';
import { type Place, WINDOW, windowOf } from '../models/gridPlaces';
import type { RowPages } from '../models/rowPages';
import { numberText } from '../models/text';
import { DataGrid } from './dataGrid';

interface DatasetProps {
  readonly id: string;
  readonly entity: Entity;
  readonly rows: RowPages;
  readonly trans: TranslationBundle;
}

/** All rows of a dataset, as one scrolls to them; where they can't be had, those that were kept. */
export function DatasetView(props: DatasetProps): JSX.Element {
  const { rows, entity } = props;
  // While it is drawn for the first time, so that the kept rows are there at once.
  React.useMemo(() => rows.begin(entity), [rows, entity]);
  return <UseSignal signal={rows.changed}>{() => <Rows {...props} />}</UseSignal>;
}

function Rows({ id, rows, trans }: DatasetProps): JSX.Element {
  const [place, setPlace] = React.useState<Place>({ row: 0, column: 0 });
  React.useEffect(() => rows.want(0, 0), [rows]);
  const first = windowOf(place.row);
  return (
    <>
      <div className="jp-Dh-row jp-Dh-wrap jp-Dh-small">
        <span>{about(rows, trans)}</span>
        <span className="jp-Dh-fill" />
        {rows.length > 50 ? (
          <GoTo
            most={rows.length}
            trans={trans}
            onRow={row => setPlace({ row, column: place.column })}
          />
        ) : null}
      </div>
      {rows.hasFailed ? (
        <p className="jp-Dh-page-note" role="alert">
          {rows.problem || trans.__('The server does not answer.')}{' '}
          <button type="button" className="jp-Dh-link" onClick={() => rows.again()}>
            {trans.__('Try again')}
          </button>
        </p>
      ) : null}
      {rows.columns.length ? (
        <DataGrid
          id={id}
          rows={rows}
          label={trans.__('Preview')}
          trans={trans}
          first={first}
          count={Math.max(0, Math.min(WINDOW, rows.length - first))}
          place={place}
          onPlace={setPlace}
        />
      ) : null}
    </>
  );
}

/** How much there is, and how much of it is here. */
function about(rows: RowPages, trans: TranslationBundle): string {
  const { length, total, columns, width } = rows;
  const count =
    length < total
      ? trans.__('the first %1 of %2 rows', numberText(length), numberText(total))
      : trans._n('%2 row', '%2 rows', total, numberText(total));
  const across =
    columns.length < width
      ? trans.__('the first %1 of %2 columns', numberText(columns.length), numberText(width))
      : trans._n('%2 column', '%2 columns', width, numberText(width));
  return `${count} · ${across}`;
}

function GoTo(props: {
  most: number;
  trans: TranslationBundle;
  onRow: (row: number) => void;
}): JSX.Element {
  const { most, trans, onRow } = props;
  const [text, setText] = React.useState('');
  const go = (event: React.FormEvent): void => {
    event.preventDefault();
    const number = Number(text);
    if (text && Number.isFinite(number)) {
      onRow(Math.max(1, Math.min(most, Math.round(number))) - 1);
    }
  };
  return (
    <form className="jp-Dh-row" onSubmit={go}>
      <label className="jp-Dh-row">
        {trans.__('Go to row')}
        <input
          className="jp-Dh-goto"
          type="number"
          min={1}
          max={most}
          value={text}
          onChange={event => setText(event.target.value)}
        />
      </label>
    </form>
  );
}
