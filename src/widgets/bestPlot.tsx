import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { bestSoFar, type BestSoFar } from '../models/bestSoFar';
import { type Scale, scaleOfValues } from '../models/scales';
import type { SweepModel } from '../models/sweep';
import { numberText } from '../models/text';
import { MANY } from '../models/trials';
import { Table } from './pageParts';
import { type Box, dot, line, type Pen, Plot, specks, write } from './plot';

const HEIGHT = 150;

interface BestProps {
  readonly sweep: SweepModel;
  readonly trans: TranslationBundle;
}

/** Each trial's value, and how the best came to be; or its steps as a table. */
export function BestPlot({ sweep, trans }: BestProps): JSX.Element {
  const [isTable, setTable] = React.useState(false);
  const { trials, objective, counts } = sweep;
  const { turn } = trials;
  const champion = sweep.champion.value?.value ?? null;
  const most = Math.max(counts.total ?? 0, trials.length);
  const drawing = React.useMemo(() => {
    void turn;
    const best = bestSoFar(trials, objective);
    const values = trials.values(objective.name);
    // The champion's value is on the scale, too, but where it is so far away that nothing else could be seen.
    const scale = scaleOfValues(objective.name, withChampion(values, champion));
    const drawn = { sweep, best, scale, champion, most, trans };
    return { best, draw: (pen: Pen) => drawBest(pen, drawn) };
  }, [trials, turn, objective, sweep, champion, most, trans]);
  const { steps } = drawing.best;
  const last = steps.at(-1);
  const label = last
    ? trans.__(
        'Best %1 so far by trial: %2 at trial %3',
        objective.name,
        numberText(last.value),
        last.number
      ) + (champion === null ? '' : trans.__('; the champion has %1', numberText(champion)))
    : trans.__('Best %1 so far: no trial has finished', objective.name);
  return (
    <section aria-label={trans.__('Best %1 so far', objective.name)}>
      <div className="jp-Dh-row jp-Dh-small jp-Dh-plot-head">
        <b>{trans.__('Best %1 so far', objective.name)}</b>
        <span className="jp-Dh-quiet" aria-hidden="true">
          {trans.__('● trial  – pruned')}
        </span>
        <span className="jp-Dh-fill" />
        <AsTable isTable={isTable} onChange={setTable} trans={trans} />
      </div>
      {isTable ? (
        <Table
          label={trans.__('Best %1 so far', objective.name)}
          heads={[trans.__('From trial'), objective.name]}
          rows={[...steps].reverse().map(({ number, value }) => [number, value])}
        />
      ) : (
        <Plot label={label} height={HEIGHT} draw={drawing.draw} isHeavy={trials.length > MANY} />
      )}
    </section>
  );
}

function withChampion(values: Float64Array, champion: number | null): Float64Array {
  const known = values.filter(value => !Number.isNaN(value));
  const low = known.reduce((least, each) => Math.min(least, each), Infinity);
  const high = known.reduce((most, each) => Math.max(most, each), -Infinity);
  const isNear =
    champion !== null && champion >= low - 2 * (high - low) && champion <= high + 2 * (high - low);
  return isNear ? Float64Array.from([...known, champion]) : values;
}

export function AsTable(props: {
  isTable: boolean;
  onChange: (isTable: boolean) => void;
  trans: TranslationBundle;
}): JSX.Element {
  return (
    <button
      type="button"
      className="jp-Dh-filter"
      aria-pressed={props.isTable}
      onClick={() => props.onChange(!props.isTable)}
    >
      {props.trans.__('As table')}
    </button>
  );
}

interface Drawn {
  readonly sweep: SweepModel;
  readonly best: BestSoFar;
  readonly scale: Scale;
  readonly champion: number | null;
  readonly most: number;
  readonly trans: TranslationBundle;
}

function drawBest(pen: Pen, drawn: Drawn): void {
  const { sweep, best, scale, most, trans } = drawn;
  const { width, height, colors } = pen;
  const widest = Math.max(0, ...scale.ticks.map(({ text }) => pen.context.measureText(text).width));
  const box = { left: widest + 12, top: 6, right: width - 8, bottom: height - 18 };
  const x = (number: number): number =>
    box.left + ((number + 0.5) / Math.max(1, most)) * (box.right - box.left);
  const y = (value: number): number => box.bottom - scale.at(value) * (box.bottom - box.top);
  for (const tick of scale.ticks) {
    const at = box.bottom - tick.at * (box.bottom - box.top);
    line(pen, [[box.left, at], [box.right, at]], colors.rule, 1, 0.6); // prettier-ignore
    write(pen, tick.text, box.left - 6, at, 'right');
  }
  line(pen, [[box.left, box.bottom], [box.right, box.bottom]], colors.axis); // prettier-ignore
  drawNumbers(pen, box, most, x, trans);
  drawTrials(pen, sweep, x, y, box);
  const end = best.steps.at(-1);
  const told = end ? trans.__('%1, trial %2', numberText(end.value), end.number) : '';
  const label = end ? labelAt(pen, told, x(end.number), y(end.value), box) : null;
  if (drawn.champion !== null) {
    drawChampion(pen, drawn.champion, scale.at(drawn.champion), box, trans, label);
  }
  const points: [number, number][] = [];
  for (const { number, value } of best.steps) {
    const before = points.at(-1);
    if (before) {
      points.push([x(number), before[1]]);
    }
    points.push([x(number), y(value)]);
  }
  if (end && label) {
    line(pen, [...points, [x(best.last), y(end.value)]], colors.main, 1.6);
    dot(pen, x(end.number), y(end.value), 4, colors.main);
    clear(pen, label);
    write(pen, told, label.left, label.middle, 'left', true);
  }
}

/** Where a text stands. */
interface Place {
  readonly left: number;
  readonly middle: number;
  readonly wide: number;
}

/** A dashed line; of a value that is off the scale only the words, at that edge, and beside another text. */
function drawChampion(
  pen: Pen,
  value: number,
  share: number,
  box: Box,
  trans: TranslationBundle,
  taken: Place | null
): void {
  const isOff = share < 0 || share > 1;
  const up = box.bottom - Math.min(1, Math.max(0, share)) * (box.bottom - box.top);
  if (!isOff) {
    pen.context.setLineDash([4, 3]);
    line(pen, [[box.left, up], [box.right, up]], pen.colors.second, 1.4); // prettier-ignore
    pen.context.setLineDash([]);
  }
  const text = trans.__('champion %1', numberText(value));
  const wide = pen.context.measureText(text).width;
  const left = { left: box.left + 4, middle: up - 8 < box.top ? up + 9 : up - 9, wide };
  const place = taken && areOver(left, taken) ? { ...left, left: box.right - wide } : left;
  clear(pen, place);
  write(pen, text, place.left, place.middle, 'left');
}

const TEXT = 14; // px, the height of a line

const areOver = (one: Place, two: Place): boolean =>
  Math.abs(one.middle - two.middle) < TEXT &&
  one.left < two.left + two.wide &&
  two.left < one.left + one.wide;

/** Makes a text readable over lines and points. */
function clear({ context, colors }: Pen, { left, middle, wide }: Place): void {
  context.fillStyle = colors.ground;
  context.globalAlpha = 0.8;
  context.fillRect(left - 2, middle - TEXT / 2, wide + 4, TEXT);
  context.globalAlpha = 1;
}

/** Below the point where there is room, else above it; never over the edge. */
function labelAt(pen: Pen, text: string, x: number, y: number, box: Box): Place {
  const wide = pen.context.measureText(text).width * 1.1;
  const isRight = x + 8 + wide > box.right;
  const middle = y + (y + 14 > box.bottom ? -12 : 12);
  return { left: isRight ? box.right - wide : x + 7, middle, wide };
}

function drawNumbers(
  pen: Pen,
  box: Box,
  most: number,
  x: (number: number) => number,
  trans: TranslationBundle
): void {
  const last = trans._n('%1 trial', '%1 trials', most);
  const free = box.right - pen.context.measureText(last).width - 24;
  for (const step of numbersFor(most)) {
    if (x(step) < free) {
      write(pen, numberText(step), x(step), box.bottom + 11, 'center');
    }
  }
  write(pen, last, box.right, box.bottom + 11, 'right');
}

function numbersFor(most: number): number[] {
  const rough = most / 6;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const step = [1, 2, 5, 10].map(each => each * power).find(each => each >= rough) ?? power;
  return Array.from({ length: Math.floor(most / step) }, (_, index) => (index + 1) * step);
}

function drawTrials(
  pen: Pen,
  { trials, objective }: SweepModel,
  x: (number: number) => number,
  y: (value: number) => number,
  box: Box
): void {
  const isMany = trials.length > MANY;
  const values = trials.values(objective.name);
  const points: [number, number][] = [];
  for (let row = 0; row < trials.length; row++) {
    const value = values[row] ?? NaN;
    const at = x(trials.number(row));
    if (trials.state(row) === 'pruned') {
      const told = Number.isNaN(value) ? trials.last(row) : value;
      const up = told === null ? box.top + 2 : Math.min(box.bottom, Math.max(box.top, y(told)));
      line(pen, [[at - 3, up], [at + 3, up]], pen.colors.quiet, 1.4); // prettier-ignore
    } else if (!Number.isNaN(value) && isMany) {
      points.push([at, y(value)]);
    } else if (!Number.isNaN(value)) {
      dot(pen, at, y(value), 2.4, pen.colors.quiet, 0.75);
    }
  }
  specks(pen, points, pen.colors.quiet);
}
