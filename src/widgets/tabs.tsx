import * as React from 'react';

/** A tab, and what it shows once it is chosen. */
export interface TabView {
  readonly name: string;
  readonly label: string;
  readonly count?: number | undefined;
  readonly view: () => JSX.Element;
}

/** Tabs with one panel; arrows, Home and End go through them. */
export function Tabs(props: {
  tabs: readonly TabView[];
  label: string;
  /** Begins the ids of this page's elements. */
  id: string;
}): JSX.Element {
  const { tabs, label, id } = props;
  const [chosen, setChosen] = React.useState(tabs[0]?.name);
  const index = Math.max(
    0,
    tabs.findIndex(({ name }) => name === chosen)
  );
  const current = tabs[index];
  const onKey = (event: React.KeyboardEvent<HTMLElement>): void => {
    const to = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: -1 }[event.key];
    const next = to === undefined ? undefined : tabs.at(to % tabs.length);
    if (next) {
      setChosen(next.name);
      event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next.name}"]`)?.focus();
      event.preventDefault();
      event.stopPropagation();
    }
  };
  return (
    <>
      <div className="jp-Dh-tabs" role="tablist" aria-label={label} onKeyDown={onKey}>
        {tabs.map(tab => (
          <button
            key={tab.name}
            type="button"
            role="tab"
            id={`${id}-${tab.name}`}
            data-tab={tab.name}
            className="jp-Dh-tab"
            aria-selected={tab === current}
            aria-controls={tab === current ? `${id}-panel` : undefined}
            tabIndex={tab === current ? 0 : -1}
            onClick={() => setChosen(tab.name)}
          >
            {tab.label}
            {tab.count === undefined ? null : <span className="jp-Dh-small">{tab.count}</span>}
          </button>
        ))}
      </div>
      {current ? (
        <div
          className="jp-Dh-page-body"
          role="tabpanel"
          id={`${id}-panel`}
          aria-labelledby={`${id}-${current.name}`}
          tabIndex={0}
        >
          <React.Fragment key={current.name}>{current.view()}</React.Fragment>
        </div>
      ) : null}
    </>
  );
}
