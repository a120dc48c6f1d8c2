import { expect, type Page, test } from '@playwright/test';
import { faults, openLab, openNotebook, runCell, setTheme } from './lab';

/** Other tests on the same server have runs of `train`, too: the card says which one this is. */
let NAME = 'train-\\d+';

test.describe.configure({ mode: 'serial' });

test.describe('a sweep', () => {
  let page: Page;
  const card = () => page.getByRole('region', { name: new RegExp(`^Sweep ${NAME}, `) });

  test.beforeAll(async ({ browser, baseURL }) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
    await openLab(page, baseURL!);
    await openNotebook(page, 'sweep.ipynb');
  });

  test('begins with one line, and its card follows it to the end', async () => {
    await runCell(page, 0);
    await runCell(page, 1);
    await runCell(page, 2);
    await expect(card()).toHaveAttribute('aria-label', /^Sweep train-\d+, succeeded/, {
      timeout: 200_000
    });
    NAME = /train-\d+/.exec((await card().getAttribute('aria-label'))!)![0];
    await expect(card()).toContainText('16 of 16 trials');
    await expect(card()).toContainText('3 parameters · TPE, prunes below the median');
    await expect(card().getByRole('img', { name: /^Best auc so far by trial/ })).toBeVisible();
    await expect(card().getByRole('row')).toHaveCount(17);
    await expect(card()).not.toContainText('16 trials.');
    await expect(
      card()
        .getByRole('img', { name: /^\d values, from 0.\d+ to/ })
        .first()
    ).toBeVisible();
  });

  for (const theme of ['Light', 'Dark'] as const) {
    test(`axe finds nothing in the ${theme.toLowerCase()} theme`, async () => {
      await setTheme(page, theme);
      await card().scrollIntoViewIfNeeded();
      await page.screenshot({ path: `test-results/sweep-card-${theme.toLowerCase()}.png` });
      expect(await faults(page, '.jp-Dh-runOutput')).toEqual([]);
    });
  }

  test('its table sorts, and goes by keys', async () => {
    const table = card().getByRole('table', { name: 'Trials' });
    await table.getByRole('button', { name: 'Trial', exact: true }).click();
    await expect(table.getByRole('columnheader', { name: 'Trial' })).toHaveAttribute(
      'aria-sort',
      'ascending'
    );
    await table.locator('tr[data-trial="0"]').focus();
    await page.keyboard.press('ArrowDown');
    await expect(table.locator('tr[data-trial="1"]')).toBeFocused();
    await page.keyboard.press('End');
    await expect(table.locator('tr[data-trial="15"]')).toBeFocused();
    await expect(table.locator('tr[data-trial="15"]')).toHaveAttribute('aria-selected', 'true');
  });

  test('a filter on an axis keeps some trials, also by keys', async () => {
    const rows = card().locator('tr[data-trial]');
    const before = await rows.count();
    const slider = card().getByRole('slider', { name: 'auc: keep trials from' });
    await slider.focus();
    for (let step = 0; step < 60; step++) {
      await page.keyboard.press('ArrowRight');
    }
    await expect.poll(() => rows.count()).toBeLessThan(before);
    await card().getByRole('button', { name: 'Show all' }).click();
    await expect(rows).toHaveCount(before);
  });

  test('opens in a tab, with what its parameters do', async () => {
    await card().getByRole('button', { name: 'Open', exact: true }).click();
    const tab = page.locator('.jp-Dh-page:visible');
    await expect(tab.getByRole('heading', { name: NAME })).toBeVisible();
    await page.screenshot({ path: 'test-results/sweep-page-dark.png' });
    await tab.getByRole('tab', { name: /^Parameters/ }).click();
    await expect(tab.getByRole('img', { name: /^auc by lr, of/ })).toBeVisible();
    await expect(tab.getByRole('rowheader', { name: 'lr' })).toBeVisible();
    await page.screenshot({ path: 'test-results/sweep-analysis-dark.png' });
    await setTheme(page, 'Light');
    await page.screenshot({ path: 'test-results/sweep-analysis-light.png' });
    expect(await faults(page, '.jp-Dh-page:not(.lm-mod-hidden)')).toEqual([]);
    await tab.getByRole('tab', { name: 'Overview' }).click();
    await page.screenshot({ path: 'test-results/sweep-page-light.png' });
    expect(await faults(page, '.jp-Dh-page:not(.lm-mod-hidden)')).toEqual([]);
  });

  test("Optuna's dashboard opens on it, and MLflow on its run", async () => {
    const tab = page.locator('.jp-Dh-page:visible');
    await tab.getByRole('button', { name: 'Optuna dashboard' }).click();
    const dashboard = page.frameLocator('iframe[title="Optuna dashboard"]');
    await expect(dashboard.getByText(`default: ${NAME}`).first()).toBeVisible({ timeout: 120_000 });
    await expect(dashboard.getByText(/16/).first()).toBeVisible();
    await page.screenshot({ path: 'test-results/optuna-dashboard.png' });
    await page.getByRole('tab', { name: NAME, exact: true }).click();
    await tab.getByRole('button', { name: 'MLflow' }).click();
    const pages = page.frameLocator('iframe[title="MLflow"]');
    await expect(pages.getByText(NAME).first()).toBeVisible({ timeout: 120_000 });
    await page.screenshot({ path: 'test-results/mlflow.png' });
    await page.getByRole('tab', { name: NAME, exact: true }).click();
  });

  test('a row opens the run of its trial', async () => {
    const tab = page.locator('.jp-Dh-page:visible');
    await tab.locator('tr[data-trial]').first().focus();
    await page.keyboard.press('Enter');
    const heading = page.locator('.jp-Dh-page:visible').getByRole('heading', { level: 1 });
    await expect(heading).toHaveText(/^train-\d+$/);
    await expect(heading).not.toHaveText(NAME);
    await page.getByRole('tab', { name: NAME, exact: true }).click();
  });

  test('begins from the page of its function, as the form says', async () => {
    const dialog = page.locator('.jp-Dialog');
    const sweep = page.locator('.jp-Dh-page:visible');
    await sweep.locator('.jp-Dh-page-head .jp-Dh-ref').first().click();
    const own = page.locator('.jp-Dh-page:visible');
    await setTheme(page, 'Dark');
    await own.getByRole('button', { name: 'Sweep…' }).click();
    await dialog.getByRole('group', { name: 'lr' }).getByRole('button', { name: 'Search' }).click();
    await dialog.getByRole('group', { name: 'depth' }).getByRole('button', { name: 'Search' }).click(); // prettier-ignore
    await dialog.getByLabel('lr from').fill('1');
    await dialog.getByLabel('lr to').fill('0.01');
    await expect(dialog.getByText(/runs backwards/).first()).toBeVisible();
    await dialog.getByLabel('lr from').fill('0.001');
    await dialog.getByLabel('lr to').fill('0.1');
    await expect(dialog.locator('datalist option[value="auc"]').first()).toBeAttached();
    await dialog.getByLabel('Maximize').fill('auc');
    await dialog.getByLabel('Trials', { exact: true }).fill('2');
    await expect(dialog.getByLabel('The same as a line')).toContainText(
      '--maximize auc --trials 2'
    );
    await dialog.getByLabel('Cost up to').fill('5');
    await expect(dialog.getByText('A run without a profile has no price.').first()).toBeVisible();
    await dialog.getByLabel('Cost up to').fill('');
    await dialog.getByLabel('Plateau').fill('5');
    await expect(dialog.getByLabel('The same as a line')).toContainText('--plateau 5');
    await expect(dialog.getByText(/^Runs 2 trials of train/)).toBeVisible();
    await page.screenshot({ path: 'test-results/sweep-form-dark.png' });
    expect(await faults(page, '.jp-Dialog-content')).toEqual([]);
    await dialog.getByRole('button', { name: 'Run', exact: true }).click();
    await expect(dialog).toHaveCount(0);
    await expect(page.getByText(/train-\d+ was started/)).toBeVisible();
    await setTheme(page, 'Light');
    await page.getByRole('tab', { name: NAME, exact: true }).click();
  });

  test('the model of the best trial is published', async () => {
    const tab = page.locator('.jp-Dh-page:visible');
    await tab.getByRole('button', { name: 'Publish best…' }).click();
    const dialog = page.locator('.jp-Dialog');
    await dialog.getByLabel('Name').fill('churn');
    await dialog.getByRole('button', { name: 'Publish' }).click();
    await expect(page.getByText('model/churn@1 is published.')).toBeVisible();
  });
});
