import { defineConfig } from '@playwright/test';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const port = process.env.DH_UI_PORT ?? '18989';
// Each worker process evaluates this file; the first one decides the folder.
process.env.DH_UI_ROOT ??= mkdtempSync(join(tmpdir(), 'dh-ui-'));
const root = process.env.DH_UI_ROOT;
cpSync('./fixtures', root, { recursive: true });
cpSync('../examples/quickstart.ipynb', join(root, 'quickstart.ipynb'));

export default defineConfig({
  testDir: './tests',
  timeout: 240_000,
  expect: {
    timeout: 60_000,
    toHaveScreenshot: { animations: 'disabled', caret: 'hide' }
  },
  workers: 1,
  snapshotPathTemplate: '{testDir}/../looks/{arg}{ext}',
  reporter: [['list']],
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    viewport: { width: 1280, height: 800 },
    // Without pictures of every moment, which take a core and a third of the time.
    trace: { mode: 'retain-on-failure', screenshots: false },
    screenshot: 'only-on-failure',
    actionTimeout: 60_000,
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--disable-dev-shm-usage',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        '--font-render-hinting=none',
        '--disable-lcd-text'
      ]
    }
  },
  webServer: {
    // Token and XSRF stay on: a test that passes without them proves nothing.
    command: [
      'exec',
      process.env.PYTHON ?? 'python',
      '-m jupyterlab --no-browser --allow-root',
      `--port=${port}`,
      '--ServerApp.port_retries=0 --ServerApp.ip=127.0.0.1',
      '--IdentityProvider.token=ui-test-token',
      `--ServerApp.root_dir=${root}`,
      '--ServerApp.allow_unauthenticated_access=False',
      '--LabApp.extension_manager=readonly --LabApp.expose_app_in_browser=True',
      `--LabApp.user_settings_dir=${root}/.settings --LabApp.workspaces_dir=${root}/.workspaces`
    ].join(' '),
    url: `http://127.0.0.1:${port}/login`,
    timeout: 180_000,
    // Nothing of the person who runs the tests is read or written.
    env: {
      DH_HOME: join(root, '.dh'),
      IPYTHONDIR: join(root, '.ipython'),
      JUPYTER_CONFIG_DIR: join(root, '.config'),
      JUPYTER_DATA_DIR: join(root, '.data')
    },
    gracefulShutdown: { signal: 'SIGTERM', timeout: 15_000 }
  }
});
