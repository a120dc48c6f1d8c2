import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { extentOf } from '../models/scale';
import type { Series } from '../models/series';
import { Table } from './pageParts';
import { Plot } from './linePlot';

/** Each metric as a line, and on wish all of them as a table. */
export function Charts(props: {
  series: readonly Series[];
  trans: TranslationBundle;
}): JSX.Element {
  const { series, trans } = props;
  const [isTable, setTable] = React.useState(false);
  if (!series.length) {
    return <p>{trans.__('No metric yet. dh.report(step=i, loss=x) sends one.')}</p>;
  }
  return (
    <>
      <div className="jp-Dh-row">
        <span className="jp-Dh-fill" />
        <button
          type="button"
          className="jp-Dh-filter"
          aria-pressed={isTable}
          onClick={() => setTable(!isTable)}
        >
          {trans.__('As table')}
        </button>
      </div>
      {isTable ? (
        <Table
          label={trans.__('Metrics')}
          heads={[
            trans.__('Metric'),
            trans.__('Points'),
            trans.__('First'),
            trans.__('Last'),
            trans.__('Least'),
            trans.__('Most')
          ]}
          rows={series.map(({ name, values }) => [
            <code key="name">{name}</code>,
            values.length,
            values[0] ?? NaN,
            values.at(-1) ?? NaN,
            ...(extentOf(values) ?? [NaN, NaN])
          ])}
        />
      ) : (
        <div className="jp-Dh-charts">
          {series.map(each => (
            <Plot key={each.name} title={each.name} lines={[each]} trans={trans} />
          ))}
        </div>
      )}
    </>
  );
}
