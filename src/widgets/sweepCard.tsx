import type { TranslationBundle } from '@jupyterlab/translation';
import { UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { RunModel } from '../models/run';
import type { SweepModel } from '../models/sweep';
import { valueText } from '../models/text';
import { useNow } from './clock';
import { Failure } from './failure';
import { Chip, StateMark } from './parts';
import { type SweepActions, SweepBody, SweepButtons, sweepFacts } from './sweepParts';
import { announcement, phaseWord, timeOfDay, timing } from './words';

export interface SweepCardProps {
  readonly sweep: SweepModel;
  readonly actions: SweepActions;
  readonly trans: TranslationBundle;
  /** Is given the line that says how the sweep stands, and null when it goes. */
  readonly onHead?: React.Ref<HTMLDivElement> | undefined;
  readonly onStop: () => void;
  readonly onExtend: () => void;
  /** Opens the sweep in a tab. */
  readonly onOpen: () => void;
  /** Whether it can be seen: its trials are asked for only then. */
  readonly isSeen: boolean;
  /** Opens what a key names. */
  readonly onOpenKey?: ((key: string) => void) | undefined;
}

/** A sweep under the cell that began it. */
export function SweepCard(props: SweepCardProps): JSX.Element {
  const { sweep, isSeen } = props;
  React.useEffect(() => {
    sweep.watch(isSeen);
    return () => sweep.watch(false);
  }, [sweep, isSeen]);
  return <UseSignal signal={sweep.changed}>{() => <Known {...props} />}</UseSignal>;
}

function Known(props: SweepCardProps): JSX.Element {
  const { sweep, trans, onOpenKey } = props;
  const { run } = sweep;
  const mark = markOf(sweep);
  const word = sweepWord(sweep, trans);
  const inputs = Object.values(run.spec.inputs ?? {});
  const parameters = Object.entries(run.spec.parameters ?? {});
  return (
    <section
      className={`jp-Dh-card jp-mod-${mark}`}
      aria-label={trans.__('Sweep %1, %2', run.name, word.toLowerCase())}
    >
      <div className="jp-Dh-card-head" ref={props.onHead}>
        <StateMark phase={mark} word={word} />
        <b>{run.name}</b>
        {run.spec.function ? <Chip reference={run.spec.function} onOpen={onOpenKey} /> : null}
        <SweepTiming sweep={sweep} trans={trans} />
        <SweepButtons {...props} />
        <button type="button" className="jp-Dh-btn" onClick={props.onOpen}>
          {trans.__('Open')}
        </button>
      </div>
      <div className="jp-Dh-card-body">
        {run.phase === 'failed' ? <Failure status={run.status} trans={trans} /> : null}
        <SweepBody {...props} />
      </div>
      <div className="jp-Dh-card-foot">
        {inputs.length ? (
          <span className="jp-Dh-row jp-Dh-wrap">
            {trans.__('Reads')}
            {inputs.map(key => (
              <Chip key={key} reference={key} onOpen={onOpenKey} />
            ))}
          </span>
        ) : null}
        {parameters.length ? (
          <span>
            {parameters.map(([name, value]) => `${name}=${valueText(value)}`).join(' · ')}
          </span>
        ) : null}
        {run.isOver ? null : <span>{trans.__('goes on if you close the notebook')}</span>}
        {(run.status.warnings ?? []).map(text => (
          <span key={text}>{text}</span>
        ))}
        {run.problem ? <span role="alert">{run.problem}</span> : null}
      </div>
      <SweepAnnouncer run={run} trans={trans} />
    </section>
  );
}

/** How long it has been going on, and how it goes about it. */
export function SweepTiming(props: { sweep: SweepModel; trans: TranslationBundle }): JSX.Element {
  const { sweep, trans } = props;
  const { run } = sweep;
  const now = useNow(run.contact === 'live');
  const isLost = run.contact === 'lost';
  const parts = [
    timing(run, isLost ? run.asOf : now, trans),
    sweepFacts(sweep, trans),
    isLost ? trans.__('as of %1', timeOfDay(run.asOf)) : ''
  ];
  const text = parts.filter(Boolean).join(' · ');
  return (
    <span className="jp-Dh-quiet jp-Dh-small jp-Dh-cut jp-Dh-fill" title={text}>
      {text}
    </span>
  );
}

/** A paused sweep stands still, whatever its run says. */
export function markOf({ run, isPaused }: SweepModel): RunModel['phase'] | 'lost' {
  return run.contact === 'lost' ? 'lost' : isPaused && !run.isOver ? 'queued' : run.phase;
}

export function sweepWord(sweep: SweepModel, trans: TranslationBundle): string {
  const mark = markOf(sweep);
  return mark === 'queued' && sweep.isPaused ? trans.__('Paused') : phaseWord(mark, trans);
}

/** Speaks changes of state, never what was there when the card came. */
export function SweepAnnouncer(props: { run: RunModel; trans: TranslationBundle }): JSX.Element {
  const { run, trans } = props;
  const first = React.useRef(run.phase);
  return (
    <span className="jp-Dh-spoken" role="status">
      {run.phase === first.current ? '' : announcement(run, trans)}
    </span>
  );
}
