import { expect, type Locator, type Page, test } from '@playwright/test';
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabServer } from '../server';
import { openLab, openNotebook, runCell } from './lab';

/** One above the server of the other tests. */
const PORT = Number(process.env.DH_UI_PORT ?? 18989) + 1;

/** Behind a prefix, as a hub gives each of its servers one. */
test.describe('a server that is started again', () => {
  let server: LabServer;

  test.beforeEach(async () => {
    const root = mkdtempSync(join(tmpdir(), 'dh-ui-again-'));
    cpSync('./fixtures/runs.ipynb', join(root, 'runs.ipynb'));
    server = new LabServer(PORT, root, '/user/ada%40example.org');
    await server.start();
  });

  test.afterEach(() => server.stop());

  test('a run goes on meanwhile, and its card, the panel and its page find it again', async ({
    page
  }) => {
    await openLab(page, server.url);
    await openNotebook(page, 'runs.ipynb');
    await runCell(page, 0);
    await runCell(page, 1);
    await page.locator('.jp-Notebook .jp-Cell').nth(2).locator('.jp-InputArea-prompt').click();
    await page.keyboard.press('Shift+Enter');
    const card = cardOf(page);
    await expect(card.getByRole('progressbar')).toHaveAttribute('aria-valuetext', 'round 8 of 20');
    await page.keyboard.press('Control+s');
    await page.keyboard.press('Control+Shift+Y');
    const panel = page.getByRole('region', { name: 'DigitalHub', exact: true });
    const row = panel.getByRole('treeitem').filter({ hasText: 'count-1' });
    await expect(row.getByRole('img', { name: 'Running' })).toBeVisible();

    await server.stop();
    await expect(card).toHaveAccessibleName('Run count-1, lost contact');
    await expect(card).toContainText('as of');
    await expect(page.locator('.jp-Dh-status')).toHaveText('dh · no answer');
    writeFileSync(join(server.root, 'gate'), '');
    await server.start();
    await expect(card).toHaveAccessibleName('Run count-1, succeeded');
    await expect(card).toContainText('rounds20');
    await expect(row.getByRole('img', { name: 'Succeeded' })).toBeVisible();
    await expect(page.locator('.jp-Dh-status')).toBeHidden();
    await row.dblclick();
    const shown = page.locator('.jp-Dh-page:visible');
    await shown.getByRole('tab', { name: 'Logs' }).click();
    await expect(shown.getByRole('log')).toContainText('round 20');
    await page.context().close();
  });
});

const cardOf = (page: Page): Locator => page.locator('.jp-Cell').nth(2).locator('.jp-Dh-card');
