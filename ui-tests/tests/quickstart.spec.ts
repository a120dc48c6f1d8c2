import { expect, test } from '@playwright/test';
import { openLab, openNotebook } from './lab';

const WHOLE_NOTEBOOK = 300_000; // ms; two trainings on a busy machine

/** The notebook that newcomers open, as it is, on the real flights. */
test('the quickstart runs from its first cell to its last', async ({ browser, baseURL }) => {
  test.setTimeout(WHOLE_NOTEBOOK + 180_000);
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
  const page = await context.newPage();
  await openLab(page, baseURL!);
  await openNotebook(page, 'quickstart.ipynb');

  await page.getByRole('menuitem', { name: 'Run', exact: true }).click();
  await page
    .locator('.lm-Menu-itemLabel', { hasText: /^Run All Cells$/ })
    .first()
    .click();

  const cells = page.locator('.jp-Notebook .jp-CodeCell');
  await expect(cells.last().locator('.jp-InputArea-prompt')).toHaveText(/\[\d+\]:/, {
    timeout: WHOLE_NOTEBOOK
  });

  // A card is drawn while it is on screen.
  const seen = async (source: string) => {
    const cell = cells.filter({ hasText: source }).first();
    await cell.locator('.jp-OutputArea').scrollIntoViewIfNeeded();
    return cell;
  };
  const prepared = (await seen('made = %dh run prepare')).locator('.jp-Dh-card');
  await expect(prepared).toHaveAccessibleName('Run prepare-1, succeeded');
  const trained = (await seen('r = %dh run train')).locator('.jp-Dh-card');
  await expect(trained).toHaveAccessibleName('Run train-1, succeeded');
  await expect(trained).toContainText('auc');
  await page.screenshot({ path: 'test-results/quickstart.png' });

  const mistake = (await seen('lrate=0.1')).locator('.jp-OutputArea');
  await expect(mistake).toContainText("Did you mean 'lr'?");
  await expect(mistake).not.toContainText('Traceback');
  await expect(page.locator('.jp-Dh-status')).toBeHidden();
  await context.close();
});
