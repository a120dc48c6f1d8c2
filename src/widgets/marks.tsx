import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { MOST_COMPARED } from '../models/compare';

/** Runs that a person has marked, by id, in the order of marking. */
export interface Marks {
  readonly ids: readonly string[];
  readonly toggle: (id: string) => void;
  readonly clear: () => void;
}

export function useMarks(): Marks {
  const [ids, setIds] = React.useState<readonly string[]>([]);
  return {
    ids,
    toggle: id => setIds(ids.includes(id) ? ids.filter(each => each !== id) : [...ids, id]),
    clear: () => setIds([])
  };
}

/** What can be done with what is marked; nothing while nothing is. */
export function MarksBar(props: {
  marks: Marks;
  onCompare: (ids: readonly string[]) => void;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { marks, onCompare, trans } = props;
  const { length } = marks.ids;
  const reason =
    length < 2
      ? trans.__('Mark one more run')
      : length > MOST_COMPARED
        ? trans.__('At most %1 runs can be compared', MOST_COMPARED)
        : '';
  return length ? (
    <div className="jp-Dh-row jp-Dh-wrap jp-Dh-marks">
      <button
        type="button"
        className="jp-Dh-btn"
        aria-disabled={reason !== ''}
        title={reason || undefined}
        onClick={() => reason || onCompare(marks.ids)}
      >
        {trans._n('Compare %1 run', 'Compare %1 runs', length)}
      </button>
      <button type="button" className="jp-Dh-btn" onClick={marks.clear}>
        {trans.__('Unmark')}
      </button>
    </div>
  ) : null;
}
