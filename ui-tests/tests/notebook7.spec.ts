import { expect, type Page, test } from '@playwright/test';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabServer, TOKEN } from '../server';
import { faults, kernelAfter, runCell, seeColours } from './lab';

test.describe.configure({ mode: 'serial' });

/** Two above the server of the other tests. */
const PORT = Number(process.env.DH_UI_PORT ?? 18989) + 2;

/** One document in a page, and no side panels of ours: cards and forms are there all the same. */
test.describe('Notebook 7', () => {
  let server: LabServer;
  let page: Page;

  test.beforeAll(async ({ browser }) => {
    const root = mkdtempSync(join(tmpdir(), 'dh-ui-seven-'));
    cpSync('./fixtures/runs.ipynb', join(root, 'runs.ipynb'));
    server = new LabServer(PORT, root, '/user/ada%40example.org');
    await server.start();
    page = await (await browser.newContext()).newPage();
  });

  test.afterAll(async () => {
    await page.context().close();
    await server.stop();
  });

  test('a run has its card under its cell, and is stopped there', async () => {
    await kernelAfter(page, async () => {
      await page.goto(`${server.url}/notebooks/runs.ipynb?token=${TOKEN}`);
    });
    await runCell(page, 0);
    await runCell(page, 1);
    await page.locator('.jp-Notebook .jp-Cell').nth(2).locator('.jp-InputArea-prompt').click();
    await page.keyboard.press('Shift+Enter');
    const card = page.locator('.jp-Cell').nth(2).locator('.jp-Dh-card');
    await expect(card).toHaveAccessibleName('Run count-1, running');
    await seeColours(page);
    expect(await faults(page, '.jp-Dh-runOutput')).toEqual([]);
    await card.getByRole('button', { name: 'Stop' }).click();
    await expect(card).toHaveAccessibleName('Run count-1, stopped');
  });

  test('the page of a run opens in JupyterLab beside it', async () => {
    const card = page.locator('.jp-Cell').nth(2).locator('.jp-Dh-card');
    const opened = page.waitForEvent('popup');
    await card.getByRole('button', { name: 'Open', exact: true }).click();
    const lab = await opened;
    await expect(lab.getByRole('heading', { name: 'count-1', exact: true })).toBeVisible();
    await lab.getByRole('button', { name: 'MLflow' }).click();
    // Its pages come from below the server's prefix, too, and so do their requests.
    const pages = lab.frameLocator('iframe[title="MLflow"]');
    await expect(pages.getByText('count-1').first()).toBeVisible({ timeout: 120_000 });
    await lab.getByRole('tab', { name: 'count-1', exact: true }).click();
    await lab.locator('.jp-Dh-page:visible .jp-Dh-ref').first().click();
    await expect(lab.getByRole('heading', { name: /^count/, level: 1 }).last()).toBeVisible();
    await lab.close();
  });

  test('the form that launches asks there, too, and the panel stands at the side', async () => {
    await page.locator('.jp-Cell').nth(2).getByRole('button', { name: 'Run again with…' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('count');
    expect(await faults(page, '.jp-Dialog')).toEqual([]);
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await page.keyboard.press('Control+Shift+Y');
    const panel = page.getByRole('region', { name: 'DigitalHub', exact: true });
    await expect(panel.getByRole('treeitem').filter({ hasText: 'count-1' })).toBeVisible();
    await page.screenshot({ path: 'test-results/notebook7-panel.png' });
  });
});
