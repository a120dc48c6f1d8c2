import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { Entity } from '../_contract';
import { numberText } from '../models/text';
import type { Section } from '../models/section';
import { EntityTree } from './entityTree';
import { timeOfDay } from './words';

/** A section of the panel: its rows, or why there are none. */
export class SectionWidget extends ReactWidget {
  constructor(options: SectionWidget.IOptions) {
    super();
    this._options = options;
    this.addClass('jp-Dh-section');
    this.title.label = options.title;
    options.section.changed.connect(this._onChanged, this);
  }

  get section(): Section {
    return this._options.section;
  }

  protected override render(): JSX.Element {
    return (
      <UseSignal signal={this._options.section.changed}>
        {() => <Body {...this._options} />}
      </UseSignal>
    );
  }

  private _onChanged(section: Section): void {
    const { title, trans } = this._options;
    const known = section.knowledge !== 'loading' && section.knowledge !== 'failed';
    const age =
      section.knowledge === 'stale' ? ` · ${trans.__('as of %1', timeOfDay(section.asOf))}` : '';
    this.title.label = known ? `${title} ${numberText(section.total)}${age}` : title;
  }

  private readonly _options: SectionWidget.IOptions;
}

export namespace SectionWidget {
  export interface IOptions {
    readonly section: Section;
    readonly title: string;
    /** Said when the section has nothing. */
    readonly empty: () => string;
    readonly trans: TranslationBundle;
    readonly onOpen: (entity: Entity, isForCode: boolean) => void;
    readonly onCompare: (project: string, ids: readonly string[]) => void;
    readonly onDrag: (entity: Entity, event: React.PointerEvent<HTMLElement>) => void;
  }
}

function Body(props: SectionWidget.IOptions): JSX.Element {
  const { section, trans } = props;
  if (section.rows.length) {
    return <EntityTree {...props} label={props.title} />;
  }
  switch (section.knowledge) {
    case 'loading':
      return <Skeleton label={trans.__('Loading')} />;
    case 'failed':
      return (
        <p className="jp-Dh-empty" role="alert">
          {section.problem || trans.__('The server does not answer.')}{' '}
          <button type="button" className="jp-Dh-link" onClick={() => section.refresh()}>
            {trans.__('Try again')}
          </button>
        </p>
      );
    default:
      return <p className="jp-Dh-empty">{props.empty()}</p>;
  }
}

/** Three grey rows: the place that the first ones will take. They are seen after a moment only (see the style). */
function Skeleton(props: { label: string }): JSX.Element {
  return (
    <div className="jp-Dh-skeleton" role="status" aria-label={props.label}>
      <i />
      <i />
      <i />
    </div>
  );
}
