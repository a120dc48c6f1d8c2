import type { TranslationBundle } from '@jupyterlab/translation';
import { UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { Entity } from '../_contract';
import { type Aspect, aspectsOf, codeOf, overVersions } from '../models/aspects';
import type { EntityList } from '../models/entityList';
import { referenceOf, typeOf } from '../models/rows';
import { Beside, CodeDiff } from './diffView';
import { useList, Versions } from './entitiesTable';
import { Box, type PageActions } from './pageParts';
import { Plot } from './linePlot';

interface VersionsProps {
  readonly entity: Entity;
  readonly list: EntityList;
  readonly actions: PageActions;
  readonly trans: TranslationBundle;
}

/** All versions of a thing, and what changed from one to another. */
export function VersionsView(props: VersionsProps): JSX.Element {
  const { list } = props;
  return (
    <>
      <Versions {...props} />
      <UseSignal signal={list.changed}>
        {() =>
          list.rows.length > 1 ? (
            <>
              <OverVersions rows={list.rows} trans={props.trans} />
              <Changes {...props} />
            </>
          ) : null
        }
      </UseSignal>
    </>
  );
}

/** How the metrics of a model went from version to version; nothing where none has metrics. */
function OverVersions(props: {
  rows: readonly Entity[];
  trans: TranslationBundle;
}): JSX.Element | null {
  const series = overVersions(props.rows);
  return series.length ? (
    <div className="jp-Dh-charts">
      {series.map(each => (
        <Plot
          key={each.name}
          title={props.trans.__('%1 by version', each.name)}
          lines={[each]}
          trans={props.trans}
        />
      ))}
    </div>
  ) : null;
}

/** From the version before this one, unless others are chosen. */
function Changes({ entity, list, trans }: VersionsProps): JSX.Element | null {
  const { rows } = list;
  const here = Math.max(
    0,
    rows.findIndex(({ id }) => id === entity.id)
  );
  const [from, setFrom] = React.useState<string>();
  const [to, setTo] = React.useState<string>();
  const after = rows.find(({ id }) => id === to) ?? rows[here];
  const before = rows.find(({ id }) => id === from) ?? rows[here + 1] ?? rows[here - 1];
  if (!after || !before) {
    return null;
  }
  return (
    <Box title={trans.__('What changed')}>
      <div className="jp-Dh-row jp-Dh-wrap jp-Dh-small">
        <Picker label={trans.__('From')} rows={rows} chosen={before} onChoose={setFrom} />
        <Picker label={trans.__('To')} rows={rows} chosen={after} onChoose={setTo} />
      </div>
      <Changed before={before} after={after} trans={trans} />
    </Box>
  );
}

export function Picker(props: {
  label: string;
  rows: readonly Entity[];
  chosen: Entity;
  onChoose: (id: string) => void;
}): JSX.Element {
  return (
    <label className="jp-Dh-row">
      {props.label}
      <select
        className="jp-Dh-select"
        value={props.chosen.id}
        onChange={({ target }) => props.onChoose(target.value)}
      >
        {props.rows.map(row => (
          <option key={row.id} value={row.id}>
            {[`@${row.metadata.version_number ?? row.id}`, ...(row.metadata.aliases ?? [])].join(
              ' · '
            )}
          </option>
        ))}
      </select>
    </label>
  );
}

function Changed(props: { before: Entity; after: Entity; trans: TranslationBundle }): JSX.Element {
  const { before, after, trans } = props;
  const pair = [before, after];
  const codes = pair.map(codeOf);
  const titles = pair.map(referenceOf);
  const all = pair.map(aspectsOf);
  const hasCode = codes.some(code => code !== null);
  return (
    <>
      {hasCode ? (
        <CodeDiff
          before={codes[0] ?? ''}
          after={codes[1] ?? ''}
          label={trans.__('What changed in the code')}
          trans={trans}
        />
      ) : null}
      <Aspects all={all} titles={titles} trans={trans} />
    </>
  );
}

/** What is known of several things, side by side. */
export function Aspects(props: {
  all: readonly (readonly Aspect[])[];
  titles: readonly React.ReactNode[];
  trans: TranslationBundle;
}): JSX.Element {
  const { all, titles, trans } = props;
  return (
    <>
      {(all[0] ?? []).map(({ name }) => (
        <Beside
          key={name}
          label={aspectWord(name, trans)}
          head={aspectWord(name, trans)}
          titles={titles}
          records={all.map(aspects => aspects.find(each => each.name === name)?.values ?? {})}
          trans={trans}
        />
      ))}
    </>
  );
}

export function aspectWord(name: Aspect['name'], trans: TranslationBundle): string {
  const words: Record<Aspect['name'], string> = {
    parameters: trans.__('Parameters'),
    inputs: trans.__('Reads'),
    options: trans.__('Where and how'),
    results: trans.__('Results'),
    columns: trans.__('Columns'),
    metrics: trans.__('Metrics'),
    needs: trans.__('Needs'),
    about: trans.__('About')
  };
  return words[name];
}

/** The version of a page's head: another one opens in its tab. */
export function VersionPicker({ entity, list, actions, trans }: VersionsProps): JSX.Element | null {
  useList(list);
  const type = typeOf(entity);
  return (
    <UseSignal signal={list.changed}>
      {() => {
        const rows = list.rows.some(({ id }) => id === entity.id) ? list.rows : [entity];
        const newest = list.rows[0];
        return (
          <>
            <Picker
              label={trans.__('Version')}
              rows={rows}
              chosen={entity}
              onChoose={id => actions.open({ project: entity.project, type, id })}
            />
            {newest && newest.id !== entity.id ? (
              <button
                type="button"
                className="jp-Dh-link"
                onClick={() => actions.open({ project: entity.project, type, id: newest.id })}
              >
                {trans.__('Version %1 is newer', newest.metadata.version_number ?? '')}
              </button>
            ) : null}
          </>
        );
      }}
    </UseSignal>
  );
}
