import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { LaunchModel } from '../models/launch';
import { namesIn, toggled, typedOf, type Variable } from '../models/variables';

interface EnvironmentProps {
  readonly model: LaunchModel;
  readonly trans: TranslationBundle;
}

/** What the run finds in its environment: secrets, by name, and variables. Folded while there are none. */
export function LaunchEnvironment({ model, trans }: EnvironmentProps): JSX.Element {
  const [variables, setVariables] = React.useState<readonly Variable[]>([]);
  const chosen = namesIn(model.option('secret'));
  const isNeeded = React.useRef(false);
  isNeeded.current ||= chosen.length > 0;
  const count = chosen.length + variables.length;
  const change = (changed: readonly Variable[]): void => {
    setVariables(changed);
    model.setOption('env', typedOf(changed));
  };
  return (
    <section>
      <details className="jp-Dh-launch-environment" open={isNeeded.current || undefined}>
        <summary>
          {trans.__('Secrets and variables')}
          {count ? (
            <span className="jp-Dh-small">{` · ${trans._n('%1 given', '%1 given', count)}`}</span>
          ) : null}
        </summary>
        <Secrets model={model} trans={trans} chosen={chosen} />
        <Variables variables={variables} trans={trans} onChange={change} />
      </details>
    </section>
  );
}

/** Those that the project keeps, and those that are asked for: the server says whether they are there. */
function Secrets(props: EnvironmentProps & { chosen: readonly string[] }): JSX.Element {
  const { model, trans, chosen } = props;
  const names = [...new Set([...model.secrets, ...chosen])];
  return (
    <fieldset className="jp-Dh-launch-secrets">
      <legend className="jp-Dh-small">{trans.__('Secrets')}</legend>
      {names.length ? (
        names.map(name => (
          <label key={name} className="jp-Dh-row">
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              onChange={() => model.setOption('secret', toggled(model.option('secret'), name))}
            />
            <code>{name}</code>
          </label>
        ))
      ) : (
        <p className="jp-Dh-launch-text">
          {trans.__('The project keeps none. %dh secret NAME, in a notebook, asks for one.')}
        </p>
      )}
    </fieldset>
  );
}

function Variables(props: {
  variables: readonly Variable[];
  trans: TranslationBundle;
  onChange: (variables: readonly Variable[]) => void;
}): JSX.Element {
  const { variables, trans, onChange } = props;
  const last = React.useRef<HTMLInputElement>(null);
  const add = React.useRef<HTMLButtonElement>(null);
  const before = React.useRef(variables.length);
  // A new row is there to be typed into; the button of one that goes would take the focus with it.
  React.useEffect(() => {
    if (variables.length !== before.current) {
      (variables.length > before.current ? last : add).current?.focus();
      before.current = variables.length;
    }
  }, [variables.length]);
  const set = (index: number, change: Partial<Variable>): void =>
    onChange(variables.map((each, at) => (at === index ? { ...each, ...change } : each)));
  return (
    <fieldset className="jp-Dh-launch-variables">
      <legend className="jp-Dh-small">{trans.__('Variables')}</legend>
      {variables.map(({ name, value }, index) => (
        <div key={index} className="jp-Dh-launch-variable">
          <VariableText
            focus={index === variables.length - 1 ? last : undefined}
            label={trans.__('Name of variable %1', index + 1)}
            hint={trans.__('NAME')}
            text={name}
            onChange={text => set(index, { name: text })}
          />
          <VariableText
            label={trans.__('Value of variable %1', index + 1)}
            hint={trans.__('value')}
            text={value}
            onChange={text => set(index, { value: text })}
          />
          <button
            type="button"
            className="jp-Dh-btn"
            aria-label={trans.__('Remove variable %1', name || index + 1)}
            title={trans.__('Remove')}
            onClick={() => onChange(variables.filter((_, at) => at !== index))}
          >
            <closeIcon.react tag="span" className="jp-Dh-glyph" aria-hidden="true" />
          </button>
        </div>
      ))}
      <button
        ref={add}
        type="button"
        className="jp-Dh-btn"
        onClick={() => onChange([...variables, { name: '', value: '' }])}
      >
        {trans.__('Add a variable')}
      </button>
    </fieldset>
  );
}

/** Half of a variable: text that nothing completes or corrects. */
function VariableText(props: {
  focus?: React.Ref<HTMLInputElement> | undefined;
  label: string;
  hint: string;
  text: string;
  onChange: (text: string) => void;
}): JSX.Element {
  return (
    <input
      ref={props.focus}
      className="jp-Dh-input"
      aria-label={props.label}
      placeholder={props.hint}
      autoComplete="off"
      spellCheck={false}
      value={props.text}
      onChange={event => props.onChange(event.target.value)}
    />
  );
}
