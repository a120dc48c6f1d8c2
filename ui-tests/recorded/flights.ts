import type { Entity, Lineage } from '../../src/_contract';
import { entity, INPUT, NOW } from './entity';
import { failed, other, queued, running, stopped, succeeded } from './flightsRuns';
import { sweep } from './flightsSweep';
import { artifacts, datasets, functions, models } from './flightsThings';

export const LINEAGE: Lineage = {
  nodes: [
    {
      ...named('store://flights/artifact/artifact/planes.csv:a1', 'artifact/planes.csv@1'),
      aliases: []
    },
    { ...named(INPUT, 'dataset/flights-features@4'), rows: 336776 },
    named('store://flights/function/python/train:f3', 'function/train@3'),
    { ...named('store://flights/run/python+job:run/run18', 'run/features-18'), state: 'COMPLETED' },
    { ...named('store://flights/run/python+job:run/run41', 'run/train-41'), state: 'COMPLETED' },
    {
      ...named('store://flights/model/mlflow/arr-delay:m6', 'model/arr-delay@6'),
      aliases: ['challenger']
    },
    {
      ...named('store://flights/dataitem/table/predictions:d12', 'dataset/predictions@12'),
      rows: 84194
    }
  ],
  edges: [
    edge('consumes', 'run/python+job:run/run18', 'artifact/artifact/planes.csv:a1'),
    edge('produced_by', 'dataitem/table/flights-features:d4', 'run/python+job:run/run18'),
    edge('consumes', 'run/python+job:run/run41', 'dataitem/table/flights-features:d4'),
    edge('run_of', 'run/python+job:run/run41', 'function/python/train:f3'),
    edge('produced_by', 'model/mlflow/arr-delay:m6', 'run/python+job:run/run41'),
    edge('produced_by', 'dataitem/table/predictions:d12', 'run/python+job:run/run41')
  ],
  more: false
};

function named(key: string, reference: string): Lineage['nodes'][number] {
  return { key, reference, created: NOW };
}

function edge(
  type: Lineage['edges'][number]['type'],
  source: string,
  dest: string
): Lineage['edges'][number] {
  return { type, source: `store://flights/${source}`, dest: `store://flights/${dest}` };
}

/** The lists, newest first. */
export const LISTS: Readonly<Record<string, readonly Entity[]>> = {
  runs: [queued, running, sweep, succeeded, failed, other, stopped],
  functions,
  dataitems: datasets,
  models,
  artifacts,
  workflows: [],
  secrets: [entity(['secret/LAKE_KEY', 's1', 'secret', '08:00'])]
};
