import type { TranslationBundle } from '@jupyterlab/translation';
import { launchIcon, stopIcon, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';
import { jobIcon } from '../icons';
import { targetOfKey } from '../models/link';
import type { RunModel } from '../models/run';
import { storedSeries } from '../models/series';
import { valueText } from '../models/text';
import { useNow } from './clock';
import { type CellLine, Failure } from './failure';
import { Bar, Chip, Metrics, StateMark } from './parts';
import { announcement, peakWords, phaseWord, timeOfDay, timing } from './words';

interface CardProps {
  /** Is given the line that says how the run stands, and null when it goes. */
  readonly onHead?: React.Ref<HTMLDivElement> | undefined;
  readonly model: RunModel;
  readonly trans: TranslationBundle;
  /** Opens what a key names. */
  readonly onOpen?: ((key: string) => void) | undefined;
}

interface Actions {
  readonly onStop: () => void;
  readonly onAgain?: (() => void) | undefined;
  /** Show the page of the run. */
  readonly onShow?: (() => void) | undefined;
  readonly onCure?: (() => void) | undefined;
  /** Go to where a part of a traceback was typed. */
  readonly onCell?: ((at: CellLine) => void) | undefined;
  /** Put a cell that has the result into the notebook. */
  readonly onInsert?: (() => void) | undefined;
  /** Ask under which name and alias to publish the model of a key. */
  readonly onPublish?: ((key: string) => void) | undefined;
}

/** A run under the cell that started it. `fallback` stands there until the run is known. */
export function RunCard(props: CardProps & Actions & { fallback: string }): JSX.Element {
  return (
    <UseSignal signal={props.model.changed}>
      {() => (props.model.run ? <KnownRun {...props} /> : <UnknownRun {...props} />)}
    </UseSignal>
  );
}

function UnknownRun({ model, trans, fallback }: CardProps & { fallback: string }): JSX.Element {
  const notes = { missing: model.problem, lost: trans.__('Lost contact. Trying again.') };
  const note = notes[model.contact as 'missing' | 'lost'] as string | undefined;
  return (
    <div className="jp-Dh-card" aria-busy={note === undefined}>
      <div className="jp-Dh-card-head">
        <span>{fallback}</span>
        {note ? <span className="jp-Dh-quiet jp-Dh-small">{note}</span> : null}
      </div>
    </div>
  );
}

function KnownRun(props: CardProps & Actions): JSX.Element {
  const { model, trans } = props;
  const mark = model.contact === 'lost' ? 'lost' : model.phase;
  const word = phaseWord(mark, trans);
  return (
    <section
      className={`jp-Dh-card jp-mod-${mark}`}
      aria-label={trans.__('Run %1, %2', model.name, word.toLowerCase())}
    >
      <div className="jp-Dh-card-head" ref={props.onHead}>
        <StateMark phase={mark} word={word} />
        <b>{model.name}</b>
        {model.spec.function ? (
          <Chip reference={model.spec.function} name={model.functionName} />
        ) : null}
        <Timing {...props} />
        {model.isOver ? <AgainButton {...props} /> : <StopButton {...props} />}
        <OpenButton {...props} />
      </div>
      <Body {...props} />
      <Foot {...props} />
      <Announcer {...props} />
    </section>
  );
}

function Timing({ model, trans }: CardProps): JSX.Element {
  const now = useNow(model.contact === 'live');
  const stale = model.contact === 'lost' ? trans.__(' · as of %1', timeOfDay(model.asOf)) : '';
  return (
    <span className="jp-Dh-quiet jp-Dh-small jp-Dh-cut jp-Dh-fill">
      {timing(model, model.contact === 'lost' ? model.asOf : now, trans) + stale}
    </span>
  );
}

function AgainButton({ trans, onAgain }: CardProps & Actions): JSX.Element | null {
  return onAgain ? (
    <button type="button" className="jp-Dh-btn" onClick={onAgain}>
      <jobIcon.react tag="span" className="jp-Dh-glyph" aria-hidden="true" />
      {trans.__('Run again with…')}
    </button>
  ) : null;
}

function OpenButton({ trans, onShow }: CardProps & Actions): JSX.Element | null {
  return onShow ? (
    <button
      type="button"
      className="jp-Dh-btn"
      title={trans.__('Open the page of this run')}
      onClick={onShow}
    >
      <launchIcon.react tag="span" className="jp-Dh-glyph" aria-hidden="true" />
      {trans.__('Open')}
    </button>
  ) : null;
}

function StopButton({ model, trans, onStop }: CardProps & Actions): JSX.Element {
  const stopping = model.status.state === 'STOP';
  const reason = stopping
    ? trans.__('The run has been asked to stop')
    : model.contact === 'lost'
      ? trans.__('The server does not answer')
      : '';
  return (
    <button
      type="button"
      className="jp-Dh-btn"
      aria-disabled={reason !== ''}
      title={reason || trans.__('Stop this run')}
      onClick={reason ? undefined : onStop}
    >
      <stopIcon.react tag="span" className="jp-Dh-glyph" aria-hidden="true" />
      {stopping ? trans.__('Stopping') : trans.__('Stop')}
    </button>
  );
}

function Body(props: CardProps & Actions): JSX.Element {
  const { model, trans, onCure, onCell } = props;
  const series = model.series.length ? model.series : storedSeries(model.status.metrics);
  // A number that the function returned is a metric as well.
  const shown = new Set(series.map(({ name }) => name));
  const results = Object.entries(model.status.results ?? {}).filter(([name]) => !shown.has(name));
  return (
    <div className="jp-Dh-card-body">
      {model.phase === 'failed' ? (
        <Failure status={model.status} trans={trans} onCure={onCure} onCell={onCell} />
      ) : null}
      <Progress model={model} trans={trans} />
      {series.length ? <Metrics series={series} label={trans.__('Metrics')} /> : null}
      {results.length ? <Results entries={results} label={trans.__('Results')} /> : null}
      {model.log.lines.length ? <Log model={model} trans={trans} /> : null}
      <Outputs {...props} />
    </div>
  );
}

function Outputs(props: CardProps & Actions): JSX.Element | null {
  const { model, trans, onOpen, onInsert, onPublish } = props;
  const outputs = Object.values(model.status.outputs ?? {});
  const models = outputs.filter(key => targetOfKey(key)?.type === 'model');
  const given = outputs.length + Object.keys(model.status.results ?? {}).length;
  const [only] = models;
  const inserts = onInsert && model.phase === 'succeeded' && given > 0;
  const publishes = onPublish && models.length === 1 && only !== undefined;
  if (!outputs.length && !inserts) {
    return null;
  }
  return (
    <div className="jp-Dh-row jp-Dh-wrap">
      {outputs.length ? <p className="jp-Dh-h">{trans.__('Outputs')}</p> : null}
      {outputs.map(key => (
        <Chip key={key} reference={key} isNew onOpen={onOpen} />
      ))}
      {inserts ? (
        <button type="button" className="jp-Dh-btn" onClick={onInsert}>
          {trans.__('Insert result')}
        </button>
      ) : null}
      {publishes ? (
        <button type="button" className="jp-Dh-btn" onClick={() => onPublish(only)}>
          {trans.__('Publish…')}
        </button>
      ) : null}
    </div>
  );
}

function Progress({ model, trans }: CardProps): JSX.Element | null {
  const progress = model.progress;
  if (!progress || model.isOver) {
    return null;
  }
  const { done, total, text } = progress;
  const fraction = total ? done / total : null;
  const words = text ?? (total ? trans.__('%1 of %2', done, total) : trans.__('%1 done', done));
  return <Bar fraction={fraction} text={words} label={trans.__('Progress of %1', model.name)} />;
}

function Results(props: { entries: [string, unknown][]; label: string }): JSX.Element {
  return (
    <dl className="jp-Dh-metrics" aria-label={props.label}>
      {props.entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="jp-Dh-num">{valueText(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Log({ model, trans }: CardProps): JSX.Element {
  const { lines, lineCount } = model.log;
  return (
    <>
      <p className="jp-Dh-h">
        {trans.__('Log')}
        <span className="jp-Dh-quiet jp-Dh-small">
          {lineCount > lines.length
            ? trans.__('last %1 of %2 lines', lines.length, lineCount)
            : trans._n('%1 line', '%1 lines', lineCount)}
        </span>
      </p>
      <div
        className="jp-Dh-log"
        role="log"
        aria-live="off"
        tabIndex={0}
        aria-label={trans.__('Log')}
      >
        {lines.join('\n')}
      </div>
    </>
  );
}

function Foot({ model, trans, onOpen }: CardProps): JSX.Element | null {
  const inputs = Object.values(model.spec.inputs ?? {});
  const parameters = Object.entries(model.spec.parameters ?? {});
  const peak = model.status.peak_memory;
  const warnings = model.status.warnings ?? [];
  if (!inputs.length && !parameters.length && !peak && !warnings.length && !model.problem) {
    return null;
  }
  return (
    <div className="jp-Dh-card-foot">
      {inputs.length ? (
        <span className="jp-Dh-row jp-Dh-wrap">
          {trans.__('Reads')}
          {inputs.map(key => (
            <Chip key={key} reference={key} onOpen={onOpen} />
          ))}
        </span>
      ) : null}
      {parameters.length ? (
        <span>{parameters.map(([name, value]) => `${name}=${valueText(value)}`).join(' · ')}</span>
      ) : null}
      {peak ? <span>{peakWords(peak, model.spec.resources?.mem, trans)}</span> : null}
      {warnings.map(text => (
        <span key={text}>{text}</span>
      ))}
      {model.problem ? <span>{model.problem}</span> : null}
    </div>
  );
}

/** Speaks changes of state, never what was there when the card came. */
function Announcer({ model, trans }: CardProps): JSX.Element {
  const first = React.useRef(model.phase);
  return (
    <span className="jp-Dh-spoken" role="status">
      {model.phase === first.current ? '' : announcement(model, trans)}
    </span>
  );
}
