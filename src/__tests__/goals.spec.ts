import { describe, expect, it } from 'vitest';
import type { Entity } from '../_contract';
import { completed, goalsOf } from '../models/goals';

const run = (name: string, status: object, more: object = {}): Entity =>
  ({ spec: { function: `python://flights/${name}:f00`, ...more }, status }) as unknown as Entity;

describe('what a sweep may be judged by', () => {
  it('is what sweeps of the function were, then numbers of its runs, each once', () => {
    const runs = [
      run('train', { results: { auc: 0.9, model: 'x', deep: true }, metrics: { loss: [1, 2] } }),
      run('train', { results: { seconds: 3, auc: 0.8 } }),
      run('train', {}, { sweep: { objectives: [{ name: 'f1', direction: 'maximize' }] } }),
      run('train2', { results: { other: 1 } })
    ];
    expect(goalsOf('train', runs)).toEqual(['f1', 'auc', 'loss', 'seconds']);
    expect(goalsOf('none', runs)).toEqual([]);
  });

  it('completes the last of several names, and offers none twice', () => {
    expect(completed('', ['auc', 'f1'])).toEqual(['auc', 'f1']);
    expect(completed('auc, f', ['auc', 'f1'])).toEqual(['auc,f1']);
  });
});
