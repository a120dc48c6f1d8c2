import type { TranslationBundle } from '@jupyterlab/translation';
import { UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { Environment } from '../_contract';
import { CommandIDs } from '../commands';
import type { Answer } from '../models/answer';
import type { LineageModel } from '../models/lineage';
import type { LogRing } from '../models/logRing';
import type { RunModel } from '../models/run';
import { type Series, storedSeries } from '../models/series';
import { bytesText } from '../models/text';
import { stepsOf } from '../models/timeline';
import { Answered } from './answered';
import { Charts } from './chart';
import { useNow } from './clock';
import { Failure } from './failure';
import { LineageView } from './lineageView';
import { LogView } from './logView';
import { Box, Facts, Opener, type PageActions, Table, Values, ToolLinks } from './pageParts';
import { Bar, Metrics, StateMark } from './parts';
import { Tabs, type TabView } from './tabs';
import { announcement, moment, phaseWord, timeOfDay, timing } from './words';

export interface RunPageProps {
  readonly id: string;
  readonly model: RunModel;
  readonly log: LogRing;
  readonly environment: Answer<Environment>;
  readonly lineage: LineageModel;
  readonly actions: PageActions;
  readonly trans: TranslationBundle;
  readonly onOlder: () => void;
  readonly onMissed: () => void;
}

/** What a part of the page is made of. */
type PartProps = Pick<RunPageProps, 'model' | 'trans' | 'actions'>;

/** A run in a tab: what it is now, and all that is known of it. */
export function RunPage(props: RunPageProps): JSX.Element {
  return (
    <UseSignal signal={props.model.changed}>
      {() => (props.model.run ? <Known {...props} /> : <Unknown {...props} />)}
    </UseSignal>
  );
}

function Unknown({ model, trans }: RunPageProps): JSX.Element {
  const text =
    model.contact === 'missing' ? model.problem : trans.__('Lost contact. Trying again.');
  return model.contact === 'missing' || model.contact === 'lost' ? (
    <p className="jp-Dh-page-note" role="alert">
      {text}
    </p>
  ) : (
    <div className="jp-Dh-skeleton" role="status" aria-label={trans.__('Loading')}>
      <i />
      <i />
      <i />
    </div>
  );
}

function Known(props: RunPageProps): JSX.Element {
  const { model, trans, id } = props;
  const { inputs = {}, parameters = {} } = model.spec;
  const outputs = model.status.outputs ?? {};
  const series = seriesOf(model);
  const tabs: TabView[] = [
    { name: 'overview', label: trans.__('Overview'), view: () => <Overview {...props} /> },
    {
      name: 'logs',
      label: trans.__('Logs'),
      view: () => (
        <LogView
          log={props.log}
          trans={trans}
          onOlder={props.onOlder}
          onMissed={props.onMissed}
          onDownload={() => props.actions.download('')}
        />
      )
    },
    {
      name: 'metrics',
      label: trans.__('Metrics'),
      count: series.length,
      view: () => <Charts series={series} trans={trans} />
    },
    {
      name: 'io',
      label: trans.__('Inputs and outputs'),
      count: [inputs, parameters, outputs].flatMap(Object.keys).length,
      view: () => <InputsAndOutputs {...props} />
    },
    { name: 'timeline', label: trans.__('Timeline'), view: () => <Timeline {...props} /> },
    {
      name: 'environment',
      label: trans.__('Environment'),
      view: () => (
        <Answered answer={props.environment} trans={trans}>
          {environment => <Packages environment={environment} trans={trans} />}
        </Answered>
      )
    },
    {
      name: 'lineage',
      label: trans.__('Lineage'),
      view: () => (
        <LineageView
          model={props.lineage}
          start={model.run?.key ?? ''}
          actions={props.actions}
          trans={trans}
        />
      )
    }
  ];
  return (
    <>
      <Head {...props} />
      <Tabs tabs={tabs} label={trans.__('Parts of %1', model.name)} id={id} />
      <Announcer {...props} />
    </>
  );
}

function Head({ model, trans, actions }: RunPageProps): JSX.Element {
  const mark = model.contact === 'lost' ? 'lost' : model.phase;
  const now = useNow(model.contact === 'live');
  const shown = model.contact === 'lost' ? model.asOf : now;
  const { progress } = model;
  return (
    <div className="jp-Dh-page-head">
      <div className="jp-Dh-row jp-Dh-wrap">
        <h1>{model.name}</h1>
        <StateMark phase={mark} word={phaseWord(mark, trans)} />
        {progress && !model.isOver ? (
          <Bar
            fraction={progress.total ? progress.done / progress.total : null}
            text={progress.text ?? ''}
            label={trans.__('Progress of %1', model.name)}
          />
        ) : null}
        <span className="jp-Dh-fill" />
        <Action label={trans.__('Go to cell')} onClick={() => actions.act(CommandIDs.goToCell)} />
        <Action label={trans.__('Copy link')} onClick={() => actions.act(CommandIDs.copyLink)} />
        <Action label={trans.__('Run again…')} onClick={() => actions.act(CommandIDs.retryRun)} />
        <Action
          label={trans.__('Run again with…')}
          onClick={() => actions.act(CommandIDs.runAgainWith)}
        />
        {model.isOver ? null : (
          <Action label={trans.__('Stop…')} onClick={() => actions.act(CommandIDs.stopRun)} />
        )}
      </div>
      <div className="jp-Dh-row jp-Dh-wrap jp-Dh-small">
        <code>{model.run?.metadata.reference}</code>
        {model.spec.function ? <Opener reference={model.spec.function} actions={actions} /> : null}
        <span className="jp-Dh-quiet">
          {model.run?.user ? `${trans.__('by %1', model.run.user)} · ` : ''}
          {timing(model, shown, trans)}
          {model.contact === 'lost' ? trans.__(' · as of %1', timeOfDay(model.asOf)) : ''}
        </span>
        <ToolLinks kind={model.run?.kind} actions={actions} />
      </div>
    </div>
  );
}

export function Action(props: { label: string; onClick: () => void }): JSX.Element {
  return (
    <button type="button" className="jp-Dh-btn" onClick={props.onClick}>
      {props.label}
    </button>
  );
}

function Overview(props: RunPageProps): JSX.Element {
  const { model, trans } = props;
  const series = seriesOf(model);
  const shown = new Set(series.map(({ name }) => name));
  const results = Object.entries(model.status.results ?? {}).filter(([name]) => !shown.has(name));
  return (
    <>
      {model.phase === 'failed' ? (
        <Failure
          status={model.status}
          trans={trans}
          onCure={() => props.actions.act(CommandIDs.cureRun)}
          onCell={at => props.actions.act(CommandIDs.goToCell, undefined, at)}
        />
      ) : null}
      {series.length ? (
        <Box title={trans.__('Metrics')}>
          <Metrics series={series} label={trans.__('Metrics')} />
        </Box>
      ) : null}
      {results.length ? (
        <Box title={trans.__('Results')}>
          <Values
            label={trans.__('Results')}
            heads={[trans.__('Result'), trans.__('Value')]}
            values={Object.fromEntries(results)}
          />
        </Box>
      ) : null}
      <InputsAndOutputs {...props} />
      <Box title={trans.__('Log')}>
        <div
          className="jp-Dh-log"
          role="log"
          aria-live="off"
          tabIndex={0}
          aria-label={trans.__('Log')}
        >
          {model.log.lines.join('\n') ||
            (model.isOver ? trans.__('Nothing printed') : trans.__('Nothing printed yet'))}
        </div>
      </Box>
    </>
  );
}

export function InputsAndOutputs({ model, trans, actions }: PartProps): JSX.Element {
  const { inputs = {}, parameters = {} } = model.spec;
  const outputs = model.status.outputs ?? {};
  const chips = (keys: Record<string, string>): React.ReactNode[][] =>
    Object.entries(keys).map(([name, key]) => [
      <code key="name">{name}</code>,
      <Opener key="key" reference={key} actions={actions} />
    ]);
  const none = <p className="jp-Dh-small">{trans.__('None')}</p>;
  return (
    <div className="jp-Dh-columns">
      <Box title={trans.__('Reads')}>
        {Object.keys(inputs).length ? (
          <Table
            label={trans.__('Reads')}
            heads={[trans.__('Parameter'), trans.__('Reference')]}
            rows={chips(inputs)}
          />
        ) : (
          none
        )}
      </Box>
      <Box title={trans.__('Parameters')}>
        {Object.keys(parameters).length ? (
          <Values
            label={trans.__('Parameters')}
            heads={[trans.__('Parameter'), trans.__('Value')]}
            values={parameters}
          />
        ) : (
          none
        )}
      </Box>
      <Box title={trans.__('Outputs')}>
        {Object.keys(outputs).length ? (
          <Table
            label={trans.__('Outputs')}
            heads={[trans.__('Name'), trans.__('Reference')]}
            rows={chips(outputs)}
          />
        ) : (
          <p className="jp-Dh-small">
            {model.isOver ? trans.__('None') : trans.__('They come when the run succeeds.')}
          </p>
        )}
      </Box>
    </div>
  );
}

export function Timeline({ model, trans }: PartProps): JSX.Element {
  const { run, status } = model;
  const steps = run ? stepsOf(run) : [];
  return (
    <Box title={trans.__('Timeline')}>
      <Table
        label={trans.__('Timeline')}
        heads={[trans.__('When'), trans.__('State'), trans.__('For')]}
        rows={steps.map(({ phase, time, lasted }) => [
          moment(time),
          <StateMark key="state" phase={phase} word={phaseWord(phase, trans)} />,
          lasted
        ])}
      />
      <Facts
        facts={[
          [trans.__('Attempt'), String(status.attempt ?? 0)],
          [trans.__('Peak memory'), status.peak_memory ? bytesText(status.peak_memory) : '–'],
          [trans.__('Message'), status.message ?? '–']
        ]}
      />
    </Box>
  );
}

function Packages(props: { environment: Environment; trans: TranslationBundle }): JSX.Element {
  const { environment, trans } = props;
  return (
    <>
      <Facts
        facts={[
          ['Python', environment.python],
          [trans.__('Platform'), environment.platform]
        ]}
      />
      <Table
        label={trans.__('Packages')}
        heads={[trans.__('Package'), trans.__('Version')]}
        rows={environment.packages.map(each => {
          const [name = each, version = ''] = each.split(/==| @ /, 2);
          return [<code key="name">{name}</code>, <code key="version">{version}</code>];
        })}
      />
    </>
  );
}

/** Speaks changes of state, never what was there when the page came. */
function Announcer({ model, trans }: RunPageProps): JSX.Element {
  const first = React.useRef(model.phase);
  return (
    <span className="jp-Dh-spoken" role="status">
      {model.phase === first.current ? '' : announcement(model, trans)}
    </span>
  );
}

const seriesOf = (model: RunModel): Series[] =>
  model.series.length ? model.series : storedSeries(model.status.metrics);
