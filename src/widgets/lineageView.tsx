import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { type Direction, type LineageModel, STEPS, towards } from '../models/lineage';
import { Answered } from './answered';
import { LineageGraph } from './lineageGraph';
import { Box, LineageTable, type PageActions } from './pageParts';

/** What a thing was made of and what was made of it: as a graph, and the same as a list. */
export function LineageView(props: {
  model: LineageModel;
  /** Key of the thing itself. */
  start: string;
  actions: PageActions;
  trans: TranslationBundle;
}): JSX.Element {
  const { model, start, actions, trans } = props;
  const [direction, setDirection] = React.useState<Direction>('both');
  const [steps, setSteps] = React.useState(model.steps);
  const directions: [Direction, string][] = [
    ['before', trans.__('Upstream')],
    ['both', trans.__('Both')],
    ['after', trans.__('Downstream')]
  ];
  const tools = (
    <>
      <span className="jp-Dh-row" role="group" aria-label={trans.__('Direction')}>
        {directions.map(([name, label]) => (
          <button
            key={name}
            type="button"
            className="jp-Dh-filter"
            aria-pressed={direction === name}
            onClick={() => setDirection(name)}
          >
            {label}
          </button>
        ))}
      </span>
      <label className="jp-Dh-row jp-Dh-small">
        {trans.__('Steps')}
        <select
          className="jp-Dh-select"
          value={steps}
          onChange={({ target }) => {
            setSteps(Number(target.value));
            model.setSteps(Number(target.value));
          }}
        >
          {STEPS.map(each => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
    </>
  );
  return (
    <Answered answer={model.answer} trans={trans}>
      {all => {
        const lineage = towards(all, start, direction);
        return (
          <>
            <LineageGraph
              lineage={lineage}
              start={start}
              isExpanded={target => model.isExpanded(target)}
              onOpen={actions.open}
              onExpand={target => model.expand(target)}
              trans={trans}
            >
              {tools}
            </LineageGraph>
            <Box title={trans.__('As a list')}>
              <LineageTable lineage={lineage} actions={actions} trans={trans} />
            </Box>
          </>
        );
      }}
    </Answered>
  );
}
