import { expect, type Locator, type Page, test } from '@playwright/test';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultsInThemes, openLab, openNotebook, runCell } from './lab';

test.describe.configure({ mode: 'serial' });

/** The run waits in its eighth round until this file is there. */
const GATE = join(process.env.DH_UI_ROOT!, 'gate');

/** A real server, kernel and worker; nothing is recorded. */
test.describe('runs from a notebook', () => {
  let page: Page;

  test.beforeAll(async ({ browser, baseURL }) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
    page = await context.newPage();
    await openLab(page, baseURL!);
    await openNotebook(page, 'runs.ipynb');
  });

  test('a run shows under its cell, lives and succeeds', async () => {
    await runCell(page, 0);
    await runCell(page, 1);
    const status = page.locator('.jp-Dh-status');
    await expect(status).toBeHidden();
    await page.locator('.jp-Notebook .jp-Cell').nth(2).locator('.jp-InputArea-prompt').click();
    await page.keyboard.press('Shift+Enter');
    const card = page.locator('.jp-Cell').nth(2).locator('.jp-Dh-card');
    await expect(card).toHaveAccessibleName('Run count-1, running');
    await expect(status).toHaveText('dh · 1 running');
    await expect(card.getByRole('progressbar')).toHaveAttribute('aria-valuetext', 'round 8 of 20');
    await expect(card).toContainText('loss');
    await page.screenshot({ path: 'test-results/run-running.png' });
    writeFileSync(GATE, '');
    await expect(card).toHaveAccessibleName('Run count-1, succeeded');
    await expect(card).toContainText('rounds20');
    await expect(status).toBeHidden();
  });

  test('the status bar opens the panel on what runs; a run is stopped by its button', async () => {
    rmSync(GATE);
    await page.locator('.jp-Notebook .jp-Cell').nth(2).locator('.jp-InputArea-prompt').click();
    await page.keyboard.press('Shift+Enter');
    const card = page.locator('.jp-Cell').nth(2).locator('.jp-Dh-card');
    await expect(card).toHaveAccessibleName('Run count-2, running');
    await page.locator('.jp-Dh-status').getByRole('button').click();
    const active = page.getByRole('button', { name: /^Active/ });
    await expect(active).toHaveAttribute('aria-pressed', 'true');
    await active.click();
    await page.getByRole('tab', { name: /File Browser/ }).click();
    await card.getByRole('button', { name: 'Stop' }).click();
    await expect(card).toHaveAccessibleName('Run count-2, stopped');
  });

  test("Lab's own panel of what runs has it, and stops it after a question", async () => {
    await page.locator('.jp-Notebook .jp-Cell').nth(2).locator('.jp-InputArea-prompt').click();
    await page.keyboard.press('Shift+Enter');
    const card = page.locator('.jp-Cell').nth(2).locator('.jp-Dh-card');
    await expect(card).toHaveAccessibleName('Run count-3, running');
    await page.getByRole('tab', { name: /Running Terminals and Kernels/ }).click();
    const item = page.locator('.jp-RunningSessions-item').filter({ hasText: 'count-3' });
    await expect(item).toContainText('count-3');
    await page.screenshot({ path: 'test-results/running-panel.png' });
    await item.hover();
    await item.locator('.jp-RunningSessions-itemShutdown').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
    await expect(card).toHaveAccessibleName('Run count-3, stopped');
    await expect(item).toHaveCount(0);
    await page.getByRole('tab', { name: /File Browser/ }).click();
  });

  test('the launcher has a card that opens the panel', async () => {
    await page.getByRole('tab', { name: 'Launcher' }).click();
    await page.locator('.jp-LauncherCard', { hasText: 'Runs' }).click();
    await expect(page.getByRole('region', { name: 'DigitalHub', exact: true })).toBeVisible();
    await page.getByRole('tab', { name: /File Browser/ }).click();
    await page.getByRole('tab', { name: 'runs.ipynb' }).click();
  });

  test('a failure says what happened and where', async () => {
    await runCell(page, 3);
    await page.locator('.jp-Notebook .jp-Cell').nth(4).locator('.jp-InputArea-prompt').click();
    await page.keyboard.press('Shift+Enter');
    const card = page.locator('.jp-Cell').nth(4).locator('.jp-Dh-card');
    await expect(card).toHaveAccessibleName('Run divide-1, failed');
    await expect(card.locator('.jp-Dh-diag')).toContainText('division by zero');
    await expect(card).toContainText(/cell \[\d+\] line 3/);
    await expect(card).toContainText('return {"share": 1 / by}');
    // It is behind the bell; the card has told it already.
    await expect(page.locator('.jp-Notification-Status')).toHaveText('1');
    await expect(page.locator('.Toastify__toast', { hasText: 'divide-1' })).toHaveCount(0);
    await card.getByRole('button', { name: 'Open' }).click();
    const shown = page.locator('.jp-Dh-page:visible');
    await expect(shown.getByRole('heading', { name: 'divide-1' })).toBeVisible();
    await shown.getByRole('button', { name: 'Go to cell', exact: true }).click();
    const cells = page.locator('.jp-Notebook .jp-Cell');
    await expect(cells.nth(4)).toHaveClass(/jp-mod-active/);
    await expect(card).toBeInViewport();
    await card.getByRole('button', { name: /^cell \[\d+\] line 3$/ }).click();
    await expect(cells.nth(3)).toHaveClass(/jp-mod-active/);
    await expect(cells.nth(3).locator('.cm-content')).toBeFocused();
    const line = (): string =>
      getSelection()?.anchorNode?.parentElement?.closest('.cm-line')?.textContent ?? '';
    await expect.poll(() => page.evaluate(line)).toBe('    return {"share": 1 / by}');
    await page.keyboard.press('Escape');
    await page.getByRole('tab', { name: 'divide-1' }).locator('.lm-TabBar-tabCloseIcon').click();
    await expect(card).toBeVisible();
  });

  test('what fails while nobody looks is told once, and counted until they do', async ({
    baseURL
  }) => {
    const status = page.locator('.jp-Dh-status');
    await expect(status).toBeHidden();
    await page.getByRole('tab', { name: 'Launcher' }).click();
    const headers = { Authorization: 'token ui-test-token' };
    const runs = `${baseURL}/dh/api/v1/-/default/runs`;
    const found = await page.request.get(`${runs}?state=ERROR&size=1`, { headers });
    const [{ id }] = (await found.json()).content;
    const again = await page.request.post(`${runs}/${id}/retry`, { headers, data: {} });
    expect(again.ok(), await again.text()).toBe(true);
    await expect(status).toHaveText('dh · 1 failed');
    const toast = page.locator('.Toastify__toast', { hasText: 'divide-2 failed' });
    await expect(toast).toContainText('division by zero');
    await expect(toast.getByRole('button', { name: 'Run again with…' })).toBeVisible();
    await expect(toast.getByRole('button', { name: 'Open run' })).toBeVisible();
    await toast.getByRole('button', { name: 'Do not show again for divide' }).click();
    expect(await faultsInThemes(page, 'status-failed', '.jp-Dh-status')).toEqual([]);
    await status.getByRole('button').click();
    const failed = page.getByRole('button', { name: /^Failed/ });
    await expect(failed).toHaveAttribute('aria-pressed', 'true');
    await expect(status).toBeHidden();
    await failed.click();
    await page.getByRole('tab', { name: /File Browser/ }).click();
    const quiet = await page.request.post(`${runs}/${id}/retry`, { headers, data: {} });
    expect(quiet.ok(), await quiet.text()).toBe(true);
    await expect(status).toHaveText('dh · 1 failed');
    await expect(page.locator('.Toastify__toast', { hasText: 'divide-3' })).toHaveCount(0);
    await page.getByRole('tab', { name: 'runs.ipynb' }).click();
    await page.keyboard.press('Control+Shift+Y');
    await expect(status).toBeHidden();
    await page.getByRole('tab', { name: /File Browser/ }).click();
  });

  test('a log says what was printed while nobody looked, and gives it', async () => {
    rmSync(GATE, { force: true });
    await runCell(page, 5);
    await runCell(page, 6);
    const card = page.locator('.jp-Cell').nth(6).locator('.jp-Dh-card');
    await expect(card).toHaveAccessibleName('Run flood-1, running');
    await page.keyboard.press('Control+Shift+Y');
    const row = page.getByRole('treeitem').filter({ hasText: 'flood-1' });
    await row.dblclick();
    const shown = page.locator('.jp-Dh-page:visible');
    await shown.getByRole('tab', { name: 'Logs' }).click();
    const log = shown.getByRole('log');
    await expect(log).toContainText('1first');
    await page.getByRole('tab', { name: 'runs.ipynb' }).click();
    writeFileSync(GATE, '');
    await expect(card).toHaveAccessibleName('Run flood-1, succeeded');
    await page.getByRole('tab', { name: 'flood-1' }).click();
    await expect(log).toContainText('60002last');
    await log.focus();
    await page.keyboard.press('Control+Home');
    await expect(log).toContainText(/… [\d,]+ lines while you were away/);
    await page.screenshot({ path: 'test-results/log-gap.png' });
    await log.getByRole('button', { name: 'Load them' }).click();
    await expect(log).toContainText('2line 0');
    await page.getByRole('tab', { name: 'flood-1' }).locator('.lm-TabBar-tabCloseIcon').click();
    await page.getByRole('tab', { name: /File Browser/ }).click();
  });

  test('a card comes back after a reload of the page', async ({ baseURL }) => {
    await page.keyboard.press('Control+s');
    await expect(page.locator('.jp-DirListing-item', { hasText: 'runs.ipynb' })).toBeVisible();
    await openLab(page, baseURL!);
    await openNotebook(page, 'runs.ipynb');
    const card = page.locator('.jp-Cell').nth(4).locator('.jp-Dh-card');
    await expect(card).toHaveAccessibleName('Run divide-1, failed');
  });

  test('another browser has the same card, and what one does the other shows', async ({
    browser,
    baseURL
  }) => {
    rmSync(GATE, { force: true });
    await runCell(page, 0);
    await runCell(page, 1);
    await page.locator('.jp-Notebook .jp-Cell').nth(2).locator('.jp-InputArea-prompt').click();
    await page.keyboard.press('Shift+Enter');
    const card = (of: Page): Locator => of.locator('.jp-Cell').nth(2).locator('.jp-Dh-card');
    await expect(card(page)).toHaveAccessibleName(/^Run count-\d+, running$/);
    const saved = page.waitForResponse(
      response => response.request().method() === 'PUT' && response.url().includes('runs.ipynb')
    );
    await page.keyboard.press('Control+s');
    await saved;
    const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
    const other = await context.newPage();
    await openLab(other, baseURL!, '/lab/workspaces/other');
    await openNotebook(other, 'runs.ipynb');
    await expect(card(other)).toHaveAccessibleName(/, running$/);
    await expect(card(other).getByRole('progressbar')).toHaveAttribute(
      'aria-valuetext',
      'round 8 of 20'
    );
    await other.keyboard.press('Control+Shift+Y');
    const row = other
      .getByRole('treeitem')
      .filter({ hasText: /count-\d+/ })
      .first();
    await expect(row.getByRole('img', { name: 'Running' })).toBeVisible();
    await card(page).getByRole('button', { name: 'Stop' }).click();
    await expect(card(page)).toHaveAccessibleName(/, stopped$/);
    await expect(card(other)).toHaveAccessibleName(/, stopped$/);
    await expect(row.getByRole('img', { name: 'Stopped' })).toBeVisible();
    await context.close();
  });

  test('a run is stopped by its button while the kernel is busy waiting for it', async () => {
    rmSync(GATE, { force: true });
    const cell = page.locator('.jp-Notebook .jp-Cell').nth(7);
    await cell.locator('.jp-InputArea-prompt').click();
    await page.keyboard.press('Shift+Enter');
    const card = cell.locator('.jp-Dh-card');
    await expect(card).toHaveAccessibleName(/^Run count-\d+, running$/);
    await expect(cell.locator('.jp-InputArea-prompt')).toHaveText('[*]:');
    await card.getByRole('button', { name: 'Stop' }).click();
    await expect(card).toHaveAccessibleName(/, stopped$/);
    await expect(cell.locator('.jp-InputArea-prompt')).toHaveText(/\[\d+\]:/);
  });

  test('a card goes on after its kernel was started again, and so does its run', async () => {
    rmSync(GATE, { force: true });
    const cell = page.locator('.jp-Notebook .jp-Cell').nth(2);
    await runCell(page, 2);
    const card = cell.locator('.jp-Dh-card');
    await expect(card).toHaveAccessibleName(/^Run count-\d+, running$/);
    const name = ((await card.getAttribute('aria-label')) ?? '').replace(', running', '');
    await page.getByRole('button', { name: 'Restart the kernel' }).first().click();
    const started = page.waitForResponse(response => /\/restart(\?|$)/.test(response.url()));
    await page.getByRole('dialog').locator('.jp-Dialog-footer button').last().click();
    expect((await started).ok()).toBe(true);
    await expect(card).toHaveAccessibleName(`${name}, running`);
    writeFileSync(GATE, '');
    await expect(card).toHaveAccessibleName(`${name}, succeeded`);
    await expect(card).toContainText('rounds20');
  });

  test('axe finds nothing in any theme', async () => {
    expect(await faultsInThemes(page, 'runs', '.jp-Dh-runOutput')).toEqual([]);
  });
});
