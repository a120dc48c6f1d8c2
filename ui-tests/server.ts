import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const TOKEN = 'ui-test-token';

/** The Python that has JupyterLab. */
export const PYTHON = process.env.PYTHON ?? 'python';

/** Of a real server. Token and XSRF stay on: a test that passes without them proves nothing. */
export function serverArguments(port: number | string, root: string): string[] {
  return [
    ...['-m', 'jupyterlab', '--no-browser', '--allow-root', `--port=${port}`],
    ...['--ServerApp.port_retries=0', '--ServerApp.ip=127.0.0.1'],
    ...[`--IdentityProvider.token=${TOKEN}`, `--ServerApp.root_dir=${root}`],
    '--ServerApp.allow_unauthenticated_access=False',
    ...['--LabApp.extension_manager=readonly', '--LabApp.expose_app_in_browser=True'],
    `--LabApp.user_settings_dir=${root}/.settings`,
    `--LabApp.workspaces_dir=${root}/.workspaces`
  ];
}

/** Nothing of the person who runs the tests is read or written. */
export function serverVariables(root: string): Record<string, string> {
  return {
    DH_HOME: join(root, '.dh'),
    IPYTHONDIR: join(root, '.ipython'),
    JUPYTER_CONFIG_DIR: join(root, '.config'),
    JUPYTER_DATA_DIR: join(root, '.data')
  };
}

/** A server of a test's own, which it may end and start again. */
export class LabServer {
  /** `base`: its prefix, as a hub gives one. */
  constructor(
    private readonly _port: number,
    readonly root: string,
    private readonly _base = ''
  ) {}

  /** Without a slash at its end. */
  get url(): string {
    return `http://127.0.0.1:${this._port}${this._base}`;
  }

  /** Until it says that it listens. */
  async start(): Promise<void> {
    const base = `--ServerApp.base_url=${this._base}/`;
    const process_ = spawn(PYTHON, [...serverArguments(this._port, this.root), base], {
      env: { ...process.env, ...serverVariables(this.root) },
      stdio: ['ignore', 'ignore', 'pipe']
    });
    this._process = process_;
    const said: string[] = [];
    await new Promise<void>((resolve, reject) => {
      // Read to its end: a full pipe would stop the server.
      createInterface({ input: process_.stderr }).on('line', line => {
        said.push(line);
        if (line.includes('is running at')) {
          resolve();
        }
      });
      process_.once('exit', code =>
        reject(new Error(`the server ended with ${code}:\n${said.slice(-20).join('\n')}`))
      );
    });
  }

  /** As Ctrl+C twice does. */
  async stop(): Promise<void> {
    if (this._process && this._process.exitCode === null) {
      const ended = once(this._process, 'exit');
      this._process.kill('SIGTERM');
      await ended;
    }
  }

  private _process: ChildProcess | undefined;
}
