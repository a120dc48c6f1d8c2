import type { TranslationBundle } from '@jupyterlab/translation';
import { UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { Entity } from '../_contract';
import type { EntityList } from '../models/entityList';
import { targetOfKey } from '../models/link';
import { referenceOf, titleOf } from '../models/rows';
import { phaseOf } from '../models/states';
import { Seen } from './answered';
import { type Marks, MarksBar, useMarks } from './marks';
import { Opener, type PageActions, Table } from './pageParts';
import { Action } from './runPage';
import { moment, phaseWord } from './words';

interface ListProps {
  readonly list: EntityList;
  readonly actions: PageActions;
  readonly trans: TranslationBundle;
}

/** Keep a list up to date while it is on the screen. */
export function useList(list: EntityList): void {
  const isSeen = React.useContext(Seen);
  React.useEffect(() => {
    list.watch(isSeen);
    return () => list.watch(false);
  }, [list, isSeen]);
}

/** The runs of a function, newest first; each opens. */
export function Runs(props: ListProps): JSX.Element {
  const { trans, list, actions } = props;
  useList(list);
  const marks = useMarks();
  return (
    <>
      <MarksBar
        marks={marks}
        trans={trans}
        onCompare={ids => actions.compare(list.rows[0]?.project ?? '', ids)}
      />
      <Entities
        {...props}
        marks={marks}
        label={trans.__('Runs')}
        head={trans.__('State')}
        cell={run => phaseWord(phaseOf(String(run.status.state)), trans)}
      />
    </>
  );
}

/** The versions of a thing, newest first; each opens. The head of the page keeps them up to date. */
export function Versions(props: ListProps): JSX.Element {
  const { trans } = props;
  return (
    <Entities
      {...props}
      label={trans.__('Versions')}
      head={trans.__('Aliases')}
      cell={version => (version.metadata.aliases ?? []).join(', ')}
    />
  );
}

interface EntitiesProps extends ListProps {
  readonly label: string;
  /** The column that only this list has. */
  readonly head: string;
  readonly cell: (entity: Entity) => string;
  /** Where rows can be marked. */
  readonly marks?: Marks;
}

function Entities(props: EntitiesProps): JSX.Element {
  const { list, label, head, cell, trans, actions, marks } = props;
  const row = (entity: Entity): React.ReactNode[] => [
    ...(marks
      ? [
          <input
            key="mark"
            type="checkbox"
            aria-label={trans.__('Mark %1', titleOf(entity))}
            checked={marks.ids.includes(entity.id)}
            onChange={() => marks.toggle(entity.id)}
          />
        ]
      : []),
    targetOfKey(entity.key) ? (
      <Opener key="ref" reference={entity.key} name={referenceOf(entity)} actions={actions} />
    ) : (
      referenceOf(entity)
    ),
    cell(entity),
    moment(entity.metadata.created),
    entity.user ?? ''
  ];
  return (
    <UseSignal signal={list.changed}>
      {() => (
        <>
          {list.problem ? <p role="alert">{list.problem}</p> : null}
          {list.knowledge === 'known' && !list.rows.length ? <p>{trans.__('None yet')}</p> : null}
          {list.rows.length ? (
            <Table
              label={label}
              heads={[
                ...(marks ? [trans.__('Mark')] : []),
                trans.__('Reference'),
                head,
                trans.__('Made'),
                trans.__('By')
              ]}
              rows={list.rows.map(row)}
            />
          ) : null}
          {list.hasMore ? (
            <Action label={trans.__('More')} onClick={() => void list.more()} />
          ) : null}
        </>
      )}
    </UseSignal>
  );
}
