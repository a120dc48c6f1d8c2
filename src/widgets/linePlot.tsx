import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { extentOf, nearest, ticksOf } from '../models/scale';
import { linePath, type Series } from '../models/series';
import { numberText } from '../models/text';
import { Box } from './pageParts';

const WIDTH = 480;
const HEIGHT = 150;
/** Room above and below the lines, as a part of their height. */
const ROOM = 0.05;

/** One metric: as a line, or as the lines of several runs. `name` of a series is its run's, or the metric's. */
export function Plot(props: {
  title: string;
  lines: readonly Series[];
  trans: TranslationBundle;
}): JSX.Element {
  const { title, trans } = props;
  const lines = props.lines.filter(({ values }) => values.some(Number.isFinite));
  const steps = extentOf(lines.flatMap(stepsOf));
  const values = extentOf(lines.flatMap(line => line.values));
  const isSeveral = props.lines.length > 1;
  const last = lines[0]?.values.at(-1) ?? NaN;
  const aside = isSeveral ? null : (
    <span className="jp-Dh-num jp-Dh-small">{numberText(last)}</span>
  );
  return (
    <Box title={title} aside={aside}>
      {isSeveral ? <Legend lines={props.lines} /> : null}
      {steps && values && lines.some(line => line.values.length > 1) ? (
        <Drawing
          title={title}
          lines={props.lines}
          across={steps}
          down={roomy(values)}
          trans={trans}
        />
      ) : (
        <p className="jp-Dh-small">
          {props.lines
            .map(({ name, values: [value = NaN] }) => `${name}: ${numberText(value)}`)
            .join(' · ')}
        </p>
      )}
    </Box>
  );
}

interface DrawingProps {
  readonly title: string;
  readonly lines: readonly Series[];
  readonly across: readonly [number, number];
  readonly down: readonly [number, number];
  readonly trans: TranslationBundle;
}

/** Lines with axes; the pointer, or arrow keys, tell the values at a step. */
function Drawing({ title, lines, across, down, trans }: DrawingProps): JSX.Element {
  const [step, setStep] = React.useState<number | null>(null);
  const all = React.useMemo(
    () => [...new Set(lines.flatMap(stepsOf))].sort((one, other) => one - other),
    [lines]
  );
  const percent = (value: number, [low, high]: readonly [number, number]): number =>
    ((value - low) / (high - low || 1)) * 100;
  const onPointer = (event: React.PointerEvent<HTMLElement>): void => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const wanted = across[0] + ((event.clientX - left) / width) * (across[1] - across[0]);
    setStep(all[nearest(all, wanted)] ?? null);
  };
  const onKey = (event: React.KeyboardEvent): void => {
    const at = step === null ? -1 : all.indexOf(step);
    const to = {
      ArrowRight: at + 1,
      ArrowLeft: at < 0 ? all.length - 1 : at - 1,
      Home: 0,
      End: -1
    }[event.key];
    if (to !== undefined) {
      setStep(all.at(Math.min(to, all.length - 1)) ?? null);
      event.preventDefault();
      event.stopPropagation();
    }
  };
  const told =
    step === null
      ? summary(lines, down, trans)
      : [
          trans.__('step %1', numberText(step)),
          ...lines.map(line => `${line.name} ${numberText(valueAt(line, step))}`)
        ].join(' · ');
  return (
    <>
      <div className="jp-Dh-lines">
        <div className="jp-Dh-lines-down jp-Dh-num" aria-hidden="true">
          {ticksOf(...down, 4).map(tick => (
            <span key={tick} style={{ bottom: `${percent(tick, down)}%` }}>
              {numberText(tick)}
            </span>
          ))}
        </div>
        <div
          className="jp-Dh-lines-area"
          tabIndex={0}
          role="group"
          aria-label={trans.__('%1 by step; arrow keys tell the values', title)}
          onPointerMove={onPointer}
          onPointerLeave={() => setStep(null)}
          onKeyDown={onKey}
          onBlur={() => setStep(null)}
        >
          <svg
            className="jp-Dh-chart"
            aria-hidden="true"
            viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
            preserveAspectRatio="none"
          >
            {ticksOf(...down, 4).map(tick => {
              const y = HEIGHT - (percent(tick, down) / 100) * HEIGHT;
              return <path key={tick} className="jp-mod-grid" d={`M0 ${y}H${WIDTH}`} />;
            })}
            {lines.map((line, index) => (
              <path
                key={line.name}
                className={`jp-mod-line${index % 4}`}
                d={linePath(line, across, down, WIDTH, HEIGHT)}
              />
            ))}
          </svg>
          {step === null ? null : (
            <i className="jp-Dh-lines-cursor" style={{ left: `${percent(step, across)}%` }} />
          )}
        </div>
        <div className="jp-Dh-lines-across jp-Dh-num" aria-hidden="true">
          {ticksOf(...across, 5).map(tick => (
            <span key={tick} style={{ left: `${percent(tick, across)}%` }}>
              {numberText(tick)}
            </span>
          ))}
        </div>
      </div>
      <p className="jp-Dh-small jp-Dh-lines-values" role="status">
        {told}
      </p>
    </>
  );
}

/** Which line is whose: by its dashes as well as by its colour. */
function Legend({ lines }: { lines: readonly Series[] }): JSX.Element {
  return (
    <ul className="jp-Dh-legend jp-Dh-small">
      {lines.map(({ name }, index) => (
        <li key={name}>
          <svg className="jp-Dh-chart" aria-hidden="true" viewBox="0 0 24 8">
            <path className={`jp-mod-line${index % 4}`} d="M0 4H24" />
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}

const stepsOf = ({ values, steps }: Series): number[] =>
  values.map((_, index) => steps?.[index] ?? index);

const valueAt = (line: Series, step: number): number =>
  line.values[nearest(stepsOf(line), step)] ?? NaN;

function roomy([low, high]: readonly [number, number]): [number, number] {
  const room = (high - low || Math.abs(high) || 1) * ROOM;
  return [low - room, high + room];
}

function summary(
  lines: readonly Series[],
  [low, high]: readonly [number, number],
  trans: TranslationBundle
): string {
  const [only] = lines;
  const ends = lines.length === 1 && only ? extentOf(only.values) : null;
  return ends
    ? trans.__(
        '%1 at last, between %2 and %3',
        numberText(only?.values.at(-1) ?? NaN),
        numberText(ends[0]),
        numberText(ends[1])
      )
    : trans.__('between %1 and %2', numberText(low), numberText(high));
}
