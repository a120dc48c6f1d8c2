import type { PlannedNotebook } from '../_contract';
import type { Prefill } from './prefill';

/** What a person is about to run. The document of a notebook is asked for anew whenever it is needed. */
export type Subject =
  | { readonly function: string }
  | { readonly run: string }
  | { readonly notebook: () => Promise<PlannedNotebook> };

/** A check that only the page can make, beside those of the server. `fix` mends it. */
export interface PageCheck {
  readonly text: string;
  readonly detail: string;
  readonly fixLabel: string;
  readonly fix: () => Promise<void>;
}

/** What the launch form is opened with. */
export interface Launchable {
  readonly project: string;
  readonly subject: Subject;
  /** A sweep of a function: its options as they are typed in a line, to begin with. */
  readonly sweep?: Readonly<Record<string, string>>;
  /** From a notebook's metadata, which anybody may have written: shown as such, and never launched by itself. */
  readonly prefill?: Prefill;
  readonly pageChecks?: () => readonly PageCheck[];
}
