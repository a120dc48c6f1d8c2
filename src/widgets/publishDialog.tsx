import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { PublishAs } from '../tokens';

/** All fields, as they were typed. */
export type PublishAsked = Required<PublishAs>;

/** What a person says of a model that is to be published; `problem` is why it was refused before. */
export async function askPublish(
  title: string,
  asked: PublishAsked,
  problem: string,
  trans: TranslationBundle
): Promise<PublishAsked | null> {
  const body = new PublishForm(asked, problem, trans);
  const { button } = await showDialog({
    title,
    body,
    focusNodeSelector: 'input',
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.okButton({ label: trans.__('Publish') })
    ]
  });
  return button.accept ? body.asked : null;
}

/** Name, alias, note, and, once it was refused, whether to publish all the same. */
class PublishForm extends ReactWidget {
  constructor(
    private _asked: PublishAsked,
    private readonly _problem: string,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-Dh-publishing');
  }

  get asked(): PublishAsked {
    return this._asked;
  }

  protected override render(): JSX.Element {
    return (
      <Form
        asked={this._asked}
        problem={this._problem}
        trans={this._trans}
        onChange={asked => (this._asked = asked)}
      />
    );
  }
}

function Form(props: {
  asked: PublishAsked;
  problem: string;
  trans: TranslationBundle;
  onChange: (asked: PublishAsked) => void;
}): JSX.Element {
  const { problem, trans } = props;
  // Here and not in the widget, which draws later: what is typed faster would be lost.
  const [asked, setAsked] = React.useState(props.asked);
  const onChange = (change: Partial<PublishAsked>): void => {
    const changed = { ...asked, ...change };
    setAsked(changed);
    props.onChange(changed);
  };
  const field = (word: 'name' | 'alias' | 'note', label: string, hint: string): JSX.Element => (
    <label className="jp-Dh-publishing-field">
      <span>{label}</span>
      <input
        className="jp-Dh-input"
        value={asked[word]}
        placeholder={hint}
        onChange={({ target }) => onChange({ [word]: target.value })}
      />
    </label>
  );
  return (
    <>
      {problem ? (
        <div className="jp-Dh-diag" role="alert">
          {problem}
        </div>
      ) : null}
      {field('name', trans.__('Name'), trans.__('the name under which others use it'))}
      {field(
        'alias',
        trans.__('Alias'),
        trans.__('e.g. champion; it moves here from another version')
      )}
      {field('note', trans.__('Note'), trans.__('why, for those who come after'))}
      {problem ? (
        <label className="jp-Dh-row">
          <input
            type="checkbox"
            checked={asked.force}
            onChange={({ target }) => onChange({ force: target.checked })}
          />
          {trans.__('Publish it all the same')}
        </label>
      ) : null}
    </>
  );
}
