import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { Entity, FunctionSpec, TableSpec } from '../_contract';
import { CommandIDs } from '../commands';
import { codeOf, lastOf, makerOf } from '../models/aspects';
import { referenceOf, titleOf, typeOf } from '../models/rows';
import type { ThingModel } from '../models/thing';
import type { FileInfo } from '../tokens';
import { bytesText, valueText } from '../models/text';
import { Answered } from './answered';
import { DatasetView } from './datasetView';
import { Runs } from './entitiesTable';
import { LineageView } from './lineageView';
import { Box, Facts, Opener, type PageActions, Table, Values } from './pageParts';
import { Action } from './runPage';
import { Tabs, type TabView } from './tabs';
import { VersionPicker, VersionsView } from './versionsView';
import { moment } from './words';

export interface ThingPageProps {
  readonly id: string;
  readonly thing: ThingModel;
  readonly actions: PageActions;
  readonly trans: TranslationBundle;
}

/** A function, workflow, dataset, model or artifact in a tab. */
export function ThingPage(props: ThingPageProps): JSX.Element {
  return (
    <Answered answer={props.thing.entity} trans={props.trans}>
      {entity => <Known {...props} entity={entity} />}
    </Answered>
  );
}

/** Their code is in the catalogue itself. */
const WITHOUT_FILES = ['function', 'workflow'];

type KnownProps = ThingPageProps & { readonly entity: Entity };

function Known(props: KnownProps): JSX.Element {
  const { trans, entity, id, thing, actions } = props;
  const first: Record<string, TabView[]> = {
    function: [
      { name: 'code', label: trans.__('Code'), view: () => <Code {...props} /> },
      {
        name: 'runs',
        label: trans.__('Runs'),
        view: () => <Runs {...props} list={thing.runs} />
      }
    ],
    workflow: [{ name: 'code', label: trans.__('Code'), view: () => <Code {...props} /> }],
    dataitem: [
      {
        name: 'preview',
        label: trans.__('Preview'),
        view: () => <DatasetView {...props} rows={thing.rows} />
      },
      { name: 'schema', label: trans.__('Schema'), view: () => <Columns {...props} /> }
    ],
    model: [{ name: 'overview', label: trans.__('Overview'), view: () => <Model {...props} /> }]
  };
  const tabs: TabView[] = [
    ...(first[typeOf(entity)] ?? []),
    ...(WITHOUT_FILES.includes(typeOf(entity))
      ? []
      : [{ name: 'files', label: trans.__('Files'), view: () => <Files {...props} /> }]),
    {
      name: 'versions',
      label: trans.__('Versions'),
      view: () => <VersionsView {...props} list={thing.versions} />
    },
    {
      name: 'lineage',
      label: trans.__('Lineage'),
      view: () => (
        <LineageView model={thing.lineage} start={entity.key} actions={actions} trans={trans} />
      )
    }
  ];
  return (
    <>
      <Head {...props} />
      <Tabs tabs={tabs} label={trans.__('Parts of %1', titleOf(entity))} id={id} />
    </>
  );
}

function Head({ entity, trans, actions, thing }: KnownProps): JSX.Element {
  const { metadata } = entity;
  return (
    <div className="jp-Dh-page-head">
      <div className="jp-Dh-row jp-Dh-wrap">
        <h1>{titleOf(entity)}</h1>
        <VersionPicker entity={entity} list={thing.versions} actions={actions} trans={trans} />
        {(metadata.aliases ?? []).map(alias => (
          <span key={alias} className="jp-Dh-alias">
            {alias}
          </span>
        ))}
        <span className="jp-Dh-fill" />
        <Action label={trans.__('Copy link')} onClick={() => actions.act(CommandIDs.copyLink)} />
        <Action
          label={trans.__('Insert code')}
          onClick={() => actions.act(CommandIDs.insertCode)}
        />
        {typeOf(entity) === 'model' ? (
          <Action
            label={trans.__('Publish…')}
            onClick={() => actions.act(CommandIDs.publishModel)}
          />
        ) : null}
        {typeOf(entity) === 'function' ? (
          <>
            <Action label={trans.__('Run…')} onClick={() => actions.act(CommandIDs.runFunction)} />
            <Action
              label={trans.__('Sweep…')}
              onClick={() => actions.act(CommandIDs.sweepFunction)}
            />
          </>
        ) : null}
      </div>
      <div className="jp-Dh-row jp-Dh-wrap jp-Dh-small">
        <code>{referenceOf(entity)}</code>
        <span className="jp-Dh-quiet">
          {[entity.kind, entity.user && trans.__('by %1', entity.user), moment(metadata.created)]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </div>
      {metadata.description ? <p className="jp-Dh-small">{metadata.description}</p> : null}
    </div>
  );
}

/** The module as it runs, and what it needs. */
function Code({ entity, trans }: KnownProps): JSX.Element {
  const { requirements = [], parameters } = entity.spec as Partial<FunctionSpec>;
  const rows = Object.entries(parameters?.properties ?? {}).map(
    ([name, { annotation, default: value }]) => [
      <code key="name">{name}</code>,
      annotation ?? '',
      parameters?.required?.includes(name) ? trans.__('needed') : valueText(value)
    ]
  );
  return (
    <>
      <pre className="jp-Dh-log jp-Dh-code" tabIndex={0} aria-label={trans.__('Code')}>
        {codeOf(entity) ?? trans.__('No code is kept.')}
      </pre>
      {rows.length ? (
        <Box title={trans.__('Parameters')}>
          <Table
            label={trans.__('Parameters')}
            heads={[trans.__('Parameter'), trans.__('Type'), trans.__('Default')]}
            rows={rows}
          />
        </Box>
      ) : null}
      <Box title={trans.__('Needs')}>{requirements.join(', ') || trans.__('Nothing more')}</Box>
    </>
  );
}

const cell = (value: unknown): React.ReactNode =>
  typeof value === 'number' ? value : value === null ? '' : valueText(value, 80);

function Columns({ entity, trans }: KnownProps): JSX.Element {
  const fields = (entity.spec as Partial<TableSpec>).schema?.fields ?? [];
  const { profile = {} } = entity.status as { profile?: Record<string, Record<string, unknown>> };
  const rows = fields.map(({ name, type }) => {
    const facts = profile[name] ?? {};
    return [
      <code key="name">{name}</code>,
      type,
      ...['nulls', 'distinct', 'min', 'max'].map(word => cell(facts[word] ?? null))
    ];
  });
  return (
    <Table
      label={trans.__('Schema')}
      heads={[
        trans.__('Column'),
        trans.__('Type'),
        trans.__('Empty'),
        trans.__('Different'),
        trans.__('Least'),
        trans.__('Most')
      ]}
      rows={rows}
    />
  );
}

function Model(props: KnownProps): JSX.Element {
  const { entity, trans, thing } = props;
  const { framework, algorithm, flavor, parameters = {} } = entity.spec as Record<string, unknown>;
  const word = (value: unknown): string => (typeof value === 'string' ? value : '–');
  return (
    <>
      <Facts
        facts={[
          [trans.__('Framework'), word(framework)],
          [trans.__('Algorithm'), word(algorithm)],
          [trans.__('Flavor'), word(flavor)]
        ]}
      />
      <Box title={trans.__('Metrics')}>
        <Answered answer={thing.metrics} trans={trans}>
          {metrics =>
            Object.keys(metrics).length || !makerOf(entity) ? (
              <Measured metrics={metrics} trans={trans} />
            ) : (
              <Reported {...props} />
            )
          }
        </Answered>
      </Box>
      <Box title={trans.__('Parameters')}>
        <Values
          label={trans.__('Parameters')}
          heads={[trans.__('Parameter'), trans.__('Value')]}
          values={parameters as Record<string, unknown>}
        />
      </Box>
    </>
  );
}

function Measured(props: {
  metrics: Record<string, unknown>;
  trans: TranslationBundle;
}): JSX.Element {
  const { metrics, trans } = props;
  return (
    <Values
      label={trans.__('Metrics')}
      heads={[trans.__('Metric'), trans.__('Value')]}
      values={lastOf(metrics)}
    />
  );
}

/** A model without metrics of its own: what the run that made it said last. */
function Reported({ thing, trans, actions }: KnownProps): JSX.Element {
  return (
    <Answered answer={thing.reported} trans={trans}>
      {({ run, metrics }) => (
        <>
          {run && Object.keys(metrics).length ? (
            <p className="jp-Dh-small">
              {trans.__('reported by')}{' '}
              <Opener reference={run.key} name={titleOf(run)} actions={actions} />
            </p>
          ) : null}
          <Measured metrics={metrics} trans={trans} />
        </>
      )}
    </Answered>
  );
}

function Files({ thing, trans, actions }: KnownProps): JSX.Element {
  const row = ({ path, size, content_type }: FileInfo): React.ReactNode[] => [
    <code key="path">{path}</code>,
    size === undefined ? '' : bytesText(size),
    content_type ?? '',
    <button key="get" type="button" className="jp-Dh-link" onClick={() => actions.download(path)}>
      {trans.__('Download %1', path)}
    </button>
  ];
  return (
    <Answered answer={thing.files} trans={trans}>
      {files =>
        files.length ? (
          <Table
            label={trans.__('Files')}
            heads={[trans.__('File'), trans.__('Size'), trans.__('Type'), trans.__('Get it')]}
            rows={files.map(row)}
          />
        ) : (
          <p>{trans.__('No file of it is known here.')}</p>
        )
      }
    </Answered>
  );
}
