import { defineConfig } from '@playwright/test';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PYTHON, serverArguments, serverVariables } from './server';

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
    command: ['exec', PYTHON, ...serverArguments(port, root)].join(' '),
    url: `http://127.0.0.1:${port}/login`,
    timeout: 180_000,
    env: serverVariables(root),
    gracefulShutdown: { signal: 'SIGTERM', timeout: 15_000 }
  }
});
