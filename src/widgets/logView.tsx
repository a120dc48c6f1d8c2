import type { TranslationBundle } from '@jupyterlab/translation';
import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import * as React from 'react';
import { type Gap, lineOf, rowCount, rowOf } from '../models/logGap';
import { found, type LogRing } from '../models/logRing';
import { bytesText, numberText } from '../models/text';

const LINE = 17;
const PADDING = 4;

interface LogViewProps {
  readonly log: LogRing;
  readonly trans: TranslationBundle;
  readonly onOlder: () => void;
  /** Load what was not heard. */
  readonly onMissed: () => void;
  readonly onDownload: () => void;
}

/** A run's log: only lines in view are drawn; search, follow, older parts, the whole as a file. */
export function LogView(props: LogViewProps): JSX.Element {
  const { log, trans } = props;
  const { all: lines, gap } = log;
  const scroller = React.useRef<HTMLDivElement>(null);
  const search = React.useRef<HTMLInputElement>(null);
  const [heardThen, setHeardThen] = React.useState<number | null>(null);
  const isFollowing = heardThen === null;
  const [text, setText] = React.useState('');
  const [turn, setTurn] = React.useState(0);
  const hits = React.useMemo(() => found(lines, text), [lines, text]);
  const place = hits.length ? ((turn % hits.length) + hits.length) % hits.length : -1;
  const virtualizer = useVirtualizer({
    count: rowCount(lines.length, gap),
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    paddingStart: PADDING,
    paddingEnd: PADDING,
    overscan: 20
  });
  const setFollowing = (isWanted: boolean): void => {
    log.hold(!isWanted);
    setHeardThen(isWanted ? null : (heardThen ?? log.heard));
  };
  const goToEnd = (): void =>
    virtualizer.scrollToIndex(rowCount(lines.length, gap) - 1, { align: 'end' });
  React.useEffect(() => {
    if (isFollowing && lines.length) {
      virtualizer.scrollToIndex(rowCount(lines.length, gap) - 1, { align: 'end' });
    }
  }, [isFollowing, lines, gap, virtualizer]);
  useSteadyView(scroller, log, isFollowing);
  const go = (to: number): void => {
    const line = hits[((to % hits.length) + hits.length) % hits.length];
    setTurn(to);
    if (line !== undefined) {
      setFollowing(false);
      virtualizer.scrollToIndex(rowOf(line, gap), { align: 'center' });
    }
  };
  const onKey = (event: React.KeyboardEvent): void => {
    const keys: Record<string, () => void> = {
      '/': () => search.current?.focus(),
      f: () => setFollowing(!isFollowing),
      g: goToEnd
    };
    const action = event.ctrlKey || event.metaKey ? undefined : keys[event.key.toLowerCase()];
    if (action) {
      action();
      event.preventDefault();
      event.stopPropagation();
    }
  };
  const onScroll = ({ currentTarget }: React.UIEvent<HTMLElement>): void => {
    const { scrollTop, scrollHeight, clientHeight } = currentTarget;
    if (isFollowing && scrollHeight - scrollTop - clientHeight > 10 * LINE) {
      setFollowing(false);
    }
  };
  const missed = isFollowing ? 0 : log.heard - heardThen;
  return (
    <div className="jp-Dh-logview">
      <div className="jp-Dh-row jp-Dh-wrap">
        <span className="jp-Dh-field" role="search">
          <input
            ref={search}
            type="search"
            value={text}
            placeholder={trans.__('Search the log')}
            aria-label={trans.__('Search the log')}
            onChange={event => {
              setText(event.target.value);
              setTurn(0);
            }}
            onKeyDown={event => {
              if (event.key === 'Enter') {
                go(place < 0 ? 0 : turn + (event.shiftKey ? -1 : 1));
              }
            }}
          />
        </span>
        <span className="jp-Dh-small jp-Dh-num" role="status">
          {text ? trans.__('%1 of %2', place + 1, hits.length) : ''}
        </span>
        <span className="jp-Dh-fill" />
        {missed ? (
          <button type="button" className="jp-Dh-link" onClick={() => setFollowing(true)}>
            {trans._n('%1 new line', '%1 new lines', missed)}
          </button>
        ) : null}
        <button
          type="button"
          className="jp-Dh-filter"
          aria-pressed={isFollowing}
          onClick={() => setFollowing(!isFollowing)}
        >
          {trans.__('Follow')}
        </button>
        <button type="button" className="jp-Dh-btn" onClick={props.onDownload}>
          {trans.__('Download')}
        </button>
      </div>
      {log.start > 0 ? (
        <button
          type="button"
          className="jp-Dh-link jp-Dh-older"
          onClick={() => {
            setFollowing(false);
            props.onOlder();
          }}
        >
          {trans.__('Load older lines')}
        </button>
      ) : null}
      <div
        className="jp-Dh-log jp-Dh-loglines"
        ref={scroller}
        role="log"
        aria-live="off"
        aria-label={trans.__('Log')}
        tabIndex={0}
        onKeyDown={onKey}
        onScroll={onScroll}
      >
        {lines.length ? (
          <Lines
            {...props}
            virtualizer={virtualizer}
            hit={hits[place]}
            onMissed={() => {
              setFollowing(false);
              props.onMissed();
            }}
          />
        ) : (
          trans.__('Nothing printed yet')
        )}
      </div>
      <p className="jp-Dh-small jp-Dh-quiet">
        {log.start > 0
          ? trans.__('the last %1 lines; search looks at these', numberText(lines.length))
          : trans
              ._n('%1 line', '%1 lines', lines.length)
              .replace(/\d+/, number => numberText(Number(number)))}
      </p>
    </div>
  );
}

/** Keeps the lines that somebody reads where they are on the screen while others come or go above. */
function useSteadyView(
  scroller: React.RefObject<HTMLDivElement>,
  log: LogRing,
  isFollowing: boolean
): void {
  const moved = React.useRef(log.moved);
  React.useLayoutEffect(() => {
    const by = log.moved - moved.current;
    moved.current = log.moved;
    if (by && !isFollowing && scroller.current) {
      scroller.current.scrollTop += by * LINE;
    }
  });
}

function Lines(
  props: Pick<LogViewProps, 'log' | 'trans' | 'onMissed'> & {
    virtualizer: Virtualizer<HTMLDivElement, Element>;
    /** Index of the line that a search is at. */
    hit: number | undefined;
  }
): JSX.Element {
  const { log, virtualizer, hit, trans } = props;
  const { gap } = log;
  const last = log.number(log.lineCount - 1);
  const width = last === null ? 0 : String(last).length;
  return (
    <div className="jp-Dh-list" style={{ height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map(item => {
        const line = lineOf(item.index, gap);
        const style = { transform: `translateY(${item.start}px)` };
        return line === null && gap ? (
          <div key={item.key} className="jp-Dh-logline jp-mod-gap" style={style}>
            {'… '}
            {missedText(gap, trans)}{' '}
            <button type="button" className="jp-Dh-link" onClick={props.onMissed}>
              {trans.__('Load them')}
            </button>
          </div>
        ) : (
          <div
            key={item.key}
            className={`jp-Dh-logline${line === hit ? ' jp-mod-hit' : ''}`}
            style={style}
          >
            {width ? (
              <span className="jp-Dh-lineno" style={{ width: `${width}ch` }} aria-hidden="true">
                {log.number(line ?? 0)}
              </span>
            ) : null}
            {log.line(line ?? 0) || ' '}
          </div>
        );
      })}
    </div>
  );
}

function missedText({ from, to, lines }: Gap, trans: TranslationBundle): string {
  return lines === null
    ? trans.__('%1 while you were away', bytesText(to - from))
    : lines === 1
      ? trans.__('1 line while you were away')
      : trans.__('%1 lines while you were away', numberText(lines));
}
