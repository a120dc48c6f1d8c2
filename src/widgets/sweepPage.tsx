import type { TranslationBundle } from '@jupyterlab/translation';
import { UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';
import { CommandIDs } from '../commands';
import type { LineageModel } from '../models/lineage';
import type { SweepModel } from '../models/sweep';
import { Seen } from './answered';
import { Failure } from './failure';
import { LineageView } from './lineageView';
import { Opener, type PageActions, ToolLinks } from './pageParts';
import { StateMark } from './parts';
import { Action, InputsAndOutputs, Timeline } from './runPage';
import { SweepAnalysis } from './sweepAnalysis';
import { markOf, SweepAnnouncer, SweepTiming, sweepWord } from './sweepCard';
import { type SweepActions, SweepBody, SweepButtons } from './sweepParts';
import { Tabs, type TabView } from './tabs';

export interface SweepPageProps {
  readonly id: string;
  readonly sweep: SweepModel;
  readonly lineage: LineageModel;
  readonly actions: PageActions;
  readonly sweepActions: SweepActions;
  readonly trans: TranslationBundle;
}

/** A sweep in a tab: what it is now, what its parameters do, and all that is known of it. */
export function SweepPage(props: SweepPageProps): JSX.Element {
  const { sweep } = props;
  const isSeen = React.useContext(Seen);
  React.useEffect(() => {
    sweep.watch(isSeen);
    return () => sweep.watch(false);
  }, [sweep, isSeen]);
  return <UseSignal signal={sweep.changed}>{() => <Known {...props} />}</UseSignal>;
}

function Known(props: SweepPageProps): JSX.Element {
  const { id, sweep, lineage, actions, trans } = props;
  const { run } = sweep;
  const parts = { model: run, actions, trans };
  const tabs: TabView[] = [
    { name: 'overview', label: trans.__('Overview'), view: () => <Overview {...props} /> },
    {
      name: 'analysis',
      label: trans.__('Parameters'),
      count: sweep.scales.length,
      view: () => <SweepAnalysis sweep={sweep} trans={trans} />
    },
    {
      name: 'io',
      label: trans.__('Inputs and outputs'),
      view: () => <InputsAndOutputs {...parts} />
    },
    { name: 'timeline', label: trans.__('Timeline'), view: () => <Timeline {...parts} /> },
    {
      name: 'lineage',
      label: trans.__('Lineage'),
      view: () => (
        <LineageView model={lineage} start={run.run?.key ?? ''} actions={actions} trans={trans} />
      )
    }
  ];
  return (
    <>
      <Head {...props} />
      <Tabs tabs={tabs} label={trans.__('Parts of %1', run.name)} id={id} />
      <SweepAnnouncer run={run} trans={trans} />
    </>
  );
}

function Head({ sweep, actions, trans }: SweepPageProps): JSX.Element {
  const { run } = sweep;
  return (
    <div className="jp-Dh-page-head">
      <div className="jp-Dh-row jp-Dh-wrap">
        <h1>{run.name}</h1>
        <StateMark phase={markOf(sweep)} word={sweepWord(sweep, trans)} />
        <span className="jp-Dh-fill" />
        <Action label={trans.__('Copy link')} onClick={() => actions.act(CommandIDs.copyLink)} />
        <SweepButtons
          sweep={sweep}
          onStop={() => actions.act(CommandIDs.stopRun)}
          onExtend={() => actions.act(CommandIDs.extendSweep)}
          trans={trans}
        />
      </div>
      <div className="jp-Dh-row jp-Dh-wrap jp-Dh-small">
        <code>{run.run?.metadata.reference}</code>
        {run.spec.function ? <Opener reference={run.spec.function} actions={actions} /> : null}
        <SweepTiming sweep={sweep} trans={trans} />
        <ToolLinks kind={run.run?.kind} actions={actions} />
      </div>
      {run.problem ? (
        <p className="jp-Dh-small" role="alert">
          {run.problem}
        </p>
      ) : null}
    </div>
  );
}

function Overview({ sweep, sweepActions, trans }: SweepPageProps): JSX.Element {
  return (
    <div className="jp-Dh-sweep">
      {sweep.run.phase === 'failed' ? <Failure status={sweep.run.status} trans={trans} /> : null}
      <SweepBody sweep={sweep} actions={sweepActions} trans={trans} />
    </div>
  );
}
