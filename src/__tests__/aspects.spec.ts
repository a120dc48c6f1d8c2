import { describe, expect, it } from 'vitest';
import { aspectsOf, codeOf, named } from '../models/aspects';
import { modelOf, runOf } from './fakeServer';

const entity = (type: string, spec: object, status: object = {}): Parameters<typeof aspectsOf>[0] =>
  ({
    ...modelOf('1'),
    key: `store://flights/${type}/x/m1:1`,
    spec,
    status: { state: 'READY', ...status }
  }) as Parameters<typeof aspectsOf>[0];

describe('what two things are compared by', () => {
  it.each([
    [
      'a function',
      entity('function', {
        parameters: {
          properties: { lr: { annotation: 'float', default: 0.1 }, data: {} },
          required: ['data']
        },
        requirements: ['pandas==2.1', 'own @ file:///x']
      }),
      {
        parameters: { lr: 'float = 0.1', data: '' },
        needs: { pandas: '2.1', own: 'file:///x' },
        options: {}
      }
    ],
    [
      'a dataset',
      entity('dataitem', { schema: { fields: [{ name: 'a', type: 'int' }] } }, { rows: 3 }),
      { columns: { a: 'int' }, about: { rows: 3 } }
    ],
    [
      'a model',
      entity(
        'model',
        { parameters: { c: 1 }, framework: 'sklearn' },
        { metrics: { auc: [0.1, 0.9] } }
      ),
      { metrics: { auc: 0.9 }, parameters: { c: 1 }, about: { framework: 'sklearn' } }
    ],
    [
      'a model of which nothing is known',
      entity('model', {}),
      { metrics: {}, parameters: {}, about: {} }
    ],
    [
      'a run',
      {
        ...runOf('COMPLETED', { results: { n: 1 }, metrics: { loss: [2, 1] } }),
        spec: {
          parameters: { lr: 1 },
          inputs: { d: 'k', t: 'store://p/dataitem/table/flights:68d01c9e2f' },
          resources: { mem: '8Gi' },
          timeout: 60
        }
      },
      {
        parameters: { lr: 1 },
        inputs: { d: 'k', t: 'dataset/flights@68d01c9e' },
        options: { mem: '8Gi', timeout: 60 },
        results: { n: 1, loss: 1 }
      }
    ]
  ])('%s', (_, thing, expected) => {
    const found = aspectsOf(thing as Parameters<typeof aspectsOf>[0]);
    expect(Object.fromEntries(found.map(({ name, values }) => [name, values]))).toEqual(expected);
  });

  it.each([
    [{ source: { base64: btoa('x = 1\n') } }, 'x = 1\n'],
    [{ source: { source: 'y' } }, 'y'],
    [{ source: { base64: '%' } }, null],
    [{}, null]
  ])('the code of %j', (spec, text) => expect(codeOf(entity('function', spec))).toBe(text));

  it.each([
    ['numpy==2.1.0', { numpy: '2.1.0' }],
    ['torch[cuda]>=2', { 'torch[cuda]': '>=2' }],
    ['lightgbm', { lightgbm: '' }]
  ])('the package %s', (text, expected) => expect(named([text])).toEqual(expected));
});
