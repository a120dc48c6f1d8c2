import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { PlanField } from '../_contract';
import type { LaunchModel } from '../models/launch';
import { FieldRow } from './fields';

export interface LaunchFieldProps {
  readonly field: PlanField;
  readonly model: LaunchModel;
  readonly trans: TranslationBundle;
}

/** One parameter that has a value, and where that comes from. */
export function LaunchField(props: LaunchFieldProps): JSX.Element {
  const { field, model, trans } = props;
  const source = sourceText(model.source(field.name), trans);
  return (
    <FieldRow {...props}>
      {(id, isBad) => (
        <>
          <Control {...props} id={id} isBad={isBad} />
          <span className="jp-Dh-quiet jp-Dh-small jp-Dh-cut" title={source}>
            {source}
          </span>
        </>
      )}
    </FieldRow>
  );
}

export function Control(props: LaunchFieldProps & { id: string; isBad: boolean }): JSX.Element {
  const { id, field, model, trans, isBad } = props;
  const value = model.value(field.name);
  const shared = {
    id,
    'aria-invalid': isBad,
    'aria-describedby': `${id}-fault`,
    'aria-required': field.required,
    className: 'jp-Dh-input'
  };
  const set = (text: string): void => model.setValue(field.name, text);
  if (field.kind === 'flag') {
    return (
      <input
        {...shared}
        className=""
        type="checkbox"
        checked={value === 'true'}
        onChange={event => set(String(event.target.checked))}
      />
    );
  }
  if (field.kind === 'choice') {
    return (
      <select {...shared} value={value} onChange={event => set(event.target.value)}>
        {field.required && !field.optional ? null : (
          <option value="">{emptyWord(field, trans)}</option>
        )}
        {field.required && value === '' ? <option value="">{trans.__('Choose…')}</option> : null}
        {(field.choices ?? []).map(choice => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  }
  const suggestions = model.suggestions(field.name);
  const isReference = (field.entities ?? []).length > 0;
  return (
    <>
      <input
        {...shared}
        type="text"
        inputMode={field.kind === 'whole' ? 'numeric' : 'text'}
        spellCheck={false}
        autoComplete="off"
        list={isReference ? `${id}-list` : undefined}
        value={value}
        placeholder={isReference ? trans.__('dataset/NAME') : emptyWord(field, trans)}
        onFocus={isReference ? () => void model.suggest(field.name) : undefined}
        onChange={event => {
          set(event.target.value);
          if (isReference) {
            void model.suggest(field.name);
          }
        }}
      />
      {isReference ? (
        <datalist id={`${id}-list`}>
          {suggestions.map(reference => (
            <option key={reference} value={reference} />
          ))}
        </datalist>
      ) : null}
    </>
  );
}

function emptyWord(field: PlanField, trans: TranslationBundle): string {
  return field.default !== undefined
    ? trans.__('default: %1', field.default)
    : field.optional
      ? 'None'
      : field.required
        ? ''
        : field.source
          ? trans.__('as in %1', field.source)
          : trans.__('not given');
}

function sourceText(source: string, trans: TranslationBundle): string {
  return source === 'typed'
    ? trans.__('typed')
    : source === 'notebook'
      ? trans.__('from notebook')
      : source;
}
