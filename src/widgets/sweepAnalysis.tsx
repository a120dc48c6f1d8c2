import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { front } from '../models/bestSoFar';
import { type Scale, scaleOfValues } from '../models/scales';
import { bandsOf, type Point, pointsOf, surfaceOf } from '../models/surface';
import type { SweepModel } from '../models/sweep';
import { numberText } from '../models/text';
import { Answered } from './answered';
import { AsTable } from './bestPlot';
import { Box, Table } from './pageParts';
import { dot, line, type Pen, Plot, specks, write } from './plot';

const HEIGHT = 190;
const MARGIN = { left: 52, top: 8, right: 10, bottom: 30 };
const BANDS = 8;
const SIZE = 32;
/** So many rows of a table; the best first. */
const MOST_ROWS = 200;

interface AnalysisProps {
  readonly sweep: SweepModel;
  readonly trans: TranslationBundle;
}

/** What each parameter does to the objective. */
export function SweepAnalysis(props: AnalysisProps): JSX.Element {
  const { sweep, trans } = props;
  const { scales, spec } = sweep;
  const [isTable, setTable] = React.useState(false);
  return (
    <>
      <div className="jp-Dh-row">
        <span className="jp-Dh-fill" />
        <AsTable isTable={isTable} onChange={setTable} trans={trans} />
      </div>
      <div className="jp-Dh-columns">
        <Importance {...props} />
        {spec.objectives.length > 1 ? <Front {...props} isTable={isTable} /> : null}
        {scales.length > 1 ? <Contour {...props} isTable={isTable} /> : null}
      </div>
      <div className="jp-Dh-columns">
        {scales.map(scale => (
          <Slice key={scale.name} {...props} scale={scale} isTable={isTable} />
        ))}
      </div>
    </>
  );
}

/** Shares as bars; a table by nature. */
function Importance({ sweep, trans }: AnalysisProps): JSX.Element {
  return (
    <Box title={trans.__('Importance for %1', sweep.objective.name)}>
      <Answered answer={sweep.importance} trans={trans}>
        {shares => {
          const all = Object.entries(shares).sort(([, one], [, other]) => other - one);
          return all.length ? (
            <table className="jp-Dh-table jp-Dh-importance">
              <tbody>
                {all.map(([name, share]) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td>
                      <span className="jp-Dh-bar" aria-hidden="true">
                        <i style={{ width: `${share * 100}%` }} />
                      </span>
                    </td>
                    <td className="jp-mod-number">{Math.round(share * 100)}%</td>
                  </tr>
                ))}
              </tbody>
            </table>
          ) : (
            <p className="jp-Dh-small">{trans.__('More trials have to finish first.')}</p>
          );
        }}
      </Answered>
    </Box>
  );
}

function Slice(props: AnalysisProps & { scale: Scale; isTable: boolean }): JSX.Element {
  const { sweep, scale, isTable, trans } = props;
  const { trials, objective } = sweep;
  const { points, values } = usePoints(sweep, scale, null);
  const best = sweep.best?.number;
  const draw = React.useCallback(
    (pen: Pen) => drawPoints(pen, scale, values, points, row => trials.number(row) === best),
    [scale, values, points, trials, best]
  );
  const label = trans.__('%1 by %2, of %3 trials', objective.name, scale.name, points.length);
  return (
    <Box title={trans.__('%1 by %2', objective.name, scale.name)}>
      {isTable ? (
        <PointsTable {...props} label={label} points={points} scales={[scale]} />
      ) : (
        <Plot label={label} height={HEIGHT} draw={draw} />
      )}
    </Box>
  );
}

/** Two parameters at once: the darker, the more. */
function Contour(props: AnalysisProps & { isTable: boolean }): JSX.Element | null {
  const { sweep, isTable, trans } = props;
  const { scales, objective } = sweep;
  const [names, setNames] = React.useState<[string, string] | null>(null);
  const x = scales.find(({ name }) => name === names?.[0]) ?? scales[0];
  const y = scales.find(({ name }) => name === names?.[1]) ?? scales[1];
  const { points } = usePoints(sweep, x ?? NO_SCALE, y ?? null);
  const draw = React.useCallback(
    (pen: Pen) => (x && y ? drawSurface(pen, x, y, points) : undefined),
    [x, y, points]
  );
  if (!x || !y) {
    return null;
  }
  const label = trans.__('%1 by %2 and %3, of %4 trials', objective.name, x.name, y.name, points.length); // prettier-ignore
  const choose = (which: 0 | 1, name: string): void =>
    setNames(which ? [x.name, name] : [name, y.name]);
  const picker = (which: 0 | 1, chosen: string, told: string): JSX.Element => (
    <select
      className="jp-Dh-select"
      aria-label={told}
      value={chosen}
      onChange={({ target }) => choose(which, target.value)}
    >
      {scales.map(({ name }) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
  return (
    <Box
      title={trans.__('%1 by two parameters', objective.name)}
      aside={
        <span className="jp-Dh-row jp-Dh-axes">
          {picker(0, x.name, trans.__('Along'))}
          {picker(1, y.name, trans.__('Upwards'))}
        </span>
      }
    >
      {isTable ? (
        <PointsTable {...props} label={label} points={points} scales={[x, y]} />
      ) : (
        <Plot label={label} height={HEIGHT} draw={draw} />
      )}
    </Box>
  );
}

/** Two objectives, and the trials that no other beats in both. */
function Front(props: AnalysisProps & { isTable: boolean }): JSX.Element {
  const { sweep, isTable, trans } = props;
  const { trials, spec } = sweep;
  const [first, second = first] = spec.objectives;
  const { turn } = trials;
  const found = React.useMemo(() => {
    void turn;
    const values = (name: string): Scale => scaleOfValues(name, trials.values(name));
    const [x, y] = [values(first.name), values(second.name)];
    const points: Point[] = [];
    for (let row = 0; row < trials.length; row++) {
      const [at, up] = [trials.value(row, first.name), trials.value(row, second.name)];
      if (trials.state(row) === 'finished' && at !== null && up !== null) {
        points.push({ row, x: x.at(at), y: y.at(up), value: up });
      }
    }
    return { x, y, points, best: front(trials, first, second) };
  }, [trials, turn, first, second]);
  const draw = React.useCallback(
    (pen: Pen) => {
      const best = new Set(found.best);
      drawPoints(pen, found.x, found.y, found.points, row => best.has(row));
    },
    [found]
  );
  const label = trans.__('%1 and %2: no other trial beats these %3 in both', first.name, second.name, found.best.length); // prettier-ignore
  return (
    <Box title={trans.__('%1 and %2', first.name, second.name)}>
      {isTable ? (
        <Table
          label={label}
          heads={[trans.__('Trial'), first.name, second.name]}
          rows={found.best.map(row => [
            trials.number(row),
            trials.value(row, first.name) ?? NaN,
            trials.value(row, second.name) ?? NaN
          ])}
        />
      ) : (
        <Plot label={label} height={HEIGHT} draw={draw} />
      )}
    </Box>
  );
}

function PointsTable(props: {
  sweep: SweepModel;
  label: string;
  points: readonly Point[];
  scales: readonly Scale[];
  trans: TranslationBundle;
}): JSX.Element {
  const { sweep, points, scales, trans } = props;
  const { trials, objective } = sweep;
  const way = objective.direction === 'maximize' ? -1 : 1;
  const shown = [...points]
    .sort((one, other) => way * (one.value - other.value))
    .slice(0, MOST_ROWS);
  return (
    <>
      <Table
        label={props.label}
        heads={[trans.__('Trial'), ...scales.map(({ name }) => name), objective.name]}
        rows={shown.map(({ row, value }) => [
          trials.number(row),
          ...scales.map(scale => scale.text(trials.parameter(row, scale.name))),
          value
        ])}
      />
      {points.length > shown.length ? (
        <p className="jp-Dh-small">{trans.__('the best %1 of %2', shown.length, points.length)}</p>
      ) : null}
    </>
  );
}

function usePoints(
  sweep: SweepModel,
  x: Scale,
  y: Scale | null
): { points: Point[]; values: Scale } {
  const { trials, objective } = sweep;
  const { turn } = trials;
  return React.useMemo(() => {
    void turn;
    const finished = trials
      .values(objective.name)
      .filter((_, row) => trials.state(row) === 'finished');
    const values = scaleOfValues(objective.name, finished);
    return { points: pointsOf(trials, x, y, objective.name, values), values };
    // Scales are made anew each time; their names are what counts.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [trials, turn, objective.name, x.name, y?.name]);
}

const NO_SCALE = scaleOfValues('', []);

type Pair = [number, number];

interface Places {
  x(at: number): number;
  y(at: number): number;
}

/** The frame, with the names of both axes. */
function drawFrame(pen: Pen, x: Scale, y: Scale): Places {
  const { width, height, colors } = pen;
  const [right, bottom] = [width - MARGIN.right, height - MARGIN.bottom];
  const places = {
    x: (at: number): number => MARGIN.left + at * (right - MARGIN.left),
    y: (at: number): number => bottom - at * (bottom - MARGIN.top)
  };
  for (const tick of y.ticks) {
    const up = places.y(tick.at);
    line(pen, [[MARGIN.left, up], [right, up]], colors.rule, 1, 0.6); // prettier-ignore
    write(pen, short(tick.text), MARGIN.left - 6, up, 'right');
  }
  line(pen, [[MARGIN.left, bottom], [right, bottom]], colors.axis); // prettier-ignore
  x.ticks.forEach(tick => write(pen, short(tick.text), places.x(tick.at), bottom + 10, 'center'));
  write(pen, x.name, right, bottom + 23, 'right', true);
  return places;
}

const short = (text: string): string => (text.length > 8 ? `${text.slice(0, 7)}…` : text);

function drawPoints(
  pen: Pen,
  x: Scale,
  y: Scale,
  points: readonly Point[],
  isBest: (row: number) => boolean
): void {
  const places = drawFrame(pen, x, y);
  drawAll(pen, places, points, 2.4, pen.colors.quiet);
  for (const { row, x: at, y: up } of points) {
    if (isBest(row)) {
      dot(pen, places.x(at), places.y(up), 4, pen.colors.main);
    }
  }
}

/** Discs, or of very many points squares. */
function drawAll(
  pen: Pen,
  places: Places,
  points: readonly Point[],
  radius: number,
  color: string
): void {
  const all = points.map(({ x, y }) => [places.x(x), places.y(y)] as const);
  if (all.length > 1000) {
    specks(pen, all, color);
  } else {
    all.forEach(([x, y]) => dot(pen, x, y, radius, color, 0.6));
  }
}

function drawSurface(pen: Pen, x: Scale, y: Scale, points: readonly Point[]): void {
  const surface = surfaceOf(points, SIZE);
  const { context, colors } = pen;
  if (surface.length) {
    const [left, top] = [MARGIN.left, MARGIN.top];
    const [wide, high] = [
      (pen.width - MARGIN.right - left) / SIZE,
      (pen.height - MARGIN.bottom - top) / SIZE
    ];
    context.fillStyle = colors.main;
    bandsOf(surface, BANDS).forEach((band, place) => {
      context.globalAlpha = 0.04 + (band / BANDS) * 0.6;
      const [column, row] = [place % SIZE, SIZE - 1 - Math.floor(place / SIZE)];
      // On whole pixels, so that neighbours neither overlap nor leave a gap.
      const [x0, x1] = [column, column + 1].map(each => Math.round(left + each * wide)) as Pair;
      const [y0, y1] = [row, row + 1].map(each => Math.round(top + each * high)) as Pair;
      context.fillRect(x0, y0, x1 - x0, y1 - y0);
    });
    context.globalAlpha = 1;
  }
  const places = drawFrame(pen, x, y);
  drawAll(pen, places, points, 1.6, colors.text);
  if (points.length) {
    write(pen, rangeText(points), MARGIN.left, pen.height - 7, 'left');
  }
}

/** From light to dark: 0.71 – 0.93 */
function rangeText(points: readonly Point[]): string {
  const values = points.map(({ value }) => value);
  const low = values.reduce((least, each) => Math.min(least, each), Infinity);
  const high = values.reduce((most, each) => Math.max(most, each), -Infinity);
  return `${numberText(low)} – ${numberText(high)}`;
}
