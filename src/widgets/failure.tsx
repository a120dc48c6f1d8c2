import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONObject } from '@lumino/coreutils';
import * as React from 'react';
import type { ErrorDocument, Frame, RunStatus } from '../_contract';
import { headlineOf } from '../models/headline';
import { changeWords } from './words';

/** A place in a notebook: a cell by its id, and a line of it from 1. */
export interface CellLine extends JSONObject {
  readonly cell: string;
  readonly line: number;
}

/** Why a run failed, what to do, and where: the traceback's own cells first. */
export function Failure(props: {
  status: Partial<RunStatus>;
  trans: TranslationBundle;
  /** Asks whether to run it again as the diagnosis says. */
  onCure?: (() => void) | undefined;
  /** Goes to where a part of the traceback was typed. */
  onCell?: ((at: CellLine) => void) | undefined;
}): JSX.Element {
  const { trans, onCure, onCell } = props;
  const { diagnosis, error, message } = props.status;
  const what =
    diagnosis?.summary ?? message ?? props.trans.__('The run failed and left no reason.');
  // The place of a plain exception is in the traceback below; all else in a detail is not.
  const isInTraceback = diagnosis?.code === 'user_exception' && (error?.frames ?? []).length > 0;
  const place = placeOf((error?.frames ?? []).filter(({ cell_id }) => cell_id).at(-1));
  return (
    <>
      <div className="jp-Dh-diag">
        <What text={what} trans={trans} />
        {diagnosis?.detail && !isInTraceback ? <div>{diagnosis.detail}</div> : null}
        {diagnosis?.cure ? <div>{diagnosis.cure}</div> : null}
        <div className="jp-Dh-row jp-Dh-wrap">
          {diagnosis?.retry && onCure ? (
            <button type="button" className="jp-Dh-btn" onClick={onCure}>
              {trans.__('Run again with %1…', changeWords(diagnosis.retry, trans).join(', '))}
            </button>
          ) : null}
          {place && onCell ? (
            <button type="button" className="jp-Dh-btn" onClick={() => onCell(place)}>
              {trans.__('Go to cell line')}
            </button>
          ) : null}
          <button
            type="button"
            className="jp-Dh-btn"
            title={trans.__('Copy what happened and the whole traceback')}
            onClick={() => Clipboard.copyToSystem(diagnosisText(what, props.status))}
          >
            {trans.__('Copy diagnosis')}
          </button>
        </div>
      </div>
      {error ? <Traceback error={error} trans={trans} onCell={onCell} /> : null}
    </>
  );
}

/** In bold what is read at one glance; the rest below it, folded where it is long. */
function What({ text, trans }: { text: string; trans: TranslationBundle }): JSX.Element {
  const { head, rest, isLong } = headlineOf(text);
  return (
    <>
      <div className="jp-Dh-diag-what">{head}</div>
      {rest && !isLong ? <div className="jp-Dh-diag-rest">{rest}</div> : null}
      {isLong ? (
        <details className="jp-Dh-small">
          <summary>{trans.__('Show all')}</summary>
          <div className="jp-Dh-diag-rest">{rest}</div>
        </details>
      ) : null}
    </>
  );
}

/** All that is known of a failure, to send to somebody. */
export function diagnosisText(what: string, status: Partial<RunStatus>): string {
  const { diagnosis, error } = status;
  const parts = [what, diagnosis?.detail, diagnosis?.cure, error?.traceback];
  return parts.filter(part => part !== undefined && part !== '').join('\n\n');
}

interface PlaceProps {
  readonly trans: TranslationBundle;
  readonly onCell?: ((at: CellLine) => void) | undefined;
}

function Traceback(props: PlaceProps & { error: ErrorDocument }): JSX.Element {
  const { error, trans, onCell } = props;
  const { type, message, traceback, frames = [] } = error;
  return (
    <>
      <p className="jp-Dh-h">{trans.__('Traceback, mapped to this notebook')}</p>
      <div className="jp-Dh-log" tabIndex={0} role="group" aria-label={trans.__('Traceback')}>
        {grouped(frames).map((group, index) => (
          <FrameLines key={index} frames={group} trans={trans} onCell={onCell} />
        ))}
        <div>
          <b>{type}</b>
          {message ? `: ${message}` : null}
        </div>
      </div>
      <details className="jp-Dh-small">
        <summary>{trans.__('Whole traceback')}</summary>
        <pre className="jp-Dh-log" tabIndex={0}>
          {traceback}
        </pre>
      </details>
    </>
  );
}

function FrameLines(props: PlaceProps & { frames: Frame[] }): JSX.Element {
  const { frames, trans, onCell } = props;
  if (!frames[0]?.user) {
    const text = trans._n(
      'then %1 frame in a library',
      'then %1 frames in libraries',
      frames.length
    );
    return <div className="jp-Dh-log-aside">{text}</div>;
  }
  const places = frames.map(frame => trans.__('%1 line %2', frame.where, frame.line));
  const width = Math.max(...places.map(place => place.length));
  return (
    <>
      {frames.map((frame, index) => (
        <div key={index}>
          <FramePlace words={places[index] ?? ''} at={placeOf(frame)} onCell={onCell} />
          {`${' '.repeat(width - (places[index]?.length ?? 0))}   ${frame.code ?? frame.function}`}
        </div>
      ))}
    </>
  );
}

function FramePlace(props: {
  words: string;
  at: CellLine | null;
  onCell?: ((at: CellLine) => void) | undefined;
}): JSX.Element {
  const { words, at, onCell } = props;
  return at && onCell ? (
    <button type="button" className="jp-Dh-link" onClick={() => onCell(at)}>
      {words}
    </button>
  ) : (
    <span className="jp-Dh-log-aside">{words}</span>
  );
}

function placeOf(frame: Frame | undefined): CellLine | null {
  return frame?.cell_id ? { cell: frame.cell_id, line: frame.line } : null;
}

/** Neighbours of one kind, yours or a library's, together. */
function grouped(frames: readonly Frame[]): Frame[][] {
  const groups: Frame[][] = [];
  for (const frame of frames) {
    const last = groups.at(-1);
    if (last && Boolean(last[0]?.user) === Boolean(frame.user)) {
      last.push(frame);
    } else {
      groups.push([frame]);
    }
  }
  return groups;
}
