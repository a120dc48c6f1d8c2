import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { type Axis, axesOf, isWithin, placesOf, type Range } from '../models/coordinates';
import { bestOf } from '../models/leaderboard';
import type { SweepModel } from '../models/sweep';
import { valueText } from '../models/text';
import { MANY } from '../models/trials';
import { dot, line, lines, type Pen, Plot, write } from './plot';

const HEIGHT = 150;
const TOP = 20;
const BOTTOM = 132;
/** So many lines are drawn; of more, the best and an even part of the rest. */
const MOST = 1000;
/** Of many lines so many are drawn at once, for speed: only those of different groups darken each other. */
const GROUP = 10;

export type Ranges = ReadonlyMap<string, Range>;

/** A line through all axes for each finished trial; a range drawn on an axis keeps the trials within it. */
export function CoordinatesPlot(props: {
  sweep: SweepModel;
  ranges: Ranges;
  onRanges: (ranges: Ranges) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { sweep, ranges, onRanges, trans } = props;
  const { trials, spec } = sweep;
  const { turn } = trials;
  const axes = React.useMemo(() => {
    void turn;
    return axesOf(trials, sweep.scales, spec.objectives);
  }, [trials, turn, sweep, spec]);
  const draw = React.useCallback(
    (pen: Pen) => drawLines(pen, sweep, axes, ranges),
    [sweep, axes, ranges]
  );
  const set = (axis: Axis, range: Range | null): void => {
    const next = new Map(ranges);
    range ? next.set(axis.scale.name, range) : next.delete(axis.scale.name);
    onRanges(next);
  };
  const { best } = sweep;
  const told = Object.entries(best?.parameters ?? {}).map(
    ([name, value]) => `${name} ${valueText(value)}`
  );
  const label = best
    ? trans.__('Parallel coordinates of %1 trials; the best has %2', trials.length, told.join(', '))
    : trans.__('Parallel coordinates of %1 trials', trials.length);
  return (
    <section aria-label={trans.__('Parameters')}>
      <div className="jp-Dh-row jp-Dh-small jp-Dh-plot-head">
        <b>{trans.__('Parameters')}</b>
        <span className="jp-Dh-quiet">{trans.__('drag on an axis to filter')}</span>
        <span className="jp-Dh-fill" />
        {ranges.size ? (
          <button type="button" className="jp-Dh-link" onClick={() => onRanges(new Map())}>
            {trans.__('Show all')}
          </button>
        ) : null}
      </div>
      <Plot label={label} height={HEIGHT} draw={draw} isHeavy={trials.length > MANY}>
        {axes.map((axis, index) => (
          <Brush
            key={axis.scale.name}
            axis={axis}
            left={leftOf(index, axes.length)}
            range={ranges.get(axis.scale.name) ?? null}
            onChange={range => set(axis, range)}
            trans={trans}
          />
        ))}
      </Plot>
    </section>
  );
}

/** Share of the width at which an axis stands; there is a margin at both ends. */
const leftOf = (index: number, count: number): number =>
  0.06 + (count > 1 ? (index / (count - 1)) * 0.86 : 0.43);

/** The range of one axis: drawn with the pointer, or moved by the keys of two sliders. */
function Brush(props: {
  axis: Axis;
  left: number;
  range: Range | null;
  onChange: (range: Range | null) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { axis, range, onChange, trans } = props;
  const begun = React.useRef<number | null>(null);
  const placeOf = (event: React.PointerEvent<HTMLElement>): number => {
    const { top, height } = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, 1 - (event.clientY - top) / height));
  };
  const [low, high] = range ?? [0, 1];
  const slide = (next: Range): void => onChange(next[0] <= 0 && next[1] >= 1 ? null : next);
  return (
    <div
      className="jp-Dh-brush"
      style={{ left: `${props.left * 100}%`, top: TOP, height: BOTTOM - TOP }}
      // In a notebook, Lab would take the arrows to go from cell to cell.
      onKeyDown={event => event.key !== 'Tab' && event.stopPropagation()}
      onPointerDown={event => {
        event.currentTarget.setPointerCapture(event.pointerId);
        begun.current = placeOf(event);
      }}
      onPointerMove={event => {
        if (begun.current !== null) {
          const at = placeOf(event);
          onChange([Math.min(at, begun.current), Math.max(at, begun.current)]);
        }
      }}
      onPointerUp={event => {
        // A click without a drag takes the range away.
        if (begun.current !== null && Math.abs(placeOf(event) - begun.current) < 0.02) {
          onChange(null);
        }
        begun.current = null;
      }}
    >
      {range ? <i style={{ bottom: `${low * 100}%`, height: `${(high - low) * 100}%` }} /> : null}
      <input
        type="range"
        min={0}
        max={100}
        value={Math.round(low * 100)}
        aria-label={trans.__('%1: keep trials from', axis.scale.name)}
        aria-valuetext={nearestTick(axis, low)}
        onChange={({ target }) => slide([Math.min(Number(target.value) / 100, high), high])}
      />
      <input
        type="range"
        min={0}
        max={100}
        value={Math.round(high * 100)}
        aria-label={trans.__('%1: keep trials up to', axis.scale.name)}
        aria-valuetext={nearestTick(axis, high)}
        onChange={({ target }) => slide([low, Math.max(Number(target.value) / 100, low)])}
      />
    </div>
  );
}

/** What stands nearest to a place of an axis. */
function nearestTick({ scale }: Axis, at: number): string {
  const ordered = [...scale.ticks].sort((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at));
  return trimmed(ordered[0]?.text ?? '');
}

const trimmed = (text: string): string => (text.length > 12 ? `${text.slice(0, 11)}…` : text);

function drawLines(pen: Pen, sweep: SweepModel, axes: readonly Axis[], ranges: Ranges): void {
  const { trials, objective } = sweep;
  const { width, colors } = pen;
  const x = (index: number): number => leftOf(index, axes.length) * width;
  const y = (at: number): number => BOTTOM - at * (BOTTOM - TOP);
  const finished: number[] = [];
  for (let row = 0; row < trials.length; row++) {
    if (trials.state(row) === 'finished' && (!ranges.size || isWithin(axes, ranges, row))) {
      finished.push(row);
    }
  }
  const top = bestOf(trials, objective, finished, Math.min(4, Math.ceil(finished.length / 5)));
  const every = Math.max(1, Math.ceil(finished.length / MOST));
  const rest = finished.filter((row, index) => index % every === 0 && !top.includes(row));
  const pointsOf = (row: number): [number, number][] =>
    (placesOf(axes, row) ?? []).map((at, index) => [x(index), y(at)]);
  const isMany = finished.length > 300;
  const group = isMany ? GROUP : 1;
  for (let first = 0; first < rest.length; first += group) {
    const all = rest.slice(first, first + group).map(pointsOf);
    lines(pen, all, colors.quiet, 1, isMany ? 0.18 : 0.55);
  }
  for (const row of top.slice(1).reverse()) {
    line(pen, pointsOf(row), colors.main, 1.1, 0.55);
  }
  drawAxes(pen, axes, x, y);
  const [first] = top;
  const places = first === undefined ? null : placesOf(axes, first);
  if (first !== undefined && places) {
    line(pen, pointsOf(first), colors.main, 2.4);
    places.forEach((at, index) => dot(pen, x(index), y(at), 3, colors.main));
  }
}

function drawAxes(
  pen: Pen,
  axes: readonly Axis[],
  x: (index: number) => number,
  y: (at: number) => number
): void {
  axes.forEach(({ scale }, index) => {
    const at = x(index);
    line(pen, [[at, TOP], [at, BOTTOM]], pen.colors.axis); // prettier-ignore
    const isLast = index === axes.length - 1;
    write(pen, scale.name, at, 9, isLast ? 'right' : index ? 'center' : 'left', true);
    const marks = scale.ticks.length > 4 ? ends(scale.ticks) : scale.ticks;
    for (const tick of marks) {
      const side = scale.kind === 'choice' ? 7 : isLast ? -4 : 4;
      write(pen, trimmed(tick.text), at + side, y(tick.at), isLast ? 'right' : 'left');
    }
  });
}

const ends = <T,>(all: readonly T[]): T[] => [all[0], all.at(-1)].flatMap(each => each ?? []);
