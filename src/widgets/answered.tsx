import type { TranslationBundle } from '@jupyterlab/translation';
import { UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { Answer } from '../models/answer';
import { timeOfDay } from './words';

/** Whether the page can be seen; nothing is asked while it can't. */
export const Seen = React.createContext(true);

interface AnsweredProps<T> {
  readonly answer: Answer<T>;
  readonly trans: TranslationBundle;
  readonly children: (value: T) => React.ReactNode;
}

/** What an answer gives, or why there is none; asked while it is on the screen. */
export function Answered<T>({ answer, trans, children }: AnsweredProps<T>): JSX.Element {
  const isSeen = React.useContext(Seen);
  React.useEffect(() => {
    answer.watch(isSeen);
    return () => answer.watch(false);
  }, [answer, isSeen]);
  return (
    <UseSignal signal={answer.changed}>
      {() => (
        <>
          <Note answer={answer} trans={trans} />
          {answer.value === null ? null : children(answer.value)}
        </>
      )}
    </UseSignal>
  );
}

function Note(props: { answer: Answer<unknown>; trans: TranslationBundle }): JSX.Element | null {
  const { answer, trans } = props;
  const again = (
    <button type="button" className="jp-Dh-link" onClick={() => answer.invalidate()}>
      {trans.__('Try again')}
    </button>
  );
  switch (answer.knowledge) {
    case 'loading':
      return (
        <div className="jp-Dh-skeleton" role="status" aria-label={trans.__('Loading')}>
          <i />
          <i />
          <i />
        </div>
      );
    case 'failed':
      return (
        <p className="jp-Dh-page-note" role="alert">
          {answer.problem || trans.__('The server does not answer.')} {again}
        </p>
      );
    case 'stale':
      return (
        <p className="jp-Dh-page-note" role="status">
          {trans.__(
            'The server does not answer. What you see is as of %1.',
            timeOfDay(answer.asOf)
          )}{' '}
          {again}
        </p>
      );
    default:
      return null;
  }
}
