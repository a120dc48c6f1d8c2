import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { PlanField } from '../_contract';
import type { LaunchModel } from '../models/launch';

interface FieldRowProps {
  readonly field: PlanField;
  readonly model: LaunchModel;
  readonly trans: TranslationBundle;
  /** What beside its name and type stands in the row of a parameter; it is given the id and whether its value is wrong. */
  readonly children: (id: string, isBad: boolean) => React.ReactNode;
  /** Of what several controls are, as one group for those who hear it. */
  readonly isGroup?: boolean;
}

/** One parameter: its name and type, what is given for it, and below what is wrong with that. */
export function FieldRow({ field, model, trans, children, isGroup }: FieldRowProps): JSX.Element {
  const id = React.useId();
  const fault = model.fault(field.name);
  // Before anybody typed, an empty field that needs a value is marked, not scolded.
  const isTold = fault !== '' && (model.isTyped || field.value !== '');
  const group = isGroup ? { role: 'group', 'aria-label': field.name } : {};
  return (
    <div className={`jp-Dh-launch-field${isGroup ? ' jp-mod-sweep' : ''}`} {...group}>
      <label htmlFor={id} className="jp-Dh-launch-name">
        {field.name}
        {field.required ? <span aria-hidden="true"> *</span> : null}
      </label>
      <span className="jp-Dh-tag jp-Dh-cut" title={field.annotation ?? ''}>
        {field.annotation ?? kindWord(field, trans)}
      </span>
      {children(id, fault !== '')}
      {isTold ? (
        <span id={`${id}-fault`} className="jp-Dh-launch-fault">
          {fault}
        </span>
      ) : null}
    </div>
  );
}

function kindWord(field: PlanField, trans: TranslationBundle): string {
  const words: Record<PlanField['kind'], string> = {
    flag: 'bool',
    whole: 'int',
    number: 'float',
    text: 'str',
    choice: trans.__('choice'),
    reference: trans.__('data'),
    any: trans.__('any')
  };
  return words[field.kind];
}

interface OptionTextProps {
  readonly label: string;
  readonly value: string;
  readonly hint: string;
  readonly onChange: (text: string) => void;
  readonly fault?: string;
  /** Whether the fault is told in words: before anybody typed it is only marked. */
  readonly isTold?: boolean;
  /** Where its value comes from, if not from here. */
  readonly source?: string;
  readonly suggestions?: readonly string[];
}

/** An option that is typed, below its label. */
export function OptionText(props: OptionTextProps): JSX.Element {
  const { fault = '', isTold = true, source = '', suggestions } = props;
  const told = isTold ? fault : '';
  const id = React.useId();
  const about = [source ? `${id}-from` : '', told ? `${id}-fault` : ''].filter(Boolean).join(' ');
  return (
    <div>
      <label htmlFor={id} className="jp-Dh-small">
        {props.label}
      </label>
      <input
        id={id}
        className="jp-Dh-input"
        type="text"
        autoComplete="off"
        spellCheck={false}
        value={props.value}
        placeholder={props.hint}
        aria-invalid={fault !== '' || undefined}
        aria-describedby={about || undefined}
        list={suggestions ? `${id}-list` : undefined}
        onChange={({ target }) => props.onChange(target.value)}
      />
      {suggestions ? (
        <datalist id={`${id}-list`}>
          {suggestions.map(text => (
            <option key={text} value={text} />
          ))}
        </datalist>
      ) : null}
      {source ? (
        <div id={`${id}-from`} className="jp-Dh-small jp-Dh-quiet">
          {source}
        </div>
      ) : null}
      {told ? (
        <div id={`${id}-fault`} className="jp-Dh-launch-fault">
          {told}
        </div>
      ) : null}
    </div>
  );
}
