import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { Profile } from '../_contract';
import type { LaunchModel } from '../models/launch';
import { OptionText } from './fields';

interface ComputeProps {
  readonly model: LaunchModel;
  readonly trans: TranslationBundle;
}

/** Where it runs and what it may use. */
export function LaunchCompute({ model, trans }: ComputeProps): JSX.Element {
  const chosen = model.option('profile');
  const group = React.useId();
  return (
    <section>
      <h2 className="jp-Dh-h">{trans.__('Compute')}</h2>
      <div className="jp-Dh-launch-profiles" role="radiogroup" aria-label={trans.__('Profile')}>
        <Choice
          name=""
          label={trans.__('local')}
          about={trans.__('this machine')}
          group={group}
          isChosen={chosen === ''}
          model={model}
        />
        {model.profiles.map(profile => (
          <Choice
            key={profile.name}
            name={profile.name}
            label={profile.name}
            about={aboutProfile(profile)}
            free={profile.gpus ? trans.__('GPUs: %1', profile.gpus) : ''}
            group={group}
            isChosen={chosen === profile.name}
            model={model}
          />
        ))}
      </div>
      {model.isOptionFromNotebook('profile') ? (
        <p className="jp-Dh-launch-text">{trans.__('The profile is from notebook.')}</p>
      ) : null}
      <div className="jp-Dh-launch-amounts">
        <Amount name="cpu" label={trans.__('Cores')} {...{ model, trans }} />
        <Amount name="memory" label={trans.__('Memory')} {...{ model, trans }} />
        <Amount name="gpu" label={trans.__('GPUs')} {...{ model, trans }} />
        <Amount name="timeout" label={trans.__('Time limit')} {...{ model, trans }} />
      </div>
    </section>
  );
}

function Choice(props: {
  name: string;
  label: string;
  about: string;
  /** How many of its GPUs are free, or why nobody knows. */
  free?: string;
  group: string;
  isChosen: boolean;
  model: LaunchModel;
}): JSX.Element {
  return (
    <label className={`jp-Dh-launch-profile${props.isChosen ? ' jp-mod-chosen' : ''}`}>
      <input
        type="radio"
        name={props.group}
        checked={props.isChosen}
        onChange={() => props.model.setOption('profile', props.name)}
      />
      <span className="jp-Dh-fill">
        <span className="jp-Dh-launch-profile-name">{props.label}</span>
        <span className="jp-Dh-small jp-Dh-cut" title={props.about}>
          {props.about}
        </span>
        {props.free ? <span className="jp-Dh-small">{props.free}</span> : null}
      </span>
    </label>
  );
}

function Amount({ name, label, model, trans }: ComputeProps & Named): JSX.Element {
  return (
    <OptionText
      label={label}
      value={model.option(name)}
      hint={model.plan?.options[name] ?? EXAMPLES[name] ?? ''}
      onChange={text => model.setOption(name, text)}
      source={model.isOptionFromNotebook(name) ? trans.__('from notebook') : ''}
    />
  );
}

interface Named {
  readonly name: string;
  readonly label: string;
}

const EXAMPLES: Record<string, string> = { cpu: '1', memory: '8Gi', gpu: '0', timeout: '2h' };

function aboutProfile({ description, options }: Profile): string {
  const resources = Object.entries(options.resources ?? {}).map(
    ([name, text]) => `${name} ${String(text)}`
  );
  return description ?? resources.join(', ');
}
