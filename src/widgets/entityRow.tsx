import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { Entity } from '../_contract';
import { stateIcons, thingIcons } from '../icons';
import {
  durationOf,
  fractionOf,
  gpusOf,
  phaseOfRun,
  referenceOf,
  sizeOf,
  titleOf,
  typeOf
} from '../models/rows';
import { isOver } from '../models/states';
import { useNow } from './clock';
import { phaseWord, runWords } from './words';

export interface RowProps {
  readonly entity: Entity;
  readonly trans: TranslationBundle;
}

/** What a row shows: a run with its state, anything else with its version. */
export function EntityRow(props: RowProps): JSX.Element {
  return typeOf(props.entity) === 'run' ? <RunRow {...props} /> : <ThingRow {...props} />;
}

function RunRow({ entity, trans }: RowProps): JSX.Element {
  const phase = phaseOfRun(entity);
  const now = useNow(!isOver(phase));
  const word = phaseWord(phase, trans);
  const Glyph = stateIcons[phase].react;
  const gpus = gpusOf(entity);
  const fraction = fractionOf(entity);
  const about = runWords(entity, trans);
  return (
    <>
      <span role="img" aria-label={word} title={word} className="jp-Dh-glyph">
        <Glyph tag="span" aria-hidden="true" />
      </span>
      <div className="jp-Dh-item-first">
        <span className="jp-Dh-cut">{titleOf(entity)}</span>
        {gpus ? <span className="jp-Dh-tag">{trans._n('%1 GPU', '%1 GPUs', gpus)}</span> : null}
      </div>
      <span className="jp-Dh-item-end jp-Dh-num">{durationOf(entity, now)}</span>
      <div className="jp-Dh-item-second" title={about}>
        {fraction === null ? null : (
          <span
            className="jp-Dh-bar"
            role="progressbar"
            aria-label={trans.__('Progress of %1', titleOf(entity))}
            aria-valuenow={Math.round(fraction * 100)}
          >
            <i style={{ width: `${Math.round(fraction * 100)}%` }} />
          </span>
        )}
        <span className="jp-Dh-cut">{about || word}</span>
      </div>
    </>
  );
}

function ThingRow({ entity }: RowProps): JSX.Element {
  const Sign = thingIcons[typeOf(entity)]?.react;
  const aliases = entity.metadata.aliases ?? [];
  return (
    <>
      <span className="jp-Dh-glyph">{Sign ? <Sign tag="span" aria-hidden="true" /> : null}</span>
      <div className="jp-Dh-item-first" title={referenceOf(entity)}>
        <span className="jp-Dh-cut">{titleOf(entity)}</span>
        {aliases.map(alias => (
          <span key={alias} className="jp-Dh-alias">
            {alias}
          </span>
        ))}
      </div>
      <span className="jp-Dh-item-end jp-Dh-num">{sizeOf(entity)}</span>
    </>
  );
}
