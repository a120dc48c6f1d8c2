import { expect, type Locator, type Page, test } from '@playwright/test';
import { faults, openLab, openNotebook, runCell, setTheme, THEMES } from './lab';

test.describe.configure({ mode: 'serial' });

/** A workspace of its own: pages that other tests have left open write the common one. */
const LAB = '/lab/workspaces/pages';

const SHOWN = '.jp-Dh-page:not(.lm-mod-hidden)';

/** Pages of what the notebook beside them makes, on a real server. */
test.describe('pages', () => {
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
    await openNotebook(page, 'panel.ipynb');
    panel = page.getByRole('region', { name: 'DigitalHub', exact: true });
    shown = page.locator('.jp-Dh-page:visible');
    await runCell(page, 0);
    await page.keyboard.press('Control+Shift+Y');
    await expect(panel.getByRole('searchbox')).toBeFocused();
    await runCell(page, 1);
    await runCell(page, 2);
    await expect(row('Runs', 'sizes').getByRole('img', { name: 'Succeeded' })).toBeVisible();
  });

  test('Enter on a run opens its page, once', async () => {
    await row('Runs', 'sizes').click();
    await row('Runs', 'sizes').press('Enter');
    await expect(shown.getByRole('heading', { name: /^sizes-/ })).toBeVisible();
    await expect(shown).toContainText('Succeeded');
    await row('Runs', 'sizes').press('Enter');
    await expect(page.locator('.jp-Dh-page')).toHaveCount(1);
  });

  test('a run tells of its log, steps, packages and lineage', async () => {
    await tab('Logs').click();
    await expect(shown.getByRole('log')).toBeVisible();
    await tab('Timeline').click();
    await expect(shown.getByRole('tabpanel')).toContainText('Queued');
    await tab('Environment').click();
    await expect(shown.getByRole('tabpanel')).toContainText('pandas');
    await tab('Lineage').click();
    await expect(shown.getByRole('tabpanel')).toContainText('made by');
    await expect(shown.getByRole('tabpanel')).toContainText('function/sizes@1');
  });

  test('keys and the palette go through its parts', async () => {
    await tab('Lineage').focus();
    await page.keyboard.press('Control+Alt+ArrowRight');
    await expect(tab('Overview')).toHaveAttribute('aria-selected', 'true');
    await page.keyboard.press('Control+Alt+ArrowLeft');
    await expect(tab('Lineage')).toBeFocused();
    await page.keyboard.press('Control+Shift+C');
    await page.keyboard.type('show the log of this run');
    await page.keyboard.press('Enter');
    await expect(shown.getByRole('log')).toBeVisible();
    await page.keyboard.press('Control+Shift+C');
    await page.keyboard.type('digitalhub run again with');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('Run sizes-1 again with');
    await expect(dialog.locator(':focus')).toHaveCount(1); // its keys are its own from then on
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  });

  test('the lineage is a graph: keys go along its lines, + shows more, Enter opens', async () => {
    await tab('Lineage').click();
    const graph = shown.getByRole('group', { name: 'Lineage as a graph' });
    const node = (name: RegExp): Locator => graph.getByRole('link', { name });
    const here = node(/^Run sizes-1 Succeeded/);
    await expect(here).toHaveAttribute('aria-current', 'true');
    await here.focus();
    await page.keyboard.press('ArrowLeft');
    await expect(node(/^Function sizes@1/)).toBeFocused();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect(node(/^Dataset table@1 3 rows/)).toBeFocused();
    const width = async (): Promise<number> => (await here.boundingBox())!.width;
    const before = await width();
    await page.keyboard.press('+');
    await expect.poll(width).toBeGreaterThan(before);
    await page.keyboard.press('0');
    await expect.poll(width).toBe(before);
    await page.keyboard.press('ArrowLeft');
    await expect(here).toBeFocused();
    await shown.getByRole('button', { name: 'Downstream' }).click();
    await expect(node(/^Function/)).toHaveCount(0);
    await shown.getByRole('button', { name: 'Both' }).click();
    await expect(node(/^Function/)).toHaveCount(1);
  });

  test("axe finds nothing on a run's overview and lineage in any theme", async () => {
    for (const theme of THEMES) {
      await setTheme(page, theme);
      for (const part of ['Overview', 'Lineage']) {
        await tab(part).click();
        await page.screenshot({ path: `test-results/page-run-${part}-${theme}.png` });
        expect(await faults(page, SHOWN), `${part}, ${theme}`).toEqual([]);
      }
    }
  });

  test('axe finds nothing on the other parts, each in one theme', async () => {
    const parts = ['Logs', 'Metrics', 'Inputs and outputs', 'Timeline', 'Environment'];
    for (const [index, part] of parts.entries()) {
      await setTheme(page, THEMES[index % THEMES.length]!);
      await tab(part).click();
      expect(await faults(page, SHOWN), part).toEqual([]);
    }
    await setTheme(page, 'Light');
  });

  test("the tab of a run has its state's glyph, as large as Lab's own", async () => {
    const glyph = page.getByRole('tab', { name: 'sizes-1' }).locator('.lm-TabBar-tabIcon svg');
    await expect(glyph).toHaveAttribute('data-icon', 'dh:state-succeeded');
    const others = page.getByRole('tab', { name: 'panel.ipynb' }).locator('.lm-TabBar-tabIcon svg');
    const [ours, labs] = [await glyph.boundingBox(), await others.boundingBox()];
    expect([ours!.width, ours!.height, ours!.y]).toEqual([labs!.width, labs!.height, labs!.y]);
  });

  test('a click goes from the run to its function and its dataset', async () => {
    await tab('Lineage').click();
    await shown.getByRole('button', { name: 'function/sizes@1' }).click();
    await expect(shown.getByRole('tabpanel')).toContainText('def sizes');
    await tab('Runs').click();
    await expect(shown.getByRole('tabpanel')).toContainText('run/sizes-1');
    await setTheme(page, 'Dark High Contrast');
    expect(await faults(page, SHOWN)).toEqual([]);
    await page.screenshot({ path: 'test-results/page-function.png' });
    await row('Data', 'table').dblclick();
    await expect(shown.getByRole('grid')).toContainText('size');
    await expect(shown.getByRole('tabpanel')).toContainText('3 rows · 1 column');
    expect(await faults(page, SHOWN)).toEqual([]);
    await setTheme(page, 'Light');
    await page.screenshot({ path: 'test-results/page-dataset.png' });
  });

  test('a lineage of hundreds is drawn whole, and goes where it is led', async ({ baseURL }) => {
    const address = `${baseURL}/dh/api/v1/-/default/artifacts`;
    const headers = { Authorization: 'token ui-test-token' };
    const names: string[] = [];
    const make = async (all: readonly (readonly [string, string?])[]): Promise<string[]> => {
      names.push(...all.map(([name]) => name));
      const data = all.map(([name, dest]) => ({
        kind: 'artifact',
        name,
        metadata: { relationships: dest ? [{ type: 'part_of', dest }] : [] },
        spec: { path: 's3://b/k' }
      }));
      const made = await page.request.post(address, { headers, data });
      expect(made.ok(), await made.text()).toBe(true);
      return ((await made.json()) as { key: string }[]).map(({ key }) => key);
    };
    const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
    const [root] = await make([['root']]);
    const middles = await make(numbers(15).map(each => [`middle-${each}`, root]));
    await make(
      middles.flatMap((key, middle) =>
        numbers(9).map(leaf => [`leaf-${middle}-${leaf}`, key] as const)
      )
    );
    await panel.getByRole('searchbox').fill('root');
    await row('Data', 'root').dblclick();
    await tab('Lineage').click();
    const nodes = shown.getByRole('group', { name: 'Lineage as a graph' }).getByRole('link');
    await expect(nodes).toHaveCount(151);
    await shown.getByRole('button', { name: 'Fit' }).click();
    await page.screenshot({ path: 'test-results/lineage-large.png' });
    await nodes.filter({ hasText: /root@1/ }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect(shown.getByRole('heading', { name: /^leaf-/ })).toBeVisible();
    await panel.getByRole('searchbox').fill('');
    // Other tests look for what they make at the top of the same lists.
    const gone = names.map(name => page.request.delete(`${address}?name=${name}`, { headers }));
    expect((await Promise.all(gone)).every(answer => answer.ok())).toBe(true);
  });

  test('a link opens a page, and a crafted one opens nothing', async ({ baseURL }) => {
    const context = await page.context().browser()!.newContext();
    const other = await context.newPage();
    const posted: string[] = [];
    other.on('request', request => {
      if (request.url().includes('/dh/') && request.method() !== 'GET') {
        posted.push(request.url());
      }
    });
    await other.goto(
      `${baseURL}/lab/workspaces/link?token=ui-test-token&reset&dh=default:run/sizes-1`
    );
    await expect(other.getByRole('heading', { name: 'sizes-1' })).toBeVisible();
    expect(new URL(other.url()).searchParams.has('dh')).toBe(false);
    await openLab(other, baseURL!, '/lab/workspaces/crafted');
    await other.goto(`${baseURL}/lab/workspaces/crafted?dh=https://evil.example/run/x`);
    await expect(other.locator('#jupyterlab-splash')).toHaveCount(0);
    await expect(other.locator('.jp-Dh-page')).toHaveCount(0);
    expect(posted).toEqual([]);
    await context.close();
  });
});
