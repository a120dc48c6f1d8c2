import * as React from 'react';
import { choicesOf, choicesText, isSearched, type Range, rangeOf, rangeText, suggested } from '../models/range'; // prettier-ignore
import { FieldRow } from './fields';
import { Control, type LaunchFieldProps } from './launchField';

/** One parameter of a sweep: the same in all trials, or searched in a range or among choices. */
export function SweepField(props: LaunchFieldProps): JSX.Element {
  const { field, model, trans } = props;
  const value = model.value(field.name);
  const searched = isSearched(field, value);
  const choose = (isWanted: boolean): void =>
    model.setValue(field.name, isWanted ? suggested(field) : (field.default ?? ''));
  return (
    <FieldRow {...props} isGroup>
      {(id, isBad) => (
        <>
          {searched ? (
            <Searched {...props} id={id} value={value} isBad={isBad} />
          ) : (
            <Control {...props} id={id} isBad={isBad} />
          )}
          <button
            type="button"
            className="jp-Dh-filter"
            aria-pressed={searched}
            onClick={() => choose(!searched)}
          >
            {trans.__('Search')}
          </button>
        </>
      )}
    </FieldRow>
  );
}

interface SearchedProps extends LaunchFieldProps {
  readonly id: string;
  readonly value: string;
  readonly isBad: boolean;
}

function Searched(props: SearchedProps): JSX.Element {
  const { id, field, model, trans, value, isBad } = props;
  const choices = choicesOf(value);
  const set = (text: string): void => model.setValue(field.name, text);
  const shared = {
    className: 'jp-Dh-input',
    type: 'text',
    autoComplete: 'off',
    spellCheck: false,
    'aria-invalid': isBad,
    'aria-describedby': `${id}-fault`
  };
  if (choices !== null) {
    return (
      <input
        {...shared}
        id={id}
        value={choices}
        placeholder={trans.__('choices with commas between')}
        onChange={({ target }) => set(choicesText(target.value))}
      />
    );
  }
  const range = rangeOf(value) ?? { low: '', high: '', step: '', isLog: false };
  const change = (part: Partial<Range>): void => set(rangeText({ ...range, ...part }));
  return (
    <span className="jp-Dh-range">
      <input
        {...shared}
        id={id}
        value={range.low}
        aria-label={trans.__('%1 from', field.name)}
        onChange={({ target }) => change({ low: target.value.trim() })}
      />
      <input
        {...shared}
        value={range.high}
        aria-label={trans.__('%1 to', field.name)}
        onChange={({ target }) => change({ high: target.value.trim() })}
      />
      <input
        {...shared}
        value={range.step}
        placeholder={trans.__('step')}
        aria-label={trans.__('%1 in steps of', field.name)}
        onChange={({ target }) => change({ step: target.value.trim().replace(/:/g, '') })}
      />
      <label className="jp-Dh-small">
        <input
          type="checkbox"
          checked={range.isLog}
          aria-label={trans.__('%1 on a logarithmic scale', field.name)}
          onChange={({ target }) => change({ isLog: target.checked })}
        />
        {trans.__('log')}
      </label>
    </span>
  );
}
