import { describe, expect, it } from 'vitest';
import type { PlanField } from '../_contract';
import { choicesOf, isSearched, rangeOf, rangeText, suggested } from '../models/range';

describe('ranges as they are typed', () => {
  it.each([
    ['1e-5..1e-1:log', { low: '1e-5', high: '1e-1', step: '', isLog: true }],
    ['0..0.5:0.1', { low: '0', high: '0.5', step: '0.1', isLog: false }],
    ['-1.5..2', { low: '-1.5', high: '2', step: '', isLog: false }],
    ['..', { low: '', high: '', step: '', isLog: false }],
    ['0.1', null],
    ['{a..b}', null]
  ])('takes %s apart, and puts it together', (text, parts) => {
    expect(rangeOf(text)).toEqual(parts);
    expect(parts && rangeText(parts)).toBe(parts && text);
  });

  it('knows choices', () => {
    expect([choicesOf('{adam,sgd}'), choicesOf('{}'), choicesOf('adam')]).toEqual(['adam,sgd', '', null]); // prettier-ignore
  });

  it('takes a range only where numbers are wanted', () => {
    expect(isSearched({ kind: 'text' }, 'a..b')).toBe(false);
    expect(isSearched({ kind: 'text' }, '{a,b}')).toBe(true);
    expect(isSearched({ kind: 'number' }, '0..1')).toBe(true);
    expect(isSearched({ kind: 'number' }, '0.5')).toBe(false);
  });

  it.each<[PlanField['kind'], Partial<PlanField>, string]>([
    ['flag', { default: 'false' }, '{false,true}'],
    ['choice', { choices: ['fast', 'slow'] }, '{fast,slow}'],
    ['whole', { default: '31' }, '8..62'],
    ['whole', {}, '1..10'],
    ['number', { default: '0.1' }, '0.01..1:log'],
    ['number', { default: '0' }, '0..1'],
    ['number', {}, '0..1'],
    ['any', { default: '0.3' }, '0.15..0.6'],
    ['text', { default: 'adam' }, '{adam}'],
    ['reference', { value: 'dataset/a' }, '{dataset/a}']
  ])('begins with what fits: %s %j', (kind, field, text) => {
    expect(suggested({ value: '', ...field, kind })).toBe(text);
  });
});
