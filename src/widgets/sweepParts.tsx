import type { TranslationBundle } from '@jupyterlab/translation';
import { runIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { championIcon } from '../icons';
import { axesOf, isWithin } from '../models/coordinates';
import { bestFirst, countStates, ranked, type Sort } from '../models/leaderboard';
import type { SweepModel } from '../models/sweep';
import { clockText, numberText } from '../models/text';
import type { TrialState } from '../models/trials';
import { BestPlot } from './bestPlot';
import { CoordinatesPlot, type Ranges } from './coordinatesPlot';
import { Bar } from './parts';
import { TrialsTable, trialWord } from './trialsTable';

/** What the views of a sweep can do; trials are named by their runs. */
export interface SweepActions {
  readonly openTrial: (run: string) => void;
  /** The form for one more run with a trial's values. */
  readonly runWith: (run: string) => void;
  /** The model of a trial's run. */
  readonly publish: (run: string) => void;
}

export interface SweepViewProps {
  readonly sweep: SweepModel;
  readonly actions: SweepActions;
  readonly trans: TranslationBundle;
}

/** Everything of a sweep but its head: how far it is, the plots, the trials, and what to do with the best. */
export function SweepBody(props: SweepViewProps): JSX.Element {
  const { sweep, trans } = props;
  const [ranges, setRanges] = React.useState<Ranges>(new Map());
  return (
    <>
      <SweepProgress {...props} />
      {sweep.status?.message ? <p className="jp-Dh-sweep-told">{sweep.status.message}</p> : null}
      {sweep.columns.problem ? (
        <p className="jp-Dh-page-note" role="alert">
          {sweep.columns.problem}
        </p>
      ) : null}
      <div className="jp-Dh-sweep-plots">
        <BestPlot sweep={sweep} trans={trans} />
        <CoordinatesPlot sweep={sweep} ranges={ranges} onRanges={setRanges} trans={trans} />
      </div>
      <Trials {...props} ranges={ranges} />
      <BestStrip {...props} />
    </>
  );
}

function SweepProgress({ sweep, trans }: SweepViewProps): JSX.Element {
  const { counts, ended, status, run } = sweep;
  const parts = [
    counts.running ? trans.__('%1 running', counts.running) : '',
    counts.queued ? trans.__('%1 queued', counts.queued) : '',
    trans.__('%1 done', counts.finished),
    counts.pruned ? trans.__('%1 pruned', counts.pruned) : '',
    counts.failed ? trans.__('%1 failed', counts.failed) : ''
  ];
  const head = counts.total
    ? trans.__(
        '%1 of %2 trials',
        ended.toLocaleString('en-US'),
        counts.total.toLocaleString('en-US')
      )
    : trans._n('%1 trial', '%1 trials', ended);
  const left =
    status?.eta && !run.isOver && !sweep.isPaused
      ? trans.__('about %1 left', clockText(status.eta))
      : '';
  return (
    <div className="jp-Dh-row jp-Dh-wrap jp-Dh-sweep-progress">
      <Bar
        fraction={counts.total ? ended / counts.total : null}
        text={[head, ...parts].filter(Boolean).join(' · ')}
        label={trans.__('Progress of %1', run.name)}
      />
      {left ? <span className="jp-Dh-num jp-Dh-small">{left}</span> : null}
    </div>
  );
}

type Filter = 'all' | TrialState;

const FILTERS: readonly Filter[] = ['all', 'running', 'pruned', 'failed'];

function Trials(props: SweepViewProps & { ranges: Ranges }): JSX.Element {
  const { sweep, actions, ranges, trans } = props;
  const { trials, objective, spec } = sweep;
  const [filter, setFilter] = React.useState<Filter>('all');
  const [sort, setSort] = React.useState<Sort | null>(null);
  const [chosen, setChosen] = React.useState<number | null>(null);
  const isHeld = React.useRef(false);
  const order = sort ?? bestFirst(objective);
  const { turn } = trials;
  const fresh = React.useMemo(() => {
    void turn;
    const axes = ranges.size ? axesOf(trials, sweep.scales, spec.objectives) : [];
    return ranked(
      trials,
      order,
      row =>
        (filter === 'all' || trials.state(row) === filter) &&
        (!ranges.size || isWithin(axes, ranges, row))
    );
    // `order` is made anew each time; what it says is what counts.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [trials, turn, sweep, spec, filter, ranges, order.by, order.isDown]);
  const rows = useHeld(
    fresh,
    isHeld.current,
    `${filter}:${order.by}:${order.isDown}:${ranges.size}`
  );
  const counts = countStates(trials);
  const row = chosen === null ? -1 : trials.row(chosen);
  const run = row < 0 ? null : trials.run(row);
  const canStop = row >= 0 && trials.state(row) === 'running';
  return (
    <>
      <div className="jp-Dh-row jp-Dh-wrap">
        <b className="jp-Dh-small">{trans.__('Trials')}</b>
        <span className="jp-Dh-filters" role="group" aria-label={trans.__('Filter trials')}>
          {FILTERS.map(each => (
            <button
              key={each}
              type="button"
              className="jp-Dh-filter"
              aria-pressed={each === filter}
              onClick={() => setFilter(each)}
            >
              {each === 'all' ? trans.__('All') : trialWord(each, trans)}{' '}
              <span className="jp-Dh-num">{each === 'all' ? trials.length : counts[each]}</span>
            </button>
          ))}
        </span>
        <span className="jp-Dh-fill" />
        <TrialButton
          label={trans.__('Open trial')}
          reason={run ? '' : trans.__('Select a trial that has begun first')}
          onClick={() => run && actions.openTrial(run)}
        />
        <TrialButton
          label={trans.__('Stop trial')}
          reason={canStop ? '' : trans.__('Select a running trial first')}
          onClick={() => void sweep.act('stop-trial', { number: chosen })}
        />
      </div>
      <div
        onFocus={() => (isHeld.current = true)}
        onBlur={event => {
          isHeld.current = event.currentTarget.contains(event.relatedTarget);
        }}
      >
        {rows.length ? (
          <TrialsTable
            sweep={sweep}
            rows={rows}
            sort={order}
            onSort={setSort}
            chosen={chosen}
            onChoose={setChosen}
            onOpen={each => {
              const id = trials.run(each);
              if (id) {
                actions.openTrial(id);
              }
            }}
            trans={trans}
          />
        ) : (
          <p className="jp-Dh-small jp-Dh-quiet">
            {trials.length
              ? trans.__('No trial fits these filters')
              : trans.__('No trial has begun yet')}
          </p>
        )}
      </div>
    </>
  );
}

/** Rows do not change places under the focus: while it is held, only what is new is put at the end. */
function useHeld(fresh: readonly number[], isHeld: boolean, asked: string): readonly number[] {
  const kept = React.useRef({ asked, rows: fresh });
  if (!isHeld || kept.current.asked !== asked) {
    kept.current = { asked, rows: fresh };
  } else if (fresh.length !== kept.current.rows.length) {
    const [before, now] = [new Set(kept.current.rows), new Set(fresh)];
    const stay = kept.current.rows.filter(row => now.has(row));
    kept.current = { asked, rows: [...stay, ...fresh.filter(row => !before.has(row))] };
  }
  return kept.current.rows;
}

function TrialButton(props: { label: string; reason: string; onClick: () => void }): JSX.Element {
  return (
    <button
      type="button"
      className="jp-Dh-btn"
      aria-disabled={props.reason !== ''}
      title={props.reason || undefined}
      onClick={props.reason ? undefined : props.onClick}
    >
      {props.label}
    </button>
  );
}

/** What was reached, and what can be done with it. */
function BestStrip({ sweep, actions, trans }: SweepViewProps): JSX.Element | null {
  const { best, status } = sweep;
  const run = best?.run;
  if (!best || !run) {
    return null;
  }
  const values = Object.entries(best.values ?? {}).map(
    ([name, value]) => `${name} ${numberText(Number(value))}`
  );
  const others = (status?.best.length ?? 1) - 1;
  const against = againstChampion(sweep, trans);
  return (
    <div className="jp-Dh-sweep-best">
      <span className="jp-Dh-fill">
        <b>{trans.__('Trial %1 is the best', best.number)}</b>
        {values.length ? `: ${values.join(', ')}` : ''}
        {against ? ` · ${against}` : ''}
        {others > 0
          ? trans._n(' · and %1 other of the front', ' · and %1 others of the front', others)
          : ''}
      </span>
      <button type="button" className="jp-Dh-btn" onClick={() => actions.runWith(run)}>
        <runIcon.react tag="span" className="jp-Dh-glyph" aria-hidden="true" />
        {trans.__('Run with these values…')}
      </button>
      <button type="button" className="jp-Dh-btn jp-mod-first" onClick={() => actions.publish(run)}>
        <championIcon.react tag="span" className="jp-Dh-glyph" aria-hidden="true" />
        {trans.__('Publish best…')}
      </button>
    </div>
  );
}

/** Whether the best beats the champion, by how much, and whether on the same data. */
export function againstChampion(sweep: SweepModel, trans: TranslationBundle): string {
  const { objective, best } = sweep;
  const champion = sweep.champion.value;
  const reached = best?.values?.[objective.name];
  if (champion?.value === undefined || reached === undefined) {
    return '';
  }
  const better = (Number(reached) - champion.value) * (objective.direction === 'maximize' ? 1 : -1);
  const by = numberText(Math.abs(better));
  const name = champion.reference ?? '';
  const told = !better
    ? trans.__('as good as the champion %1', name)
    : better > 0
      ? trans.__('beats the champion %1 by %2', name, by)
      : trans.__('the champion %1 is better by %2', name, by);
  return champion.same_inputs ? told : trans.__('%1, on other data', told);
}

/** Pause or go on, and stop; nothing of a sweep that is over. */
export function SweepButtons(props: {
  sweep: SweepModel;
  onStop: () => void;
  onExtend: () => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { sweep, trans } = props;
  const { run } = sweep;
  if (run.isOver) {
    return <Button label={trans.__('More trials…')} onClick={props.onExtend} />;
  }
  const isStopping = run.status.state === 'STOP';
  const away = run.contact === 'lost' ? trans.__('The server does not answer') : '';
  const reason = isStopping ? trans.__('The sweep has been asked to stop') : away;
  return (
    <>
      <Button
        label={sweep.isPaused ? trans.__('Resume') : trans.__('Pause')}
        reason={reason}
        onClick={() => void sweep.act(sweep.isPaused ? 'resume' : 'pause')}
      />
      <Button
        label={isStopping ? trans.__('Stopping') : trans.__('Stop')}
        reason={reason}
        icon={<stopIcon.react tag="span" className="jp-Dh-glyph" aria-hidden="true" />}
        onClick={props.onStop}
      />
    </>
  );
}

function Button(props: {
  label: string;
  reason?: string;
  icon?: JSX.Element;
  onClick: () => void;
}): JSX.Element {
  return (
    <button
      type="button"
      className="jp-Dh-btn"
      aria-disabled={!!props.reason}
      title={props.reason}
      onClick={props.reason ? undefined : props.onClick}
    >
      {props.icon}
      {props.label}
    </button>
  );
}

/** 4 parameters · TPE, prunes below the median · 3 at a time */
export function sweepFacts({ spec, status }: SweepModel, trans: TranslationBundle): string {
  const samplers: Record<string, string> = { cmaes: 'CMA-ES', nsgaii: 'NSGA-II', random: trans.__('random'), grid: trans.__('grid') }; // prettier-ignore
  const sampler = spec.sampler ?? 'tpe';
  const pruners: Record<string, string> = {
    median: trans.__('prunes below the median'),
    hyperband: trans.__('prunes by Hyperband'),
    patient: trans.__('prunes what does not get better')
  };
  const pruner = pruners[spec.pruner?.kind ?? ''];
  const count = Object.keys(spec.space).length;
  const workers = status?.workers ?? spec.workers;
  return [
    count ? trans._n('%1 parameter', '%1 parameters', count) : '',
    [samplers[sampler] ?? sampler.toUpperCase(), pruner].filter(Boolean).join(', '),
    workers ? trans.__('%1 at a time', workers) : ''
  ]
    .filter(Boolean)
    .join(' · ');
}
