import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { Lineage } from '../_contract';
import { thingIcons } from '../icons';
import type { CellLine } from './failure';
import { targetOfKey } from '../models/link';
import type { Target } from '../models/target';
import { namedBy, numberText, valueText } from '../models/text';
import { TOOLS } from '../models/tools';
import { moment } from './words';

/** What a page's views can do: all by ids, through the commands that everybody else uses. */
export interface PageActions {
  open(target: Target): void;
  /** `target`: what it is done to, where that is not the page's own thing. */
  act(command: string, target?: Target, more?: CellLine): void;
  /** Open a web tool where it shows the page's run. */
  openTool(tool: string): void;
  /** Put runs of a project beside each other. */
  compare(project: string, ids: readonly string[]): void;
  /** Give the person a file; `sub` is its path in the thing, the whole log for a run. */
  download(sub: string): void;
}

export function Box(props: {
  title: string;
  aside?: React.ReactNode;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <section className="jp-Dh-box" aria-label={props.title}>
      <h2 className="jp-Dh-h">
        {props.title}
        <span className="jp-Dh-fill" />
        {props.aside}
      </h2>
      {props.children}
    </section>
  );
}

/** A reference that opens, if its key says what it names. */
export function Opener(props: {
  reference: string;
  name?: string | undefined;
  actions: Pick<PageActions, 'open'>;
}): JSX.Element {
  const { entity, name } = namedBy(props.reference);
  const target = targetOfKey(props.reference);
  const Sign = thingIcons[entity]?.react;
  const shown = props.name ?? name;
  return (
    <button
      type="button"
      className="jp-Dh-ref jp-mod-opens"
      disabled={target === null}
      onClick={target ? () => props.actions.open(target) : undefined}
    >
      {Sign ? <Sign tag="span" className="jp-Dh-glyph" aria-hidden="true" /> : null}
      <span className="jp-Dh-cut">{shown}</span>
    </button>
  );
}

/** The web tools that have something to show of a run. */
export function ToolLinks(props: {
  kind: string | undefined;
  actions: Pick<PageActions, 'openTool'>;
}): JSX.Element {
  return (
    <>
      {TOOLS.filter(tool => tool.isFor(props.kind)).map(({ name, brand }) => (
        <button
          key={name}
          type="button"
          className="jp-Dh-link"
          onClick={() => props.actions.openTool(name)}
        >
          {brand}
        </button>
      ))}
    </>
  );
}

export function Facts(props: {
  facts: readonly (readonly [string, React.ReactNode])[];
}): JSX.Element {
  return (
    <dl className="jp-Dh-kv">
      {props.facts.map(([name, value]) => (
        <React.Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </React.Fragment>
      ))}
    </dl>
  );
}

/** Columns with their heads; numbers to the right. */
export function Table(props: {
  label: string;
  heads: readonly string[];
  rows: readonly (readonly React.ReactNode[])[];
}): JSX.Element {
  const { label, heads, rows } = props;
  return (
    <div className="jp-Dh-table-scroll" tabIndex={0} role="group" aria-label={label}>
      <table className="jp-Dh-table">
        <thead>
          <tr>
            {heads.map((head, column) => (
              <th key={head} scope="col" className={numbers(rows, column)}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, column) => (
                <td key={column} className={typeof cell === 'number' ? 'jp-mod-number' : undefined}>
                  {typeof cell === 'number' ? numberText(cell) : cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The class of a column's head: over numbers it stands where they do. */
function numbers(
  rows: readonly (readonly React.ReactNode[])[],
  column: number
): string | undefined {
  const cells = rows.map(cells => cells[column]).filter(cell => cell !== '' && cell !== null);
  const isOfNumbers = cells.length > 0 && cells.every(cell => typeof cell === 'number');
  return isOfNumbers ? 'jp-mod-number' : undefined;
}

/** Names and values, e.g. parameters. */
export function Values(props: {
  label: string;
  heads: readonly [string, string];
  values: Readonly<Record<string, unknown>>;
}): JSX.Element {
  const rows = Object.entries(props.values).map(([name, value]) => [
    <code key="name">{name}</code>,
    typeof value === 'number' ? value : valueText(value, 200)
  ]);
  return <Table label={props.label} heads={props.heads} rows={rows} />;
}

/** Who was made of what, as a table that a screen reader can walk. */
export function LineageTable(props: {
  lineage: Lineage;
  actions: PageActions;
  trans: TranslationBundle;
}): JSX.Element {
  const { lineage, actions, trans } = props;
  if (!lineage.edges.length) {
    return <p>{trans.__('Nothing is known that it was made of, or that was made of it.')}</p>;
  }
  const names = new Map(lineage.nodes.map(({ key, reference }) => [key, reference]));
  const created = new Map(lineage.nodes.map(node => [node.key, node.created]));
  const chip = (key: string): JSX.Element => (
    <Opener key={key} reference={key} name={names.get(key)} actions={actions} />
  );
  const how: Record<string, string> = {
    produced_by: trans.__('made by'),
    consumes: trans.__('reads'),
    run_of: trans.__('run of'),
    step_of: trans.__('step of'),
    part_of: trans.__('part of')
  };
  const rows = lineage.edges.map(({ type, source = '', dest = '' }) => [
    chip(source),
    how[type],
    chip(dest),
    moment(created.get(source))
  ]);
  return (
    <>
      <Table
        label={trans.__('Lineage')}
        heads={[trans.__('What'), trans.__('How'), trans.__('From'), trans.__('When')]}
        rows={rows}
      />
      {lineage.more ? <p>{trans.__('There is more than is shown here.')}</p> : null}
    </>
  );
}
