import { expect, test } from '@playwright/test';
import { join } from 'node:path';
import { openLab, openNotebook, runCell, setTheme } from '../tests/lab';

const FOLDER = process.env.DH_PICTURES!;

/** The main journey, one picture after each thing that one sees: NUMBER-MILLISECONDS.png. */
test('from a cell to a published model', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ viewport: { width: 1180, height: 720 } });
  const page = await context.newPage();
  let number = 0;
  const picture = async (milliseconds: number): Promise<void> => {
    const name = `${String(number++).padStart(3, '0')}-${milliseconds}.png`;
    await page.screenshot({ path: join(FOLDER, name) });
  };
  await openLab(page, baseURL!);
  await openNotebook(page, 'journey.ipynb');
  await runCell(page, 0);
  await page.keyboard.press('Control+Shift+Y');
  const panel = page.getByRole('region', { name: 'DigitalHub', exact: true });
  await expect(panel.getByRole('searchbox')).toBeFocused();
  await page.locator('.jp-Notebook .jp-Cell').nth(1).locator('.jp-InputArea-prompt').click();
  await picture(1600);
  await page.keyboard.press('Shift+Enter');
  await expect(panel.getByRole('treeitem').filter({ hasText: 'train' })).toHaveCount(1);
  await picture(1400);
  await page.keyboard.press('Shift+Enter');
  const card = page.locator('.jp-Cell').nth(2).locator('.jp-Dh-card');
  await expect(card).toHaveAccessibleName(/^Run train-1/);
  await card.scrollIntoViewIfNeeded();
  let shown = '';
  for (;;) {
    const name = (await card.getAttribute('aria-label')) ?? '';
    const now = await card.innerText();
    if (now !== shown) {
      shown = now;
      await picture(300);
    }
    if (name.endsWith('succeeded')) {
      break;
    }
    await page.waitForFunction(
      ([before]) => document.querySelector<HTMLElement>('.jp-Dh-card')?.innerText !== before,
      [now]
    );
  }
  await expect(panel.getByRole('tree', { name: 'Models' }).getByRole('treeitem')).toHaveCount(1);
  await picture(2200);
  await panel.getByRole('tree', { name: 'Models' }).getByRole('treeitem').dblclick();
  const model = page.locator('.jp-Dh-page:visible');
  await expect(model.getByRole('tabpanel')).toContainText('sklearn');
  await picture(1800);
  await model.getByRole('button', { name: 'Publish…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Alias' }).fill('champion');
  await dialog.getByRole('textbox', { name: 'Note' }).fill('better than last week');
  await picture(1600);
  await dialog.getByRole('button', { name: 'Publish' }).click();
  await expect(model.locator('.jp-Dh-page-head')).toContainText('champion');
  await picture(2600);
  await setTheme(page, 'Dark');
  await page.getByRole('tab', { name: 'journey.ipynb' }).click();
  await card.scrollIntoViewIfNeeded();
  await page.screenshot({ path: join(FOLDER, 'dark.png') });
  await context.close();
});
