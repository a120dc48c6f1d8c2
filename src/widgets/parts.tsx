import * as React from 'react';
import { stateIcons, thingIcons } from '../icons';
import { sparkPath, type Series } from '../models/series';
import type { Phase } from '../models/states';
import { namedBy, numberText } from '../models/text';

/** State = glyph and word. */
export function StateMark(props: { phase: Phase | 'lost'; word: string }): JSX.Element {
  const Glyph = stateIcons[props.phase].react;
  return (
    <span className="jp-Dh-state">
      <Glyph tag="span" className="jp-Dh-glyph" aria-hidden="true" />
      {props.word}
    </span>
  );
}

/** A thing of the catalogue, by its key. */
export function Chip(props: {
  reference: string;
  /** How a person calls it, where that says more than the key. */
  name?: string | undefined;
  isNew?: boolean;
  /** What a click does; without it the chip only names. */
  onOpen?: ((key: string) => void) | undefined;
}): JSX.Element {
  const { entity, name: inKey } = namedBy(props.reference);
  const name = props.name ?? inKey;
  const Sign = thingIcons[entity]?.react;
  const { reference, onOpen } = props;
  const look = `jp-Dh-ref${props.isNew ? ' jp-mod-new' : ''}`;
  const inside = (
    <>
      {Sign ? <Sign tag="span" className="jp-Dh-glyph" aria-hidden="true" /> : null}
      <span className="jp-Dh-cut">{name}</span>
    </>
  );
  return onOpen ? (
    <button
      type="button"
      className={`${look} jp-mod-opens`}
      title={`${entity}/${name}`}
      onClick={() => onOpen(reference)}
    >
      {inside}
    </button>
  ) : (
    <span className={look} title={`${entity}/${name}`}>
      {inside}
    </span>
  );
}

/** Last value of each metric with its line. */
export function Metrics(props: { series: Series[]; label: string }): JSX.Element {
  return (
    <dl className="jp-Dh-metrics" aria-label={props.label}>
      {props.series.map(({ name, values }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="jp-Dh-num">{numberText(values.at(-1) ?? NaN)}</dd>
          <Spark values={values} />
        </div>
      ))}
    </dl>
  );
}

export function Spark(props: {
  values: readonly number[];
  width?: number;
  height?: number;
  isQuiet?: boolean;
}): JSX.Element | null {
  const { width = 88, height = 18 } = props;
  const path = sparkPath(props.values, width, height);
  const look = props.isQuiet ? 'jp-Dh-spark jp-mod-quiet' : 'jp-Dh-spark';
  return path ? (
    <svg
      className={look}
      aria-hidden="true"
      {...{ width, height }}
      viewBox={`0 0 ${width} ${height}`}
    >
      <path d={path} />
    </svg>
  ) : null;
}

/** `fraction` from 0 to 1, or null when the end is not known. */
export function Bar(props: { fraction: number | null; text: string; label: string }): JSX.Element {
  const percent = props.fraction === null ? null : Math.round(Math.min(1, props.fraction) * 100);
  const value = percent === null ? {} : { 'aria-valuenow': percent };
  return (
    <div className="jp-Dh-row jp-Dh-progress">
      <span
        className="jp-Dh-bar"
        role="progressbar"
        aria-label={props.label}
        aria-valuetext={props.text}
        {...value}
      >
        <i style={{ width: `${percent ?? 0}%` }} />
      </span>
      <span className="jp-Dh-small jp-Dh-num">
        {percent === null ? null : <b>{percent}%</b>}
        {percent !== null && props.text ? ' · ' : null}
        {props.text}
      </span>
    </div>
  );
}
