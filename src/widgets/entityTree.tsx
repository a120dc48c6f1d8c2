import type { TranslationBundle } from '@jupyterlab/translation';
import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';
import type { Entity } from '../_contract';
import { typeOf } from '../models/rows';
import type { Section } from '../models/section';
import { EntityRow } from './entityRow';
import { MarksBar, useMarks } from './marks';

const ONE_LINE = 24;
const TWO_LINES = 42;
const PADDING = 4;

export interface EntityTreeProps {
  readonly section: Section;
  readonly label: string;
  readonly trans: TranslationBundle;
  /** A row was chosen: Enter, or a double click; `isForCode` with Ctrl or Cmd. */
  readonly onOpen: (entity: Entity, isForCode: boolean) => void;
  /** Of a list of runs: those that were marked are to be put beside each other. */
  readonly onCompare: (project: string, ids: readonly string[]) => void;
  readonly onDrag: (entity: Entity, event: React.PointerEvent<HTMLElement>) => void;
}

/** The rows of a section, of which only those in view are drawn; one tab stop, arrows within. */
export function EntityTree(props: EntityTreeProps): JSX.Element {
  const { section, trans } = props;
  const { rows } = section;
  const scroller = React.useRef<HTMLDivElement>(null);
  const [active, setActive] = React.useState(0);
  const isRuns = rows[0] !== undefined && typeOf(rows[0]) === 'run';
  const height = isRuns ? TWO_LINES : ONE_LINE;
  const marks = useMarks();
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: index => rows[index]?.id ?? index,
    paddingStart: PADDING,
    paddingEnd: PADDING,
    overscan: 8
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  React.useEffect(() => {
    if (section.hasMore && last >= rows.length - 10) {
      section.more();
    }
  }, [section, last, rows.length]);

  const current = Math.min(active, Math.max(0, rows.length - 1));
  const move = (to: number): void => {
    const index = Math.min(rows.length - 1, Math.max(0, to));
    setActive(index);
    virtualizer.scrollToIndex(index);
    wanted.current = true;
  };
  // The row may have to be drawn first, so the focus follows after.
  const wanted = React.useRef(false);
  React.useEffect(() => {
    if (wanted.current) {
      const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${current}"]`);
      row?.focus();
      wanted.current = !row;
    }
  });
  const onKey = (event: React.KeyboardEvent): void => {
    const entity = rows[current];
    const page = Math.max(1, items.length - 2);
    const steps: Record<string, number> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: rows.length - 1
    };
    const to = steps[event.key];
    if (to !== undefined) {
      move(to);
    } else if (event.key === ' ' && entity && isRuns) {
      marks.toggle(entity.id);
    } else if (event.key === 'Enter' && entity) {
      props.onOpen(entity, event.ctrlKey || event.metaKey);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <>
      <MarksBar
        marks={marks}
        trans={trans}
        onCompare={ids => props.onCompare(rows[0]?.project ?? '', ids)}
      />
      <div className="jp-Dh-scroll" ref={scroller}>
        <div
          className="jp-Dh-list"
          role="tree"
          aria-multiselectable={isRuns}
          data-marked={isRuns ? marks.ids.join(',') : undefined}
          aria-label={props.label}
          style={{ height: virtualizer.getTotalSize() }}
          onKeyDown={onKey}
        >
          {items.map(item => {
            const entity = rows[item.index];
            return entity ? (
              <div
                key={item.key}
                className={`jp-Dh-item${marks.ids.includes(entity.id) ? ' jp-mod-marked' : ''}`}
                role="treeitem"
                aria-level={1}
                aria-setsize={section.total}
                aria-posinset={item.index + 1}
                aria-selected={
                  marks.ids.length ? marks.ids.includes(entity.id) : item.index === current
                }
                tabIndex={item.index === current ? 0 : -1}
                data-index={item.index}
                data-type={typeOf(entity)}
                data-project={entity.project}
                data-id={entity.id}
                style={{ height, transform: `translateY(${item.start}px)` }}
                onFocus={() => setActive(item.index)}
                onClick={event =>
                  isRuns && (event.ctrlKey || event.metaKey) && marks.toggle(entity.id)
                }
                onDoubleClick={event => props.onOpen(entity, event.ctrlKey || event.metaKey)}
                onPointerDown={event => props.onDrag(entity, event)}
              >
                <EntityRow entity={entity} trans={trans} />
              </div>
            ) : null;
          })}
        </div>
      </div>
    </>
  );
}
