import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { Entity } from '../_contract';
import type { LaunchModel } from '../models/launch';
import { LaunchChecks } from './launchChecks';
import { LaunchCompute } from './launchCompute';
import { LaunchEnvironment } from './launchEnvironment';
import { LaunchField } from './launchField';
import { SweepField } from './sweepField';
import { SweepLine, SweepOptions } from './sweepOptions';

/** The body of the dialog that launches: parameters, what will run, where, and what is in the way. */
export class LaunchForm extends ReactWidget {
  constructor(options: LaunchForm.IOptions) {
    super();
    this._options = options;
    this.addClass('jp-Dh-launch-form');
  }

  /** What the dialog gives. */
  getValue(): Entity | null {
    return this._options.model.started;
  }

  /** Say that leaving loses what was typed; leaving once more does it. */
  askToLeave(): void {
    this._isLeaving = true;
    this.update();
  }

  /** To the first field that is in the way. */
  focusFault(): void {
    this.node.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }

  protected override render(): JSX.Element {
    return (
      <UseSignal signal={this._options.model.changed}>
        {() => <Form {...this._options} isLeaving={this._isLeaving} onPlanned={this._begin} />}
      </UseSignal>
    );
  }

  /** When the first plan is drawn: on the parameter that needs a value, else it stays on Run. */
  private readonly _begin = (): void => {
    this._toFirstNeeded();
    // The dialog puts the focus on Run once this is kept, which may be later than a plan that comes at once.
    void this.renderPromise?.then(() => this._toFirstNeeded());
  };

  private _toFirstNeeded(): void {
    const { model } = this._options;
    if (!model.isTyped && model.firstNeeded && !this.node.contains(this._focused)) {
      this.focusFault();
    }
  }

  private get _focused(): Element | null {
    return this.node.ownerDocument.activeElement;
  }

  private readonly _options: LaunchForm.IOptions;
  private _isLeaving = false;
}

export namespace LaunchForm {
  export interface IOptions {
    readonly model: LaunchModel;
    readonly trans: TranslationBundle;
  }
}

interface FormProps extends LaunchForm.IOptions {
  readonly isLeaving: boolean;
  readonly onPlanned: () => void;
}

function Form(props: FormProps): JSX.Element {
  const { model, trans, isLeaving, onPlanned } = props;
  const isPlanned = model.plan !== null;
  // Only once it is drawn is there a field that could have the focus.
  React.useEffect(() => {
    if (isPlanned) {
      onPlanned();
    }
  }, [isPlanned, onPlanned]);
  return (
    <>
      <div className="jp-Dh-launch-columns">
        <div className="jp-Dh-launch-column">
          <Parameters model={model} trans={trans} />
          <What model={model} trans={trans} />
        </div>
        <div className="jp-Dh-launch-column">
          {model.isSweep ? <SweepOptions model={model} trans={trans} /> : null}
          <LaunchCompute model={model} trans={trans} />
          <LaunchEnvironment model={model} trans={trans} />
          <LaunchChecks model={model} trans={trans} />
        </div>
      </div>
      <p className="jp-Dh-launch-foot" role="status">
        {isLeaving
          ? trans.__('What you typed will be lost. Press Escape or Cancel again to leave.')
          : footText(model, trans)}
      </p>
    </>
  );
}

function footText(model: LaunchModel, trans: TranslationBundle): string {
  if (model.isLaunching) {
    return trans.__('Starting…');
  }
  if (model.problem) {
    return model.problem;
  }
  const [fault] = model.faults;
  if (fault) {
    return trans.__('It can not run yet: %1', fault.text);
  }
  const place = model.plan?.options.profile ?? model.plan?.options.on ?? 'local';
  const asked = ['cpu', 'memory', 'gpu', 'timeout']
    .map(name => [name, model.plan?.options[name] ?? ''] as const)
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${name} ${text}`);
  const first = model.isSweep
    ? trans.__('Runs %1 trials of %2 on %3, %4 at a time', model.sweepOption('trials') || trans.__('all'), model.plan?.title ?? '', place, model.sweepOption('workers') || 2) // prettier-ignore
    : trans.__('Runs %1 on %2', model.plan?.title ?? '', place);
  return model.plan ? [first, ...asked].join(' · ') : trans.__('Looking at it…');
}

function Parameters({ model, trans }: LaunchForm.IOptions): JSX.Element {
  const { fields, plan } = model;
  const Field = model.isSweep ? SweepField : LaunchField;
  return (
    <section>
      <h2 className="jp-Dh-h">
        {trans.__('Parameters')}
        {fields.length ? (
          <span className="jp-Dh-quiet jp-Dh-small">
            {trans._n('%1 found', '%1 found', fields.length)}
          </span>
        ) : null}
      </h2>
      {plan && !fields.length ? (
        <p className="jp-Dh-launch-text">
          {model.isSweep
            ? trans.__(
                'None to fill in: the function asks for them while it runs, if it takes any.'
              )
            : trans.__('It takes no parameters.')}
        </p>
      ) : null}
      <div className="jp-Dh-launch-fields">
        {fields.map(field => (
          <Field key={field.name} field={field} model={model} trans={trans} />
        ))}
      </div>
    </section>
  );
}

function What({ model, trans }: LaunchForm.IOptions): JSX.Element | null {
  const { plan } = model;
  return plan ? (
    <section>
      <h2 className="jp-Dh-h">{trans.__('What will run')}</h2>
      <p className="jp-Dh-launch-text">
        <b>{plan.title}</b>
        {plan.what ? ` · ${plan.what}` : null}
      </p>
      <SweepLine model={model} trans={trans} />
      <details className="jp-Dh-small">
        <summary>{trans.__('Show the exact code')}</summary>
        <pre className="jp-Dh-log" tabIndex={0} aria-label={trans.__('Code')}>
          {plan.code}
        </pre>
      </details>
    </section>
  ) : null;
}
