import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, searchIcon, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { Filter, PanelModel } from '../models/panel';
import { numberText } from '../models/text';
import { announcementOf, timeOfDay } from './words';

/** The panel's head: project, search, filters, and a note while the server does not answer. */
export class PanelHead extends ReactWidget {
  constructor(options: PanelHead.IOptions) {
    super();
    this._options = options;
    this.addClass('jp-Dh-panel-head');
  }

  /** Put the cursor into the search. */
  focusSearch(): void {
    this.node.querySelector<HTMLInputElement>('input')?.focus();
  }

  protected override render(): JSX.Element {
    return (
      <>
        <UseSignal signal={this._options.model.changed}>
          {() => <Head {...this._options} />}
        </UseSignal>
        <UseSignal signal={this._options.model.announced.told}>
          {(_, runs) => (
            <span className="jp-Dh-spoken" role="status">
              {announcementOf(runs ?? [], this._options.trans)}
            </span>
          )}
        </UseSignal>
      </>
    );
  }

  private readonly _options: PanelHead.IOptions;
}

export namespace PanelHead {
  export interface IOptions {
    readonly model: PanelModel;
    readonly trans: TranslationBundle;
    /** Put the cells of the first steps into the notebook. */
    readonly onBegin: () => void;
  }
}

function Head({ model, trans, onBegin }: PanelHead.IOptions): JSX.Element {
  return (
    <>
      <ProjectTitle model={model} trans={trans} />
      <div className="jp-Dh-field" role="search">
        <searchIcon.react tag="span" className="jp-Dh-glyph" aria-hidden="true" />
        <input
          type="search"
          value={model.text}
          placeholder={trans.__('Search the project')}
          aria-label={trans.__('Search the project')}
          onChange={event => model.search(event.target.value)}
        />
      </div>
      <div className="jp-Dh-row jp-Dh-wrap" role="group" aria-label={trans.__('Filters of runs')}>
        <Chip
          model={model}
          filter="active"
          label={trans.__('Active')}
          count={model.counts?.active}
        />
        <Chip
          model={model}
          filter="failed"
          label={trans.__('Failed')}
          count={model.counts?.failed}
        />
        <Chip model={model} filter="mine" label={trans.__('Mine')} />
        {model.inNotebook === null ? null : (
          <Chip
            model={model}
            filter="notebook"
            label={trans.__('This notebook')}
            title={trans.__('Runs with a card in the notebook in view')}
            count={model.inNotebook}
          />
        )}
      </div>
      {model.lostSince === null ? null : <Lost since={model.lostSince} trans={trans} />}
      {model.isEmpty ? <Begin trans={trans} onBegin={onBegin} /> : null}
    </>
  );
}

/** The name of the project; where there are several, the way to the others. */
function ProjectTitle(props: Pick<PanelHead.IOptions, 'model' | 'trans'>): JSX.Element {
  const { model, trans } = props;
  const { project, projects } = model;
  return (
    <h2 className="jp-Dh-h jp-Dh-cut" title={trans.__('Project %1', project)}>
      {projects.length > 1 ? (
        <select
          className="jp-Dh-select"
          aria-label={trans.__('Project')}
          value={project}
          onChange={event => model.choose(event.target.value)}
        >
          {projects.map(name => (
            <option key={name}>{name}</option>
          ))}
        </select>
      ) : (
        project || trans.__('DigitalHub')
      )}
    </h2>
  );
}

function Chip(props: {
  model: PanelModel;
  filter: Filter;
  label: string;
  title?: string;
  count?: number | undefined;
}): JSX.Element {
  return (
    <button
      type="button"
      className="jp-Dh-filter"
      title={props.title}
      aria-pressed={props.model.filters.has(props.filter)}
      onClick={() => props.model.toggle(props.filter)}
    >
      {props.label}
      {props.count === undefined ? null : (
        <span className="jp-Dh-num">{numberText(props.count)}</span>
      )}
    </button>
  );
}

function Lost({ since, trans }: { since: number; trans: TranslationBundle }): JSX.Element {
  return (
    <p className="jp-Dh-note" role="status">
      {since
        ? trans.__('The server does not answer. What you see is as of %1.', timeOfDay(since))
        : trans.__('The server does not answer. It is tried again by itself.')}
    </p>
  );
}

function Begin(props: { trans: TranslationBundle; onBegin: () => void }): JSX.Element {
  const { trans } = props;
  return (
    <div className="jp-Dh-begin">
      <p>{trans.__('Nothing is kept here yet.')}</p>
      <p>
        {trans.__(
          'A cell becomes a function, a function runs elsewhere, and what it returns is kept.'
        )}
      </p>
      <button type="button" className="jp-Dh-btn" onClick={props.onBegin}>
        {trans.__('Insert first cells')}
      </button>
    </div>
  );
}
