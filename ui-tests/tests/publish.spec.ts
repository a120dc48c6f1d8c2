import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Locator, type Page, test } from '@playwright/test';
import { faults, faultsInThemes, openLab, setTheme } from './lab';

test.describe.configure({ mode: 'serial' });

/** Models as a client of the API makes them: one is fit, one is in error. */
test.describe('publishing', () => {
  let page: Page;
  let panel: Locator;
  let dialog: Locator;

  test.beforeAll(async ({ browser, baseURL }) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
    await openLab(page, baseURL!, '/lab/workspaces/publish');
    const folder = mkdtempSync(join(tmpdir(), 'dh-ui-model-'));
    writeFileSync(join(folder, 'weights.txt'), '0.5');
    const headers = { Authorization: 'token ui-test-token' };
    for (const [name, state] of [
      ['delays', 'READY'],
      ['broken', 'ERROR']
    ]) {
      const data = {
        kind: 'model',
        name,
        spec: { path: `${folder}/` },
        status: { state, metrics: { auc: 0.9 } }
      };
      const address = `${baseURL}/dh/api/v1/-/default/models`;
      const made = await page.request.post(address, { headers, data });
      expect(made.ok(), await made.text()).toBe(true);
    }
    panel = page.getByRole('region', { name: 'DigitalHub', exact: true });
    dialog = page.getByRole('dialog');
    await page.getByRole('tab', { name: /^DigitalHub: runs/ }).click();
  });

  const row = (name: string): Locator =>
    panel.getByRole('tree', { name: 'Models' }).getByRole('treeitem').filter({ hasText: name });

  test('a model that is not fit says why, and goes out all the same if one insists', async () => {
    await row('broken').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Publish…' }).click();
    await expect(dialog.getByRole('textbox', { name: 'Name' })).toBeFocused();
    await expect(dialog.getByRole('textbox', { name: 'Name' })).toHaveValue('broken');
    await dialog.getByRole('textbox', { name: 'Note' }).fill('for the demo');
    await dialog.getByRole('button', { name: 'Publish' }).click();
    await expect(dialog.getByRole('alert')).toContainText('is in error');
    await expect(dialog.getByRole('textbox', { name: 'Note' })).toHaveValue('for the demo');
    expect(await faultsInThemes(page, 'publish-refused', '.jp-Dh-publishing')).toEqual([]);
    await dialog.getByRole('checkbox', { name: 'Publish it all the same' }).check();
    const [answer] = await Promise.all([
      page.waitForResponse(response => /\/models\/[^/]+\/publish/.test(response.url())),
      dialog.getByRole('button', { name: 'Publish' }).click()
    ]);
    expect(answer.request().postDataJSON()).toEqual({
      name: 'broken',
      alias: '',
      note: 'for the demo',
      force: true
    });
    expect(answer.ok(), await answer.text()).toBe(true);
    await expect(dialog).toBeHidden();
  });

  test('the page of a model publishes it under a name and an alias', async () => {
    await row('delays').dblclick();
    const shown = page.locator('.jp-Dh-page:visible');
    await shown.getByRole('button', { name: 'Publish…' }).click();
    await dialog.getByRole('textbox', { name: 'Alias' }).fill('champion');
    await dialog.getByRole('textbox', { name: 'Alias' }).press('Enter');
    await expect(dialog).toBeHidden();
    await expect(row('delays')).toContainText('champion');
    await expect(shown.locator('.jp-Dh-page-head')).toContainText('champion');
    await setTheme(page, 'Dark High Contrast');
    expect(await faults(page, '.jp-Dh-page:not(.lm-mod-hidden)')).toEqual([]);
    await page.screenshot({ path: 'test-results/publish-done.png' });
  });
});
