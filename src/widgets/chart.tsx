import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { sparkPath, type Series } from '../models/series';
import { numberText } from '../models/text';
import { Box, Table } from './pageParts';

const WIDTH = 480;
const HEIGHT = 150;

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
            ...ends(values)
          ])}
        />
      ) : (
        <div className="jp-Dh-charts">
          {series.map(each => (
            <Chart key={each.name} series={each} trans={trans} />
          ))}
        </div>
      )}
    </>
  );
}

/** Least and most of the finite values. */
function ends(values: readonly number[]): [number, number] {
  const finite = values.filter(Number.isFinite);
  return [
    finite.reduce((least, each) => Math.min(least, each), Infinity),
    finite.reduce((most, each) => Math.max(most, each), -Infinity)
  ];
}

function Chart(props: { series: Series; trans: TranslationBundle }): JSX.Element {
  const { name, values } = props.series;
  const last = numberText(values.at(-1) ?? NaN);
  const path = sparkPath(values, WIDTH, HEIGHT);
  const [least, most] = ends(values);
  const finding = props.trans.__(
    '%1: %2 at last, between %3 and %4',
    name,
    last,
    numberText(least),
    numberText(most)
  );
  return (
    <Box title={name} aside={<span className="jp-Dh-num jp-Dh-small">{last}</span>}>
      {path ? (
        <div className="jp-Dh-chart-row">
          <svg
            className="jp-Dh-chart"
            role="img"
            aria-label={finding}
            viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
            preserveAspectRatio="none"
          >
            <path d={path} />
          </svg>
          <span className="jp-Dh-chart-ends jp-Dh-small jp-Dh-num" aria-hidden="true">
            <span>{numberText(most)}</span>
            <span>{numberText(least)}</span>
          </span>
        </div>
      ) : (
        <p className="jp-Dh-small">{finding}</p>
      )}
    </Box>
  );
}
