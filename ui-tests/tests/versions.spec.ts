import { expect, type Locator, type Page, test } from '@playwright/test';
import { faults, faultsInThemes, openLab, openNotebook, runCell, setTheme } from './lab';

test.describe.configure({ mode: 'serial' });

const LAB = '/lab/workspaces/versions';

const SHOWN = '.jp-Dh-page:not(.lm-mod-hidden)';

/** Two versions of a function, three runs of it, and one that its time was too short for. */
test.describe('versions and runs beside each other', () => {
  let page: Page;
  let panel: Locator;
  let shown: Locator;

  const row = (list: string, name: string): Locator =>
    panel.getByRole('tree', { name: list }).getByRole('treeitem').filter({ hasText: name }).first();
  const tab = (name: string): Locator => shown.getByRole('tab', { name, exact: false }).first();

  test.beforeAll(async ({ browser, baseURL }) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
    page = await context.newPage();
    await openLab(page, baseURL!, LAB);
    await openNotebook(page, 'versions.ipynb');
    panel = page.getByRole('region', { name: 'DigitalHub', exact: true });
    shown = page.locator('.jp-Dh-page:visible');
    for (let cell = 0; cell < 8; cell++) {
      await runCell(page, cell);
    }
    await page.keyboard.press('Control+Shift+Y');
    await expect(row('Runs', 'slow-1').getByRole('img', { name: 'Failed' })).toBeVisible();
  });

  test('a function shows what changed since the version before', async () => {
    await row('Functions', 'grow').dblclick();
    await tab('Versions').click();
    const changed = shown.getByRole('region', { name: 'What changed' });
    await expect(changed.getByRole('status')).toContainText('lines more');
    await expect(changed.locator('ins', { hasText: 'twice: bool = False' })).toBeVisible();
    await expect(changed.locator('del', { hasText: 'def grow(many: int = 3):' })).toBeVisible();
    await expect(changed.getByRole('table', { name: '' }).first()).toContainText('twice');
    await setTheme(page, 'Dark High Contrast');
    expect(await faults(page, SHOWN)).toEqual([]);
    await page.screenshot({ path: 'test-results/versions-function.png' });
    await setTheme(page, 'Light');
    await changed.getByLabel('From').selectOption({ label: '@2' });
    await expect(changed.getByRole('status')).toContainText('The code is the same.');
  });

  test('the head goes to another version, and from an old one to the newest', async () => {
    await shown.getByRole('combobox', { name: 'Version' }).selectOption({ label: '@1' });
    await expect(shown.locator('.jp-Dh-page-head')).toContainText('function/grow@1');
    await shown.getByRole('button', { name: 'Version 2 is newer' }).click();
    await expect(shown.locator('.jp-Dh-page-head')).toContainText('function/grow@2');
  });

  test('a dataset shows which columns came', async () => {
    await row('Data', 'table').dblclick();
    await tab('Versions').click();
    const changed = shown.getByRole('region', { name: 'What changed' });
    await changed.getByLabel('From').selectOption({ label: '@1' });
    await expect(changed.getByRole('row', { name: /double/ })).toContainText('≠');
    await page.screenshot({ path: 'test-results/versions-dataset.png' });
  });

  test('a failure ends in a button that asks before it does what it says', async () => {
    await row('Runs', 'slow-1').dblclick();
    const cure = shown.getByRole('button', { name: 'Run again with time limit 0:04…' });
    await expect(cure).toBeVisible();
    await page.screenshot({ path: 'test-results/cure.png' });
    await cure.click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('Run slow-1 again with time limit 0:04?');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await expect(row('Runs', 'slow-2')).toHaveCount(0);
    await cure.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Run' }).click();
    await expect(row('Runs', 'slow-2').getByRole('img', { name: 'Failed' })).toBeVisible();
    await row('Runs', 'slow-2').dblclick();
    await expect(shown.getByRole('button', { name: /time limit 0:08/ })).toBeVisible();
  });

  test('runs that are marked by the keyboard are put beside each other', async () => {
    const runs = panel.getByRole('tree', { name: 'Runs' });
    await row('Runs', 'grow-3').click();
    await page.keyboard.press('Space');
    await expect(panel.getByRole('button', { name: 'Compare 1 run' })).toHaveAttribute(
      'title',
      'Mark one more run'
    );
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await row('Runs', 'grow-1').click({ modifiers: ['Control'] });
    await expect(runs.locator('[aria-selected="true"]')).toHaveCount(3);
    await panel.getByRole('button', { name: 'Compare 3 runs' }).click();
    await expect(
      shown.getByRole('heading', { name: /^Compare grow-3, grow-2, grow-1$/ })
    ).toBeVisible();
    await expect(shown.getByRole('row', { name: /^many/ })).toContainText('≠');
    await page.screenshot({ path: 'test-results/compare-parameters.png' });
    await tab('Code').click();
    await expect(shown.getByRole('tabpanel')).toContainText('The code is the same.');
    await expect(shown.locator('del', { hasText: 'twice: bool = False' })).toBeVisible();
    await tab('Environment').click();
    await expect(shown.getByRole('tabpanel')).toContainText('pandas');
  });

  test('axe finds nothing on lines of several runs in any theme', async () => {
    await tab('Metrics').click();
    const plot = shown.getByRole('group', { name: /^loss by step/ });
    await plot.focus();
    await page.keyboard.press('End');
    await expect(shown.getByRole('region', { name: 'loss' }).getByRole('status')).toHaveText(
      'step 19 · grow-3 0.25 · grow-2 0.15'
    );
    expect(await faultsInThemes(page, 'compare-metrics', SHOWN, '#dh-jupyter-panel')).toEqual([]);
  });

  test('a table of runs leads there too, and a link, and the next start, with tabs that nobody looks at named', async ({
    baseURL
  }) => {
    await row('Functions', 'grow').dblclick();
    await tab('Runs').click();
    await shown.getByRole('checkbox', { name: 'Mark grow-2' }).check();
    await shown.getByRole('checkbox', { name: 'Mark grow-3' }).check();
    await shown.getByRole('button', { name: 'Compare 2 runs' }).click();
    await expect(shown.getByRole('heading', { name: 'Compare grow-2, grow-3' })).toBeVisible();
    const context = await page.context().browser()!.newContext();
    const other = await context.newPage();
    const workspace = `${baseURL}/lab/workspaces/compared`;
    const saved = (words: string): Promise<unknown> =>
      other.waitForResponse(
        response =>
          response.url().includes('/api/workspaces/') &&
          response.request().method() === 'PUT' &&
          response.request().postData()?.includes(words) === true
      );
    const named = saved('"label":"grow-1","sign":"succeeded"');
    await other.goto(`${workspace}?token=ui-test-token&reset&dh=default:run/grow-1`);
    await named;
    const compared = saved('dh-jupyter-compare');
    await other.goto(`${workspace}?dh-compare=default:run/grow-1,run/grow-2`);
    const heading = other.getByRole('heading', { name: 'Compare grow-1, grow-2' });
    await expect(heading).toBeVisible();
    await compared;
    const asked: string[] = [];
    other.on('request', request => asked.push(request.url()));
    await other.goto(workspace);
    await expect(heading).toBeVisible();
    const unseen = other.getByRole('tab', { name: 'grow-1', exact: true });
    await expect(unseen.locator('[data-icon="dh:state-succeeded"]')).toBeVisible();
    expect(asked.filter(url => /\/runs\/[^/?]+\/(log|stream)/.test(url))).toEqual([]);
    await context.close();
  });
});
