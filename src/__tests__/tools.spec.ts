import { describe, expect, it } from 'vitest';
import { shownId, shownOf, TOOLS } from '../models/tools';

describe('web tools', () => {
  it.each([
    [{ tool: 'mlflow', project: 'p' }, 'dh-jupyter-tool:mlflow:p:'],
    [{ tool: 'optuna', project: 'p', run: 'a1' }, 'dh-jupyter-tool:optuna:p:a1'],
    [{ tool: 'shell', project: 'p' }, null],
    [{ tool: 'mlflow' }, null],
    [{ tool: 'mlflow', project: '../x' }, null],
    [{ tool: 'mlflow', project: 'p', run: 'https://elsewhere' }, null],
    [{ tool: 'mlflow', project: 'p', run: 7 }, null]
  ])('reads %j', (args, id) => {
    const shown = shownOf(args);
    expect(shown && shownId(shown)).toBe(id);
  });

  it('has something to show of some kinds only', () => {
    const names = (kind: string): string[] =>
      TOOLS.filter(tool => tool.isFor(kind)).map(({ name }) => name);
    expect(names('python+job:run')).toEqual(['mlflow']);
    expect(names('python+sweep:run')).toEqual(['mlflow', 'optuna']);
  });
});
