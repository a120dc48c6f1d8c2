import type { TranslationBundle } from '@jupyterlab/translation';
import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';
import { found, type LogRing } from '../models/logRing';

const LINE = 17;
const PADDING = 4;

/** A run's log: only lines in view are drawn; search, follow, older parts, the whole as a file. */
export function LogView(props: {
  log: LogRing;
  isLive: boolean;
  trans: TranslationBundle;
  onOlder: () => void;
  onDownload: () => void;
}): JSX.Element {
  const { log, trans } = props;
  const lines = log.all;
  const scroller = React.useRef<HTMLDivElement>(null);
  const search = React.useRef<HTMLInputElement>(null);
  const [isFollowing, setFollowing] = React.useState(true);
  const [text, setText] = React.useState('');
  const [turn, setTurn] = React.useState(0);
  const hits = React.useMemo(() => found(lines, text), [lines, text]);
  const place = hits.length ? ((turn % hits.length) + hits.length) % hits.length : -1;
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    paddingStart: PADDING,
    paddingEnd: PADDING,
    overscan: 20
  });
  React.useEffect(() => {
    if (isFollowing && lines.length) {
      virtualizer.scrollToIndex(lines.length - 1, { align: 'end' });
    }
  }, [isFollowing, lines, virtualizer]);
  const go = (to: number): void => {
    const line = hits[((to % hits.length) + hits.length) % hits.length];
    setTurn(to);
    if (line !== undefined) {
      setFollowing(false);
      virtualizer.scrollToIndex(line, { align: 'center' });
    }
  };
  const onKey = (event: React.KeyboardEvent): void => {
    const keys: Record<string, () => void> = {
      '/': () => search.current?.focus(),
      f: () => setFollowing(!isFollowing),
      g: () => virtualizer.scrollToIndex(lines.length - 1, { align: 'end' })
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
          <div className="jp-Dh-list" style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map(item => (
              <div
                key={item.key}
                className={`jp-Dh-logline${item.index === hits[place] ? ' jp-mod-hit' : ''}`}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {log.line(item.index) || ' '}
              </div>
            ))}
          </div>
        ) : (
          trans.__('Nothing printed yet')
        )}
      </div>
      <p className="jp-Dh-small jp-Dh-quiet">
        {log.start > 0
          ? trans.__('the last %1 lines; search looks at these', lines.length)
          : trans._n('%1 line', '%1 lines', lines.length)}
      </p>
    </div>
  );
}
