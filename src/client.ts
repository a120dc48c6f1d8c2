import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { type ISignal, Signal } from '@lumino/signaling';
import {
  type Champion,
  type Entity,
  type Environment,
  type Lineage,
  type Page,
  type Plan,
  type PlanRequest,
  type Problem,
  type Profile,
  type TableRows,
  type ToolPage,
  type TrialColumns,
  type TrialPage,
  type TrialRow,
  VERSION
} from './_contract';
import type { LogPart } from './models/logRing';
import type {
  Download,
  FileInfo,
  IClient,
  ListQuery,
  PublishAs,
  RunChanges,
  VersionMismatch
} from './tokens';

/** An answer of 400 or above: what happened, and what to do. */
export class ServerProblem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly hint = ''
  ) {
    super(message);
  }
}

/** The server is away, or the way to it is. */
export class NoAnswer extends Error {
  constructor() {
    super('The server does not answer.');
  }
}

/** Requests to the DigitalHub part of this Jupyter server, and to no other address. */
export class Client implements IClient {
  constructor(settings: ServerConnection.ISettings) {
    this._settings = settings;
  }

  get mismatched(): ISignal<this, VersionMismatch> {
    return this._mismatched;
  }

  /** It is the server's, and asked once: who opens the panel waits for nothing that the status bar has asked before. */
  defaultProject(): Promise<string> {
    return this._once('project', async () => {
      const path = ['.well-known', 'configuration'];
      const configuration = await this._json<{ dh_default_project?: string }>('GET', path);
      return configuration.dh_default_project ?? 'default';
    });
  }

  chooseProject(name: string): void {
    this._kept.set('project', Promise.resolve(name));
  }

  async projects(): Promise<string[]> {
    const { content } = await this._json<Page>('GET', ['api', 'v1', 'projects'], '?size=500');
    return content.map(({ name }) => name);
  }

  userName(): Promise<string> {
    return this._once('user', async () => {
      const { username } = await this._json<{ username: string }>('GET', ['api', 'auth']);
      return username;
    });
  }

  async countRunning(project: string): Promise<number> {
    const page = await this.list(project, 'run', { state: 'RUNNING', size: 1 });
    return page.totalElements;
  }

  async list(project: string, entity: string, query: ListQuery): Promise<Page> {
    const { mine, ...rest } = query;
    const asked = { ...rest, user: mine ? await this.userName() : '' };
    const given = Object.entries(asked).filter(([, value]) => value !== undefined && value !== '');
    const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
    const page = await this._json<Page>('GET', entities(project, entity), `?${search.toString()}`);
    const wanted = query.ids ? query.ids.split(',') : null;
    // A Core behind our server can not choose by them.
    return wanted
      ? { ...page, content: page.content.filter(({ id }) => wanted.includes(id)) }
      : page;
  }

  entity(project: string, entity: string, id: string): Promise<Entity> {
    return this._json<Entity>('GET', entities(project, entity, id));
  }

  run(project: string, id: string): Promise<Entity> {
    return this.entity(project, 'run', id);
  }

  retry(project: string, id: string, changes: RunChanges = {}): Promise<Entity> {
    return this._json<Entity>('POST', runs(project, id, 'retry'), '', { changes });
  }

  async stop(project: string, id: string): Promise<void> {
    await this._json<unknown>('POST', runs(project, id, 'stop'));
  }

  plan(project: string, asked: PlanRequest): Promise<Plan> {
    return this._json<Plan>('POST', runs(project, 'plan'), '', asked);
  }

  async launch(project: string, plan: Plan): Promise<Entity> {
    if (!plan.run) {
      throw new Error('This plan can not be launched.');
    }
    if (plan.register) {
      const functions = entities(project, 'function');
      await this._json<Entity>('POST', functions, '?on_duplicate=keep', plan.register);
    }
    return this._json<Entity>('POST', entities(project, 'run'), '', plan.run);
  }

  profiles(withGpus = false): Promise<Profile[]> {
    const query = withGpus ? '?gpus=true' : '';
    return this._json<Profile[]>('GET', ['api', 'v1', 'profiles'], query);
  }

  trialColumns(project: string, id: string, since: number): Promise<TrialColumns> {
    const query = since ? `?since=${since}` : '';
    return this._json<TrialColumns>('GET', runs(project, id, 'trials', 'columns'), query);
  }

  async trialsOf(project: string, id: string, numbers: readonly number[]): Promise<TrialRow[]> {
    const query = `?numbers=${numbers.join(',')}`;
    return (await this._json<TrialPage>('GET', runs(project, id, 'trials'), query)).trials;
  }

  champion(project: string, id: string): Promise<Champion> {
    return this._json<Champion>('GET', runs(project, id, 'trials', 'champion'));
  }

  importance(project: string, id: string): Promise<Record<string, number>> {
    return this._json<Record<string, number>>('GET', runs(project, id, 'trials', 'importance'));
  }

  changeSweep(
    project: string,
    id: string,
    verb: string,
    body: Record<string, unknown>
  ): Promise<Entity> {
    return this._json<Entity>('POST', runs(project, id, 'sweep', verb), '', body);
  }

  openTool(project: string, name: string, run = ''): Promise<ToolPage> {
    const path = ['api', 'v1', '-', project, 'tools', name];
    return this._json<ToolPage>('POST', path, '', run ? { run } : {});
  }

  createRun(project: string, run: Record<string, unknown>): Promise<Entity> {
    return this._json<Entity>('POST', entities(project, 'run'), '', run);
  }

  publish(project: string, model: string, as: PublishAs): Promise<Entity> {
    return this._json<Entity>('POST', entities(project, 'model', model, 'publish'), '', as);
  }

  stream(project: string, id: string, log: number): WebSocket {
    const { appendToken, token, wsUrl, WebSocket } = this._settings;
    const secret = appendToken && token ? `&token=${encodeURIComponent(token)}` : '';
    const path = address(runs(project, id, 'stream', 'ws'));
    return new WebSocket(`${URLExt.join(wsUrl, path)}?log=${log}${secret}`);
  }

  resolve(project: string, reference: string): Promise<Entity> {
    const query = `?${new URLSearchParams({ ref: reference }).toString()}`;
    return this._json<Entity>('GET', ['api', 'v1', '-', project, 'resolve'], query);
  }

  environment(project: string, id: string): Promise<Environment> {
    return this._json<Environment>('GET', runs(project, id, 'environment'));
  }

  lineage(project: string, entity: string, id: string, steps = 3): Promise<Lineage> {
    return this._json<Lineage>('GET', entities(project, entity, id, 'lineage'), `?steps=${steps}`);
  }

  files(project: string, entity: string, id: string): Promise<FileInfo[]> {
    return this._json<FileInfo[]>('GET', entities(project, entity, id, 'files', 'info'));
  }

  rows(project: string, id: string, start: number, size: number): Promise<TableRows> {
    const query = `?start=${start}&size=${size}`;
    return this._json<TableRows>('GET', entities(project, 'dataitem', id, 'rows'), query);
  }

  metrics(project: string, entity: string, id: string): Promise<Record<string, unknown>> {
    return this._json<Record<string, unknown>>('GET', entities(project, entity, id, 'metrics'));
  }

  async log(project: string, id: string, range: string): Promise<LogPart> {
    const headers = { Range: `bytes=${range}` };
    const response = await this._bytes(runs(project, id, 'log'), '?lines=true', headers);
    const [, start = '0', size = '0'] =
      /(?:(\d+)-\d+|\*)\/(\d+)/.exec(response.headers.get('Content-Range') ?? '') ?? [];
    const bytes = response.ok ? new Uint8Array(await response.arrayBuffer()) : new Uint8Array();
    const before = response.headers.get('X-Dh-Lines-Before');
    return {
      bytes,
      start: Number(start),
      size: Number(size),
      before: before === null ? null : Number(before)
    };
  }

  async download(project: string, entity: string, id: string, path: string): Promise<Download> {
    const parts =
      entity === 'run'
        ? runs(project, id, 'log')
        : entities(project, entity, id, 'files', 'download');
    const query = path ? `?${new URLSearchParams({ sub: path }).toString()}` : '';
    const response = await this._bytes(parts, query, {});
    const name = path.split('/').at(-1) ?? '';
    return { blob: await response.blob(), name: name || `${id}.log` };
  }

  /** An answer that is no JSON; a range with nothing in it is one too. */
  private async _bytes(
    parts: string[],
    query: string,
    headers: Record<string, string>
  ): Promise<Response> {
    const url = URLExt.join(this._settings.baseUrl, address(parts)) + query;
    const init = { method: 'GET', headers: { 'X-Dh-Client': VERSION, ...headers } };
    const response = await this._ask(url, init);
    if (!response.ok && response.status !== 416) {
      throw await problemOf(response);
    }
    return response;
  }

  /** Rejects with `NoAnswer` while the server is away. */
  private async _ask(url: string, init: RequestInit): Promise<Response> {
    try {
      return await ServerConnection.makeRequest(url, init, this._settings);
    } catch (error) {
      // A browser's own words for it ("Failed to fetch") are of no use to anybody.
      throw error instanceof ServerConnection.NetworkError ? new NoAnswer() : error;
    }
  }

  /** What the server says once and for all; no answer is none to keep. */
  private _once(word: string, ask: () => Promise<string>): Promise<string> {
    const kept = this._kept.get(word);
    if (kept) {
      return kept;
    }
    const asked = ask().catch((error: unknown) => {
      this._kept.delete(word);
      throw error;
    });
    this._kept.set(word, asked);
    return asked;
  }

  private async _json<T>(
    method: 'GET' | 'POST',
    parts: string[],
    query = '',
    body: unknown = {}
  ): Promise<T> {
    const url = URLExt.join(this._settings.baseUrl, address(parts)) + query;
    const headers = { 'X-Dh-Client': VERSION };
    const sent = { method, headers, body: JSON.stringify(body) };
    const init = method === 'POST' ? sent : { method, headers };
    const response = await this._ask(url, init);
    this._compare(response.headers.get('X-Dh-Version'));
    if (!response.ok) {
      throw await problemOf(response);
    }
    return (await response.json()) as T;
  }

  /** A page of one version and a server of another is told once; an answer without a version is no answer of ours. */
  private _compare(version: string | null): void {
    if (version && version !== VERSION && version !== this._told) {
      this._told = version;
      this._mismatched.emit({ page: VERSION, server: version });
    }
  }

  private readonly _settings: ServerConnection.ISettings;
  private readonly _mismatched = new Signal<this, VersionMismatch>(this);
  private _told = '';
  private readonly _kept = new Map<string, Promise<string>>();
}

const entities = (project: string, entity: string, ...more: string[]): string[] => [
  'api',
  'v1',
  '-',
  project,
  `${entity}s`,
  ...more
];

const runs = (project: string, ...more: string[]): string[] => entities(project, 'run', ...more);

const address = (parts: string[]): string => ['dh', ...parts.map(encodeURIComponent)].join('/');

async function problemOf(response: Response): Promise<ServerProblem> {
  const fallback = `${response.status} ${response.statusText}`;
  try {
    const problem = (await response.json()) as Partial<Problem>;
    return new ServerProblem(response.status, ...plainly(problem, fallback));
  } catch {
    // Not JSON: a proxy answered, not our server.
    return new ServerProblem(response.status, fallback);
  }
}

/** Message and hint without Core's words: its SDK looks for them, and a person is told what follows. */
function plainly(
  { message = '', hint = '' }: Partial<Problem>,
  fallback: string
): [string, string] {
  const rest = message.replace(/^No such EntityName\.\w+\.\s*/, '');
  return rest || !hint ? [rest || message || fallback, hint] : [hint, ''];
}
