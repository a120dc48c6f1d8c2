import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { Lineage, LineageNode } from '../_contract';
import { stateIcons, thingIcons } from '../icons';
import {
  curve,
  type Key,
  type Layout,
  layoutOf,
  neighbour,
  type Placed
} from '../models/graphLayout';
import { targetOfKey } from '../models/link';
import { phaseOf } from '../models/states';
import { namedBy, numberText } from '../models/text';
import type { Target } from '../models/target';
import { useView } from './drawing';
import { moment, phaseWord, thingWord } from './words';

const SIZE = { width: 180, height: 40, across: 56, down: 18 };
/** Around the drawing, so that arrows and focus rings are not cut. */
const MARGIN = 14;

interface GraphProps {
  readonly lineage: Lineage;
  /** Key of the thing whose lineage it is. */
  readonly start: string;
  readonly isExpanded: (target: Target) => boolean;
  readonly onOpen: (target: Target) => void;
  readonly onExpand: (target: Target) => void;
  readonly trans: TranslationBundle;
  /** What stands before the graph's own buttons. */
  readonly children?: React.ReactNode;
}

/** What was made of what, from left to right. Scrolls and zooms; arrow keys go along the lines. */
export function LineageGraph(props: GraphProps): JSX.Element {
  const { lineage, start, trans } = props;
  const layout = React.useMemo(
    () =>
      layoutOf(
        lineage.nodes.map(({ key }) => key),
        lineage.edges.map(({ source = '', dest = '' }) => [dest, source] as const),
        SIZE
      ),
    [lineage]
  );
  const view = useView({ width: layout.width + 2 * MARGIN, height: layout.height + 2 * MARGIN });
  const [chosen, setChosen] = React.useState(start);
  const current = layout.nodes.some(({ name }) => name === chosen) ? chosen : start;
  const nodes = React.useRef(new Map<string, HTMLElement>());
  const { frame } = view;
  // The thing itself is in view when the graph comes, however wide it is.
  React.useLayoutEffect(() => {
    const node = nodes.current.get(start);
    const seen = frame.current;
    if (node && seen) {
      const { offsetLeft, offsetTop } = node;
      seen.scrollLeft = offsetLeft * view.scale - seen.clientWidth / 2;
      seen.scrollTop = offsetTop * view.scale - seen.clientHeight / 2;
    }
    // Only for another thing: what is drawn anew must not move under the eye.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [start]);
  const onKey = (event: React.KeyboardEvent): void => {
    const to = neighbour(layout, current, event.key as Key);
    const keys: Record<string, () => void> = {
      '+': () => view.zoom(1.25),
      '-': () => view.zoom(0.8),
      '0': view.fit,
      Home: () => nodes.current.get(start)?.focus(),
      e: () => expand(current, props)
    };
    const action = event.key.startsWith('Arrow')
      ? () => to && nodes.current.get(to)?.focus()
      : keys[event.key];
    if (action && !event.ctrlKey && !event.metaKey && !event.altKey) {
      action();
      event.preventDefault();
      event.stopPropagation();
    }
  };
  return (
    <>
      <div className="jp-Dh-row jp-Dh-wrap jp-Dh-small">
        {props.children}
        <span className="jp-Dh-fill" />
        <span id={`${view.id}-keys`}>
          {trans.__('← → follow a line · Enter opens · E expands')}
        </span>
        <span className="jp-Dh-row">
          <button type="button" className="jp-Dh-btn" onClick={() => view.zoom(0.8)}>
            {trans.__('Smaller')}
          </button>
          <button type="button" className="jp-Dh-btn" onClick={() => view.zoom(1.25)}>
            {trans.__('Larger')}
          </button>
          <button type="button" className="jp-Dh-btn" onClick={view.fit}>
            {trans.__('Fit')}
          </button>
        </span>
      </div>
      <div
        className="jp-Dh-graph"
        ref={frame}
        role="group"
        aria-label={trans.__('Lineage as a graph')}
        aria-describedby={`${view.id}-keys`}
        onKeyDown={onKey}
        {...view.dragging}
      >
        <div
          style={{
            width: (layout.width + 2 * MARGIN) * view.scale,
            height: (layout.height + 2 * MARGIN) * view.scale
          }}
        >
          <div className="jp-Dh-graph-drawing" style={{ transform: `scale(${view.scale})` }}>
            <Arrows layout={layout} id={view.id} />
            {layout.nodes.map(placed => (
              <Node
                {...props}
                key={placed.name}
                placed={placed}
                node={lineage.nodes.find(({ key }) => key === placed.name)}
                isCurrent={placed.name === current}
                onFocus={() => setChosen(placed.name)}
                keep={element =>
                  element
                    ? nodes.current.set(placed.name, element)
                    : nodes.current.delete(placed.name)
                }
              />
            ))}
          </div>
        </div>
      </div>
    </>
  );
}

function expand(key: string, { isExpanded, onExpand }: GraphProps): void {
  const target = targetOfKey(key);
  if (target && !isExpanded(target)) {
    onExpand(target);
  }
}

const Arrows = React.memo((props: { layout: Layout; id: string }): JSX.Element => {
  const { layout, id } = props;
  return (
    <svg
      className="jp-Dh-graph-arrows"
      aria-hidden="true"
      width={layout.width + 2 * MARGIN}
      height={layout.height + 2 * MARGIN}
      viewBox={`${-MARGIN} ${-MARGIN} ${layout.width + 2 * MARGIN} ${layout.height + 2 * MARGIN}`}
    >
      <defs>
        <marker
          id={`${id}-tip`}
          viewBox="0 0 8 8"
          refX="8"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto"
        >
          <path d="M0 .8L8 4L0 7.2Z" />
        </marker>
      </defs>
      {layout.arrows.map(({ from, to, points }) => (
        <path key={`${from} ${to}`} d={curve(points)} markerEnd={`url(#${id}-tip)`} />
      ))}
    </svg>
  );
});
Arrows.displayName = 'Arrows';

interface NodeProps extends GraphProps {
  readonly placed: Placed;
  readonly node: LineageNode | undefined;
  readonly isCurrent: boolean;
  readonly onFocus: () => void;
  readonly keep: (element: HTMLElement | null) => void;
}

function Node(props: NodeProps): JSX.Element {
  const { placed, node, start, isCurrent, trans } = props;
  const { name: key } = placed;
  const target = targetOfKey(key);
  const { entity, name } = namedBy(key);
  const phase = entity === 'run' && node?.state ? phaseOf(node.state) : null;
  const Sign = (phase ? stateIcons[phase] : thingIcons[entity])?.react;
  const title = (node?.reference ?? name).replace(/^[a-z]+\//, '');
  const about = aboutNode(node, trans);
  const canGrow = target !== null && !props.isExpanded(target);
  return (
    <div
      className={`jp-Dh-graph-node${key === start ? ' jp-mod-here' : ''}`}
      style={{
        left: placed.x + MARGIN,
        top: placed.y + MARGIN,
        width: SIZE.width,
        height: SIZE.height
      }}
    >
      <button
        type="button"
        role="link"
        ref={props.keep}
        tabIndex={isCurrent ? 0 : -1}
        aria-current={key === start ? 'true' : undefined}
        aria-disabled={target === null}
        title={node?.reference ?? key}
        onFocus={props.onFocus}
        onClick={() => target && key !== start && props.onOpen(target)}
      >
        {Sign ? <Sign tag="span" className="jp-Dh-glyph" aria-hidden="true" /> : null}
        <span className="jp-Dh-graph-words">
          <span className="jp-Dh-spoken">{thingWord(entity, trans)}</span>
          <span className="jp-Dh-cut">{title}</span>
          <span className="jp-Dh-cut jp-Dh-graph-about">{about}</span>
        </span>
      </button>
      {canGrow ? (
        <button
          type="button"
          className="jp-Dh-graph-more"
          tabIndex={-1}
          aria-label={trans.__('Show all around %1', title)}
          title={trans.__('Show all around %1', title)}
          onClick={() => target && props.onExpand(target)}
        >
          +
        </button>
      ) : null}
    </div>
  );
}

/** The second line: how a run stands, how large a dataset is, what a model is called. */
function aboutNode(node: LineageNode | undefined, trans: TranslationBundle): string {
  if (!node?.reference) {
    return trans.__('not known here');
  }
  const { state, rows, aliases = [], created, key } = node;
  const isRun = namedBy(key).entity === 'run';
  return [
    isRun ? phaseWord(phaseOf(state), trans) : '',
    rows === undefined
      ? ''
      : trans._n('%1 row', '%1 rows', rows).replace(String(rows), numberText(rows)),
    aliases.join(', '),
    rows === undefined && !aliases.length ? moment(created) : ''
  ]
    .filter(Boolean)
    .join(' · ');
}
