import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Entity } from '../_contract';
import { Announced } from '../models/announced';
import type { Section } from '../models/section';
import { announcementOf } from '../widgets/words';
import { runOf } from './fakeServer';

const trans = nullTranslator.load('dh_jupyter');

describe('changes of state, spoken', () => {
  let rows: Entity[] = [];
  let announced: Announced;
  let said: string[] = [];
  const section = { rows: [] as Entity[] } as unknown as Section & { rows: Entity[] };
  const changed = new Signal<Section, void>(section);
  Object.assign(section, { changed });

  const run = (name: string, state: string, status = {}): Entity => ({
    ...runOf(state, status),
    id: name,
    metadata: { reference: `run/${name}` }
  });
  const show = (...all: Entity[]): void => {
    rows = all;
    Object.assign(section, { rows });
    changed.emit();
  };

  beforeEach(() => {
    vi.useFakeTimers();
    said = [];
    announced = new Announced(section);
    announced.told.connect((_, runs) => void said.push(announcementOf(runs, trans)));
  });

  afterEach(() => {
    announced.dispose();
    vi.useRealTimers();
  });

  it('are those of runs that were seen before', () => {
    show(run('a-1', 'RUNNING'), run('b-1', 'COMPLETED'));
    show(run('c-1', 'COMPLETED'), run('a-1', 'COMPLETED'), run('b-1', 'COMPLETED'));
    expect(said).toEqual(['a-1 succeeded']);
    show();
    show(run('a-1', 'ERROR'));
    expect(said).toEqual(['a-1 succeeded']);
  });

  it('are one sentence in five seconds, of which none is lost', () => {
    const names = ['a-1', 'b-1', 'c-1'];
    show(...names.map(name => run(name, 'READY')));
    show(run('a-1', 'RUNNING'), run('b-1', 'READY'), run('c-1', 'READY'));
    show(run('a-1', 'RUNNING'), run('b-1', 'RUNNING'), run('c-1', 'READY'));
    show(run('a-1', 'RUNNING'), run('b-1', 'ERROR', { diagnosis: { summary: 'No rows.' } }), run('c-1', 'RUNNING')); // prettier-ignore
    expect(said).toEqual(['a-1 is running']);
    vi.advanceTimersByTime(5000);
    expect(said.slice(1)).toEqual(['b-1 failed: No rows. · 1 more run changed']);
    vi.advanceTimersByTime(60_000);
    expect(said).toHaveLength(2);
  });

  it('are nothing any more when the panel is gone', () => {
    show(run('a-1', 'RUNNING'));
    announced.dispose();
    show(run('a-1', 'ERROR'));
    expect(said).toEqual([]);
  });
});
