import { isSweep } from './sweep';

/** A web tool of the server that opens as a tab: the word of the API, and what people call it. */
export interface Tool {
  readonly name: 'mlflow' | 'optuna';
  readonly brand: string;
  /** Whether it has something to show of a run of this kind. */
  isFor(kind: string | undefined): boolean;
}

export const TOOLS: readonly Tool[] = [
  { name: 'mlflow', brand: 'MLflow', isFor: () => true },
  { name: 'optuna', brand: 'Optuna dashboard', isFor: isSweep }
];

/** What a tab shows: a tool, and in it perhaps a run. */
export interface Shown {
  readonly tool: Tool;
  readonly project: string;
  /** Id of a run; empty: the whole. */
  readonly run: string;
}

const ID = /^[A-Za-z0-9._-]{1,128}$/;

/** Of a command's arguments, which anybody may have written; null for what names nothing. */
export function shownOf(args: Readonly<Record<string, unknown>>): Shown | null {
  const { tool, project, run = '' } = args;
  const found = TOOLS.find(({ name }) => name === tool);
  const isPlain = typeof project === 'string' && ID.test(project);
  const isRun = run === '' || (typeof run === 'string' && ID.test(run));
  return found && isPlain && isRun ? { tool: found, project, run: String(run) } : null;
}

/** Id of its tab. */
export const shownId = ({ tool, project, run }: Shown): string =>
  ['dh-jupyter-tool', tool.name, project, run].join(':');
