import type { Entity, TableRows } from '../../src/_contract';
import { entity } from './entity';

export const code = (rate: string, more = ''): string =>
  `import lightgbm as lgb\nimport pandas as pd\n\n\ndef train(data: pd.DataFrame, lr: float = ${rate}, depth: int = 8, rounds: int = 400):\n    """Learn arrival delays."""\n${more}    known = data.dropna(subset=["arr_delay"])\n    model = lgb.LGBMRegressor(learning_rate=lr, max_depth=depth, n_estimators=rounds)\n    return {"arr-delay": model.fit(known.drop(columns="arr_delay"), known.arr_delay)}\n`;

const function_ = (version: number, source: string, at: string): Entity =>
  entity([`function/train@${version}`, `f${version}`, 'python', at], {
    metadata: {
      description: 'Learns arrival delays from flights and weather.',
      aliases: version === 3 ? ['stable'] : []
    },
    spec: {
      requirements: ['lightgbm==4.6.0', 'pandas==3.0.1'],
      source: { source },
      parameters: {
        properties: {
          data: { annotation: 'pd.DataFrame' },
          lr: { annotation: 'float', default: 0.1 },
          depth: { annotation: 'int', default: 8 },
          rounds: { annotation: 'int', default: 400 }
        },
        required: ['data']
      }
    }
  });

export const functions = [
  function_(3, code('0.1', '    data = data[data.air_time > 0]\n'), '10:02'),
  function_(2, code('0.05'), '09:12'),
  entity(['function/features@5', 'f5', 'python', '09:01'], { spec: { source: { source: '' } } })
];

const fields: TableRows['columns'] = [
  { name: 'carrier', type: 'string' },
  { name: 'origin', type: 'string' },
  { name: 'distance', type: 'integer' },
  { name: 'arr_delay', type: 'number' }
];
const CARRIERS = ['UA', 'AA', 'B6', 'DL', 'EV'];
const ORIGINS = ['EWR', 'LGA', 'JFK', 'LGA', 'EWR'];
const DISTANCES = [1400, 1416, 1089, 762, 719];
const DELAYS = [11, 20, 33, -25, null];
const ROWS = 336_776;

const dataset = (version: number, at: string, rows: number): Entity =>
  entity([`dataset/flights-features@${version}`, `d${version}`, 'table', at], {
    metadata: { description: 'Departures of 2013, with the weather of their hour.' },
    spec: { path: 's3://lake/flights', schema: { fields } },
    status: {
      state: 'READY',
      rows,
      preview: {
        rows,
        cols: [
          { name: 'carrier', value: CARRIERS },
          { name: 'origin', value: ORIGINS },
          { name: 'distance', value: DISTANCES },
          { name: 'arr_delay', value: DELAYS }
        ]
      },
      profile: {
        carrier: { nulls: 0, distinct: 16 },
        origin: { nulls: 0, distinct: 3 },
        distance: { nulls: 0, distinct: 214, min: 17, max: 4983 },
        arr_delay: { nulls: 9430, distinct: 577, min: -86, max: 1272 }
      }
    }
  });
export const datasets = [dataset(4, '09:30', ROWS), dataset(3, '08:30', 331020)];

/** The same five flights over and over. */
export function rowsOf(start: number, size: number): TableRows {
  const length = Math.max(0, Math.min(size, ROWS - start));
  const row = (number: number): unknown[] =>
    [CARRIERS, ORIGINS, DISTANCES, DELAYS].map(column => column[number % 5]);
  const rows = Array.from({ length }, (_, index) => row(start + index));
  return { total: ROWS, start, width: 4, columns: fields, rows };
}

const model = (version: number, at: string, mae: number, aliases: string[]): Entity =>
  entity([`model/arr-delay@${version}`, `m${version}`, 'mlflow', at], {
    metadata: {
      aliases,
      relationships: [{ type: 'produced_by', dest: 'store://flights/run/python+job:run/run41' }]
    },
    spec: {
      path: 's3://lake/models/arr-delay',
      framework: 'lightgbm',
      flavor: 'lightgbm',
      algorithm: 'LGBMRegressor',
      parameters: { learning_rate: 0.1, max_depth: 8, n_estimators: 400 }
    },
    status: { state: 'READY', metrics: { mae, r2: 0.6 + version / 100 } }
  });
export const models = [
  model(6, '10:16', 10.77, []),
  model(5, '09:16', 11.4, ['champion']),
  model(4, '08:16', 12.2, [])
];

export const artifacts = [
  entity(['artifact/residuals.png@3', 'a3', 'artifact', '10:16'], {
    spec: { path: 's3://lake/residuals.png' }
  })
];
