import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { PlanCheck } from '../_contract';
import { stateIcons, warningIcon } from '../icons';
import type { LaunchModel } from '../models/launch';

interface ChecksProps {
  readonly model: LaunchModel;
  readonly trans: TranslationBundle;
}

/** What was looked at: all well, worth a note, or in the way; with the button that mends it. */
export function LaunchChecks({ model, trans }: ChecksProps): JSX.Element {
  const own = model.pageChecks;
  // Faults of parameters stand beside their fields.
  const shown = model.checks.filter(check => check.name !== 'arguments');
  const faults = model.faults.length;
  const section = React.useRef<HTMLElement>(null);
  // The button goes away with what it mends: the focus must stay in the form.
  const mend = (what: () => void): void => {
    section.current?.focus();
    what();
  };
  const notes = own.length + shown.filter(({ state }) => state === 'note').length;
  return (
    <section
      ref={section}
      tabIndex={-1}
      aria-label={trans.__('Checks')}
      aria-busy={model.isPlanning}
    >
      <h2 className="jp-Dh-h">
        {trans.__('Checks')}
        <span className="jp-Dh-quiet jp-Dh-small" role="status">
          {model.plan ? summary(notes, faults, trans) : null}
        </span>
      </h2>
      <div className="jp-Dh-checks">
        {own.map(check => (
          <Check
            key={check.text}
            state="note"
            text={check.text}
            detail={check.detail}
            trans={trans}
          >
            <button
              type="button"
              className="jp-Dh-btn"
              onClick={() => mend(() => void model.mend(check))}
            >
              {check.fixLabel}
            </button>
          </Check>
        ))}
        {shown.map((check, index) => (
          <Check
            key={`${check.name}-${index}`}
            {...check}
            detail={check.detail ?? ''}
            trans={trans}
          >
            {check.cell ? (
              <button
                type="button"
                className="jp-Dh-btn"
                onClick={() => mend(() => model.addCell(check.cell ?? ''))}
              >
                {trans.__('Add cell')}
              </button>
            ) : null}
          </Check>
        ))}
      </div>
    </section>
  );
}

function Check(props: {
  state: PlanCheck['state'];
  text: string;
  detail: string;
  trans: TranslationBundle;
  children: React.ReactNode;
}): JSX.Element {
  const { state, text, detail, trans } = props;
  // What is well needs no second line.
  const isShort = state === 'ok' && detail.length <= 30;
  const words = { ok: trans.__('Well'), note: trans.__('Note'), fault: trans.__('In the way') };
  const Sign = { ok: stateIcons.succeeded, note: warningIcon, fault: stateIcons.failed }[state]
    .react;
  return (
    <div className="jp-Dh-check">
      <span role="img" aria-label={words[state]} className="jp-Dh-glyph">
        <Sign tag="span" aria-hidden="true" />
      </span>
      <span>{text}</span>
      <span>{isShort ? detail : props.children}</span>
      {detail && !isShort ? <span className="jp-Dh-check-more">{detail}</span> : null}
    </div>
  );
}

function summary(notes: number, faults: number, trans: TranslationBundle): string {
  if (faults) {
    return trans._n('%1 thing in the way', '%1 things in the way', faults);
  }
  return notes
    ? trans._n('%1 note, nothing in the way', '%1 notes, nothing in the way', notes)
    : trans.__('nothing in the way');
}
