import type { Page, Route } from '@playwright/test';
import type { Entity, Page as EntityPage } from '../../src/_contract';
import { LINEAGE, LISTS } from './flights';
import { PLAN, PROFILES } from './flightsPlan';
import { rowsOf } from './flightsThings';
import { ENVIRONMENT, LOG, METRICS } from './flightsRuns';
import { CHAMPION, COLUMNS } from './flightsSweep';

const API = '/dh/api/v1/';

/** Answers all that the page asks of us from what was recorded; returns the addresses for which nothing was. */
export async function answerFromRecorded(page: Page): Promise<string[]> {
  const unknown: string[] = [];
  await page.route('**/dh/**', async route => {
    const url = new URL(route.request().url());
    const found = answer(url);
    if (found === undefined) {
      unknown.push(url.pathname);
      await route.fulfill({ status: 404, json: { status: 404, message: 'Not recorded' } });
    } else {
      await fulfill(route, found);
    }
  });
  // It connects, and says nothing: what is shown came before.
  await page.routeWebSocket(/\/stream\/ws/, () => {});
  return unknown;
}

async function fulfill(route: Route, found: unknown): Promise<void> {
  if (typeof found !== 'string') {
    return route.fulfill({ json: found });
  }
  const range = `bytes 0-${found.length - 1}/${found.length}`;
  const headers = { 'Content-Range': range, 'X-Dh-Lines-Before': '0' };
  return route.fulfill({ status: 206, body: found, headers });
}

function answer({ pathname, searchParams }: URL): unknown {
  const [, path = ''] = pathname.split(API);
  const [, , list = '', id = '', ...part] = path.split('/');
  if (pathname.endsWith('/configuration')) {
    return { dh_default_project: 'flights' };
  }
  if (path === 'projects') {
    return { content: [{ name: 'flights' }], totalElements: 1 };
  }
  if (path.startsWith('profiles')) {
    return PROFILES;
  }
  if (id === 'plan') {
    return PLAN;
  }
  if (!(list in LISTS)) {
    return undefined;
  }
  if (part[0] === 'rows') {
    return rowsOf(Number(searchParams.get('start')), Number(searchParams.get('size')));
  }
  return id ? ofOne(list, id, part.join('/')) : pageOf(chosen(LISTS[list]!, searchParams));
}

function ofOne(list: string, id: string, part: string): unknown {
  const parts: Record<string, unknown> = {
    '': LISTS[list]!.find(each => each.id === id),
    environment: ENVIRONMENT,
    lineage: LINEAGE,
    log: LOG,
    metrics: list === 'runs' ? METRICS : LISTS[list]!.find(each => each.id === id)?.status.metrics,
    trials: { trials: [] },
    'trials/columns': COLUMNS,
    'trials/champion': CHAMPION,
    'trials/importance': { lr: 0.71, depth: 0.29 },
    'files/info': [{ path: 'part-0.parquet', size: 2_400_000, content_type: 'application/parquet' }]
  };
  return parts[part];
}

/** As the server chooses: the newest of each name, unless all versions of one are meant. */
function chosen(all: readonly Entity[], query: URLSearchParams): Entity[] {
  const name = query.get('name');
  const state = query.get('state')?.split(',');
  const newest = (entity: Entity): boolean =>
    query.get('versions') === 'all' || all.find(each => each.name === entity.name) === entity;
  return all.filter(
    entity =>
      (!name || entity.name === name) &&
      (!state || state.includes(String(entity.status.state))) &&
      newest(entity)
  );
}

function pageOf(content: Entity[]): EntityPage {
  const { length } = content;
  return {
    content,
    totalElements: length,
    totalPages: 1,
    number: 0,
    size: 50,
    numberOfElements: length,
    first: true,
    last: true,
    empty: length === 0
  };
}
