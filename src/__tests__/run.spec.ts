import { describe, expect, it, vi } from 'vitest';
import { addressOf } from '../models/bundle';
import { LogTail } from '../models/logTail';
import { RunModel } from '../models/run';
import { SeriesTable, sparkPath } from '../models/series';
import { isOver, phaseOf } from '../models/states';
import { bytesText, clockText, namedBy, numberText, valueText } from '../models/text';
import { runOf } from './fakeServer';

describe('addressOf', () => {
  it('takes two names', () => {
    expect(addressOf({ id: 'ab12', project: 'flights' })).toEqual({
      id: 'ab12',
      project: 'flights'
    });
  });

  it.each([
    null,
    {},
    { id: 'ab12' },
    { id: '../contents', project: 'flights' },
    { id: '..', project: 'flights' },
    { id: '<img src=x>', project: 'flights' },
    { id: 'a'.repeat(129), project: 'flights' },
    { id: ['ab12'], project: 'flights' }
  ])('refuses %j', data => expect(addressOf(data)).toBeNull());
});

describe('phaseOf', () => {
  it('knows when nothing more will come', () => {
    expect(['READY', 'PENDING', 'STOP', 'ERROR'].map(phaseOf)).toEqual([
      'queued',
      'starting',
      'running',
      'failed'
    ]);
    expect(isOver(phaseOf('STOPPED'))).toBe(true);
    expect(isOver(phaseOf('A_LATER_STATE'))).toBe(false);
  });
});

describe('texts', () => {
  it('writes times', () => {
    expect([-3, 7, 252, 3852].map(clockText)).toEqual(['0:00', '0:07', '4:12', '1:04:12']);
  });

  it('writes numbers', () => {
    expect([336776, 10.9712, 0.1, 0.00000123, NaN].map(numberText)).toEqual([
      '336,776',
      '10.97',
      '0.1',
      '1.230e-6',
      'NaN'
    ]);
  });

  it('writes memory as it is typed', () => {
    expect([512, 2 ** 20 * 300, 4.6 * 2 ** 30].map(bytesText)).toEqual(['512', '300Mi', '4.6Gi']);
  });

  it('cuts long values', () => {
    expect(valueText('x'.repeat(50), 10)).toBe('xxxxxxxxx…');
    expect(valueText({ a: [1] })).toBe('{"a":[1]}');
    expect(valueText(undefined)).toBe('');
  });

  it('names things by key', () => {
    expect(namedBy('store://flights/dataitem/table/features:d4')).toEqual({
      entity: 'dataitem',
      name: 'features'
    });
    expect(namedBy('python://flights/train:f00').name).toBe('train');
    expect(namedBy('train').name).toBe('train');
  });
});

describe('LogTail', () => {
  it('joins pieces, keeps the last lines and says how many there were', () => {
    const log = new LogTail();
    log.add('one\ntwo\nth', 10);
    log.add('ree\nfour\nfive', 22);
    expect(log.lines).toEqual(['two', 'three', 'four', 'five']);
    expect(log.lineCount).toBe(5);
    expect(log.offset).toBe(22);
  });

  it('shows what a progress bar wrote last', () => {
    const log = new LogTail();
    log.add('10%\r20%\r30%\r\n', 14);
    expect(log.lines).toEqual(['30%']);
  });

  it('draws no colours, cursor moves or other controls', () => {
    const log = new LogTail();
    log.add('\x1b[1;31mred\x1b[0m\x00 \x1b]0;title\x07tab\there\n\r\x1b[K\r 5%|█\r\r', 40);
    expect(log.lines).toEqual(['red tab\there', ' 5%|█']);
  });
});

describe('SeriesTable', () => {
  it('thins long series and keeps the last value', () => {
    const table = new SeriesTable();
    const lines = Array.from({ length: 5001 }, (_, step) => ({
      time: step,
      values: { mae: step }
    }));
    table.add(lines);
    const values = table.all[0]?.values ?? [];
    expect(values.length).toBeLessThan(600);
    expect(values[0]).toBe(0);
    expect(values.at(-1)).toBe(5000);
  });

  it('draws finite values only', () => {
    expect(sparkPath([1], 10, 10)).toBe('');
    expect(sparkPath([0, NaN, 1], 10, 10)).toBe('M1.0,9.0 9.0,1.0');
    expect(sparkPath([5, 5], 10, 10)).toBe('M1.0,9.0 9.0,9.0');
  });
});

describe('RunModel', () => {
  it('forgets metrics and log of an earlier attempt', () => {
    const model = new RunModel();
    model.apply({ type: 'run', run: runOf('RUNNING') });
    model.apply({ type: 'metrics', points: [{ time: 1, values: { mae: 1 } }] });
    model.apply({ type: 'log', text: 'x\n', offset: 2 });
    model.apply({ type: 'run', run: runOf('RUNNING', { attempt: 2 }) });
    expect(model.series).toEqual([]);
    expect(model.log.offset).toBe(0);
    model.dispose();
  });

  it('draws a burst of metrics once', () => {
    vi.useFakeTimers();
    const model = new RunModel();
    let drawings = 0;
    model.changed.connect(() => drawings++);
    for (let step = 0; step < 100; step++) {
      model.apply({ type: 'metrics', points: [{ time: step, step, values: { mae: step } }] });
    }
    vi.advanceTimersByTime(250);
    expect(drawings).toBe(1);
    model.dispose();
    vi.useRealTimers();
  });

  it('is called what a person calls it', () => {
    const model = new RunModel();
    model.apply({ type: 'run', run: runOf('READY') });
    expect(model.name).toBe('train-42');
    model.dispose();
  });
});
