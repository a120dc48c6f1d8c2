import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { completed } from '../models/goals';
import type { LaunchModel } from '../models/launch';
import { OptionText } from './fields';

interface OptionsProps {
  readonly model: LaunchModel;
  readonly trans: TranslationBundle;
}

/** What is good, how it is searched for, and what ends it. */
export function SweepOptions({ model, trans }: OptionsProps): JSX.Element {
  const parts = { model, trans };
  const several = trans.__('a name');
  return (
    <section aria-label={trans.__('Search')}>
      <h2 className="jp-Dh-h">{trans.__('Search')}</h2>
      <div className="jp-Dh-launch-amounts">
        <Text {...parts} name="maximize" label={trans.__('Maximize')} hint={several} isGoal />
        <Text {...parts} name="minimize" label={trans.__('Minimize')} hint={several} isGoal />
        <Text {...parts} name="trials" label={trans.__('Trials')} hint="20" />
        <Text {...parts} name="workers" label={trans.__('At a time')} hint="2" />
        <Choice {...parts} name="sampler" label={trans.__('Sampler')} all={samplers(trans)} />
        <Choice {...parts} name="prune" label={trans.__('Pruning')} all={pruners(trans)} />
        <Choice {...parts} name="reuse" label={trans.__('Workers')} all={reuses(trans)} />
        <Text {...parts} name="seed" label={trans.__('Seed')} hint={trans.__('any')} />
        <Text {...parts} name="constraint" label={trans.__('Only where')} hint="seconds <= 60" />
        <Text {...parts} name="timeout" label={trans.__('Ends after')} hint="1h" />
        <Text {...parts} name="cost" label={trans.__('Cost up to')} hint="5" />
        <Text {...parts} name="target" label={trans.__('Target')} hint="0.95" />
        <Text {...parts} name="plateau" label={trans.__('Plateau')} hint="20" />
      </div>
    </section>
  );
}

interface TextProps extends OptionsProps {
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  /** Whether it holds names that a trial is judged by. */
  readonly isGoal?: boolean;
}

function Text({ model, name, label, hint, isGoal }: TextProps): JSX.Element {
  const value = model.sweepOption(name);
  return (
    <OptionText
      label={label}
      value={value}
      hint={hint}
      onChange={text => model.setSweepOption(name, text)}
      fault={model.fault(`--${name}`)}
      isTold={model.isTyped}
      {...(isGoal ? { suggestions: completed(value, model.goals) } : {})}
    />
  );
}

function Choice(
  props: OptionsProps & { name: string; label: string; all: Readonly<Record<string, string>> }
): JSX.Element {
  const { model, name, label, all } = props;
  const id = React.useId();
  return (
    <div>
      <label htmlFor={id} className="jp-Dh-small">
        {label}
      </label>
      <select
        id={id}
        className="jp-Dh-input"
        value={model.sweepOption(name)}
        onChange={({ target }) => model.setSweepOption(name, target.value)}
      >
        {Object.entries(all).map(([value, shown]) => (
          <option key={value} value={value}>
            {shown}
          </option>
        ))}
      </select>
    </div>
  );
}

function samplers(trans: TranslationBundle): Record<string, string> {
  return {
    tpe: 'TPE',
    random: trans.__('random'),
    grid: trans.__('grid'),
    cmaes: 'CMA-ES',
    qmc: 'QMC',
    gp: 'GP',
    nsgaii: 'NSGA-II'
  };
}

function pruners(trans: TranslationBundle): Record<string, string> {
  return {
    '': trans.__('none'),
    median: trans.__('below the median'),
    hyperband: 'Hyperband',
    patient: trans.__('no longer better')
  };
}

function reuses(trans: TranslationBundle): Record<string, string> {
  return {
    '': trans.__('shared by short trials'),
    yes: trans.__('shared by trials'),
    no: trans.__('one for each trial')
  };
}

/** The line that does the same in a notebook. */
export function SweepLine({ model, trans }: OptionsProps): JSX.Element | null {
  const line = model.plan?.line;
  return line ? (
    <div className="jp-Dh-row">
      <pre
        className="jp-Dh-log jp-Dh-fill jp-mod-line"
        tabIndex={0}
        aria-label={trans.__('The same as a line')}
      >
        {line}
      </pre>
      <button type="button" className="jp-Dh-btn" onClick={() => Clipboard.copyToSystem(line)}>
        {trans.__('Copy')}
      </button>
    </div>
  ) : null;
}
