import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { beside, countsOf, type DiffLine, diffOf, hunksOf } from '../models/diff';
import { numberText, valueText } from '../models/text';

/** Two texts as one, with what came and what went; told by signs, not by colour alone. */
export function CodeDiff(props: {
  before: string;
  after: string;
  label: string;
  trans: TranslationBundle;
}): JSX.Element {
  const { before, after, label, trans } = props;
  const [isWhole, setWhole] = React.useState(false);
  const lines = React.useMemo(() => diffOf(linesOf(before), linesOf(after)), [before, after]);
  const { added, removed } = countsOf(lines);
  const hunks = isWhole ? [{ skipped: 0, lines }] : hunksOf(lines);
  return (
    <>
      <div className="jp-Dh-row jp-Dh-wrap jp-Dh-small">
        <span role="status">
          {added || removed
            ? [
                trans._n('%1 line more', '%1 lines more', added),
                trans._n('%1 line less', '%1 lines less', removed)
              ].join(', ')
            : trans.__('The code is the same.')}
        </span>
        <span className="jp-Dh-fill" />
        <button
          type="button"
          className="jp-Dh-filter"
          aria-pressed={isWhole}
          onClick={() => setWhole(!isWhole)}
        >
          {trans.__('All lines')}
        </button>
      </div>
      {hunks.length ? (
        <div className="jp-Dh-log jp-Dh-diff" tabIndex={0} role="group" aria-label={label}>
          {hunks.map(({ skipped, lines: shown }, index) => (
            <React.Fragment key={index}>
              {skipped ? (
                <div className="jp-Dh-diff-gap">
                  {trans._n('%1 line as before', '%1 lines as before', skipped)}
                </div>
              ) : null}
              {shown.map((line, at) => (
                <Line key={at} line={line} />
              ))}
            </React.Fragment>
          ))}
        </div>
      ) : null}
    </>
  );
}

const SIGNS = { same: ' ', added: '+', removed: '-' };

function Line({ line }: { line: DiffLine }): JSX.Element {
  const { kind, before, after, text } = line;
  const Tag = kind === 'added' ? 'ins' : kind === 'removed' ? 'del' : 'span';
  return (
    <div className={`jp-Dh-diff-line jp-mod-${kind}`}>
      <span className="jp-Dh-diff-number" aria-hidden="true">
        {before ?? ''}
      </span>
      <span className="jp-Dh-diff-number" aria-hidden="true">
        {after ?? ''}
      </span>
      <Tag>{`${SIGNS[kind]} ${text}`}</Tag>
    </div>
  );
}

const linesOf = (text: string): string[] => (text ? text.replace(/\n$/, '').split('\n') : []);

/** Names and values of several things, column by column: what differs first, what does not on demand. */
export function Beside(props: {
  label: string;
  /** Of the first column: what the names are. */
  head: string;
  /** Of the things, one for each record. */
  titles: readonly React.ReactNode[];
  records: readonly Readonly<Record<string, unknown>>[];
  trans: TranslationBundle;
}): JSX.Element | null {
  const { label, head, titles, records, trans } = props;
  const [isWhole, setWhole] = React.useState(false);
  const rows = beside(records);
  const same = rows.filter(({ isSame }) => isSame).length;
  const isFolded = !isWhole && same < rows.length;
  const shown = isFolded ? rows.filter(({ isSame }) => !isSame) : rows;
  if (!rows.length) {
    return null;
  }
  return (
    <>
      <div className="jp-Dh-table-scroll" tabIndex={0} role="group" aria-label={label}>
        <table className="jp-Dh-table">
          <thead>
            <tr>
              <th scope="col">{head}</th>
              <th scope="col">
                <span className="jp-Dh-spoken">{trans.__('Whether it differs')}</span>
              </th>
              {titles.map((title, index) => (
                <th key={index} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(({ name, values, isSame }) => (
              <tr key={name} className={isSame ? undefined : 'jp-mod-differs'}>
                <th scope="row">
                  <code>{name}</code>
                </th>
                <td>{isSame ? '=' : '≠'}</td>
                {values.map((value, index) => (
                  <td key={index}>{valueOf(value)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {same && same < rows.length ? (
        <button type="button" className="jp-Dh-link" onClick={() => setWhole(!isWhole)}>
          {isFolded
            ? trans._n('%1 more is the same', '%1 more are the same', same)
            : trans.__('Only what differs')}
        </button>
      ) : null}
    </>
  );
}

const valueOf = (value: unknown): string =>
  value === undefined ? '–' : typeof value === 'number' ? numberText(value) : valueText(value, 80);
