import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { compareIcon } from '../icons';
import { aspectsOf } from '../models/aspects';
import { type Compared, type Comparison, CompareModel, overlaid } from '../models/compare';
import { phaseOfRun, referenceOf } from '../models/rows';
import { Answered, Seen } from './answered';
import { Beside, CodeDiff } from './diffView';
import { Opener, type PageActions } from './pageParts';
import { StateMark } from './parts';
import { Plot } from './linePlot';
import { Action } from './runPage';
import { Tabs, type TabView } from './tabs';
import { Aspects } from './versionsView';
import { WatchedWidget } from './watched';
import { phaseWord } from './words';

/** Id of the one tab that shows these runs beside each other. */
export const compareId = ({ project, ids }: Comparison): string =>
  `dh-jupyter-compare:${project}:${ids.join(':')}`;

/** Runs beside each other, in a tab of the main area. */
export class ComparePage extends WatchedWidget {
  constructor(readonly options: ComparePage.IOptions) {
    super();
    const { trans, comparison } = options;
    this.id = compareId(comparison);
    this.title.label = trans._n('Compare %1 run', 'Compare %1 runs', comparison.ids.length);
    this.title.icon = compareIcon;
    this.title.closable = true;
    this.addClass('jp-Dh-page');
    this._model = new CompareModel(options);
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._model.dispose();
      super.dispose();
    }
  }

  protected override watch(): void {
    // What is drawn watches for itself, by the context below.
  }

  protected override render(): JSX.Element {
    const { trans } = this.options;
    return (
      <Seen.Provider value={this.isSeen}>
        <Answered answer={this._model.answer} trans={trans}>
          {runs => <Runs {...this.options} id={this.id} runs={runs} />}
        </Answered>
      </Seen.Provider>
    );
  }

  private readonly _model: CompareModel;
}

export namespace ComparePage {
  export interface IOptions extends CompareModel.IOptions {
    readonly actions: Pick<PageActions, 'open'>;
    readonly onCopyLink: (references: readonly string[]) => void;
    readonly trans: TranslationBundle;
  }
}

interface RunsProps extends ComparePage.IOptions {
  readonly id: string;
  readonly runs: readonly Compared[];
}

function Runs(props: RunsProps): JSX.Element {
  const { runs, trans, actions, id, onCopyLink } = props;
  const metrics = overlaid(runs);
  const titles = runs.map(({ run, title }) => (
    <Opener key={title} reference={run.key} name={title} actions={actions} />
  ));
  const tabs: TabView[] = [
    {
      name: 'overview',
      label: trans.__('Parameters and results'),
      view: () => (
        <Aspects all={runs.map(({ run }) => aspectsOf(run))} titles={titles} trans={trans} />
      )
    },
    {
      name: 'metrics',
      label: trans.__('Metrics'),
      count: metrics.length,
      view: () =>
        metrics.length ? (
          <div className="jp-Dh-charts">
            {metrics.map(({ name, lines }) => (
              <Plot key={name} title={name} lines={lines} trans={trans} />
            ))}
          </div>
        ) : (
          <p>{trans.__('None of them has sent a metric.')}</p>
        )
    },
    {
      name: 'environment',
      label: trans.__('Environment'),
      view: () => (
        <Beside
          label={trans.__('Packages')}
          head={trans.__('Package')}
          titles={titles}
          records={runs.map(({ packages }) => packages)}
          trans={trans}
        />
      )
    },
    { name: 'code', label: trans.__('Code'), view: () => <Codes {...props} /> }
  ];
  const names = runs.map(({ title }) => title).join(', ');
  return (
    <>
      <div className="jp-Dh-page-head">
        <div className="jp-Dh-row jp-Dh-wrap">
          <h1>{trans.__('Compare %1', names)}</h1>
          <span className="jp-Dh-fill" />
          <Action
            label={trans.__('Copy link')}
            onClick={() => onCopyLink(runs.map(({ run }) => referenceOf(run)))}
          />
        </div>
        <div className="jp-Dh-row jp-Dh-wrap jp-Dh-small">
          {runs.map(({ run }, index) => (
            <span key={run.id} className="jp-Dh-row">
              {titles[index]}
              <StateMark phase={phaseOfRun(run)} word={phaseWord(phaseOfRun(run), trans)} />
            </span>
          ))}
        </div>
      </div>
      <Tabs tabs={tabs} label={trans.__('Parts of %1', names)} id={id} />
    </>
  );
}

/** The code of each of the runs as it differs from that of the first. */
function Codes({ runs, trans }: RunsProps): JSX.Element {
  const [first, ...others] = runs;
  return (
    <>
      {others.map(({ run, title, code }) => (
        <section key={run.id} aria-label={title}>
          <h2 className="jp-Dh-h">{trans.__('From %1 to %2', first?.title ?? '', title)}</h2>
          {code === null || !first || first.code === null ? (
            <p>{trans.__('The code of one of them is not kept any more.')}</p>
          ) : (
            <CodeDiff
              before={first.code}
              after={code}
              label={trans.__('From %1 to %2', first.title, title)}
              trans={trans}
            />
          )}
        </section>
      ))}
    </>
  );
}
