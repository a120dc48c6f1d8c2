import type { Plan, Profile } from '../../src/_contract';
import { code } from './flightsThings';

export const PLAN: Plan = {
  title: 'train@3',
  what: '1 module · needs lightgbm, pandas',
  fields: [
    {
      name: 'data',
      kind: 'reference',
      required: true,
      value: 'dataset/flights-feature',
      entities: ['dataitem'],
      annotation: 'pd.DataFrame'
    },
    {
      name: 'lr',
      kind: 'number',
      required: false,
      value: '0.1',
      default: '0.1',
      annotation: 'float'
    },
    {
      name: 'booster',
      kind: 'choice',
      required: false,
      value: 'gbdt',
      default: 'gbdt',
      choices: ['gbdt', 'dart', 'rf']
    },
    {
      name: 'verbose',
      kind: 'flag',
      required: false,
      value: 'false',
      default: 'false',
      annotation: 'bool'
    }
  ],
  options: { profile: 'small', cpu: '2', memory: '4Gi', timeout: '1h' },
  given: { profile: 'small' },
  code: code('0.1'),
  checks: [
    {
      name: 'data',
      state: 'fault',
      field: 'data',
      text: "There is no dataset 'flights-feature'. Did you mean 'flights-features'?"
    },
    { name: 'requirements', state: 'ok', text: '2 packages are installed here' },
    { name: 'places', state: 'note', text: '1 of 2 places is free' }
  ]
};

export const PROFILES: Profile[] = [
  profile('small', 'A laptop', { cpu: '2', mem: '4Gi' }),
  profile('gpu', 'One GPU of the cluster', { cpu: '8', mem: '32Gi', gpu: '1' })
];

function profile(name: string, description: string, resources: Record<string, string>): Profile {
  const gpus = 'gpu' in resources ? { gpus: "3 of 8 free in the queue 'team'" } : {};
  return { name, description, options: { resources }, limits: {}, placement: {}, ...gpus };
}
