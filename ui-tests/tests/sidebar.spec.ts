import { expect, type Locator, type Page, test } from '@playwright/test';
import { faultsInThemes, openLab, openNotebook, runCell } from './lab';

test.describe.configure({ mode: 'serial' });

/** A workspace of its own: pages that other tests have left open write the common one. */
const LAB = '/lab/workspaces/panel';

/** The panel on a real server: what it shows is what the notebook beside it makes. */
test.describe('the panel', () => {
  let page: Page;
  let panel: Locator;
  /** Of the run that the notebook starts: other tests on the same server have runs of it, too. */
  let name = '';

  const rows = (name: string): Locator => panel.getByRole('tree', { name }).getByRole('treeitem');

  test.beforeAll(async ({ browser, baseURL }) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
    page = await context.newPage();
    await openLab(page, baseURL!, LAB);
    await openNotebook(page, 'panel.ipynb');
    panel = page.getByRole('region', { name: 'DigitalHub', exact: true });
  });

  test('it asks for nothing before it is opened', async () => {
    await expect(panel).toBeHidden();
    await runCell(page, 0);
    await page.keyboard.press('Control+Shift+Y');
    await expect(panel.getByRole('searchbox', { name: 'Search the project' })).toBeFocused();
  });

  test('what a cell registers and runs appears by itself', async () => {
    await runCell(page, 1);
    await expect(rows('Functions').filter({ hasText: 'sizes' })).toContainText('@1');
    await runCell(page, 2);
    const card = page.locator('.jp-Notebook .jp-Cell').nth(2).locator('.jp-Dh-card');
    await expect(card).toHaveAccessibleName(/^Run sizes-\d+,/);
    name = /sizes-\d+/.exec((await card.getAttribute('aria-label'))!)![0];
    const run = rows('Runs').filter({ hasText: name });
    await expect(run.getByRole('img', { name: 'Succeeded' })).toBeVisible();
    await expect(run).toContainText('→ table');
    await expect(rows('Data').filter({ hasText: 'table' })).toContainText('3 × 1');
  });

  test('search and filters narrow it', async () => {
    await panel.getByRole('searchbox').fill('sizes');
    await expect(rows('Data')).toHaveCount(0);
    await expect(panel).toContainText('No data matches');
    await panel.getByRole('searchbox').fill('');
    await panel.getByRole('button', { name: /^Failed/ }).click();
    await expect(rows('Runs').filter({ hasText: name })).toHaveCount(0);
    await panel.getByRole('button', { name: /^Failed/ }).click();
    await expect(rows('Runs').filter({ hasText: name })).toHaveCount(1);
    const mine = panel.getByRole('button', { name: 'Mine', exact: true });
    const asked = page.waitForResponse(response => response.url().includes('user='));
    await mine.click();
    await asked;
    await expect(rows('Runs').filter({ hasText: name })).toHaveCount(1);
    await mine.click();
  });

  test('runs of this notebook are those with a card in it', async ({ baseURL }) => {
    const chip = panel.getByRole('button', { name: 'This notebook 1' });
    const newest = await rows('Runs').first().getAttribute('data-id');
    const row = (id: string | null): Locator => panel.locator(`[data-type="run"][data-id="${id}"]`);
    const address = `${baseURL}/dh/api/v1/-/default/runs/${newest}/retry`;
    const headers = { Authorization: 'token ui-test-token' };
    const again = await page.request.post(address, { headers, data: {} });
    const { id } = (await again.json()) as { id: string };
    await expect(row(id)).toBeVisible();
    await chip.click();
    await expect(row(id)).toHaveCount(0);
    await expect(rows('Runs')).toHaveCount(1);
    await expect(row(newest)).toBeVisible();
    await chip.click();
    await expect(row(id).getByRole('img', { name: 'Succeeded' })).toBeVisible();
  });

  test('the keyboard walks through it, and Ctrl+Enter gives a cell', async () => {
    const row = rows('Data').filter({ hasText: 'table' });
    await row.click();
    await expect(row).toBeFocused();
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    await page.keyboard.press('/');
    await expect(panel.getByRole('searchbox')).toBeFocused();
    await row.press('Control+Enter');
    const made = page
      .locator('.jp-Notebook .jp-Cell')
      .filter({ hasText: 'dh.load("dataset/table@1")' });
    await expect(made).toHaveCount(1);
  });

  test('a row dropped on the notebook is a cell', async () => {
    const before = await page.locator('.jp-Notebook .jp-Cell').count();
    const target = await page.locator('.jp-Notebook .jp-Cell').first().boundingBox();
    const drag = async (list: string, name: string): Promise<void> => {
      await rows(list).filter({ hasText: name }).hover();
      await page.mouse.down();
      await page.mouse.move(target!.x + 200, target!.y + 5, { steps: 12 });
      await page.mouse.up();
    };
    await drag('Functions', 'sizes');
    await expect(page.locator('.jp-Notebook .jp-Cell')).toHaveCount(before + 1);
    await expect(page.locator('.jp-Notebook')).toContainText('dh.run("function/sizes@1"');
    // Selected text would be what the browser drags from then on.
    expect(await page.evaluate(() => String(getSelection()))).toBe('');
    await drag('Data', 'table');
    await expect(page.locator('.jp-Notebook .jp-Cell')).toHaveCount(before + 2);
  });

  test('a run is run again from its menu, after a question', async () => {
    const newest = await rows('Runs').first().getAttribute('data-id');
    await rows('Runs').filter({ hasText: name }).click({ button: 'right' });
    await page.locator('.lm-Menu-itemLabel', { hasText: 'Run Again…' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText(`Run ${name} again?`);
    await dialog.getByRole('button', { name: 'Run' }).click();
    const made = rows('Runs').first();
    await expect(made).not.toHaveAttribute('data-id', newest!);
    await expect(made.getByRole('img', { name: 'Succeeded' })).toBeVisible();
  });

  test('axe finds nothing in any theme', async () => {
    expect(await faultsInThemes(page, 'panel', '.jp-Dh-panel')).toEqual([]);
  });

  test('every command of ours says what it takes, and the palette has those for a person', async () => {
    const said = await page.evaluate(async () => {
      const { commands } = (window as unknown as { jupyterapp: App }).jupyterapp;
      const ids = commands.listCommands().filter(id => id.startsWith('dh:'));
      const all = await Promise.all(ids.map(id => commands.describedBy(id)));
      return ids.map((id, index): [string, App.Schema | null] => [id, all[index]?.args ?? null]);
    });
    expect(said.length).toBeGreaterThan(25);
    for (const [id, schema] of said) {
      expect(schema?.type, id).toBe('object');
      for (const { type, description } of Object.values(schema?.properties ?? {})) {
        expect([type, description], id).toEqual([expect.any(String), expect.stringMatching(/\w/)]);
      }
    }
    await page.keyboard.press('Control+Shift+C');
    await page.keyboard.type('digitalhub');
    const offered = page.locator('.lm-CommandPalette-item[data-command^="dh:"]');
    await expect(offered.filter({ hasText: 'Show Runs, Data and Models' })).toBeVisible();
    const names = await offered.evaluateAll(all => all.map(each => each.dataset.command));
    // Not those of a router or a row's menu, nor that of a cell which registers a function: none is in view.
    const left = said.map(([id]) => id).filter(id => !names.includes(id));
    expect(left.sort()).toEqual([
      'dh:compare-runs',
      'dh:open',
      'dh:open-compared',
      'dh:open-link',
      'dh:run-cell-function'
    ]);
    await page.keyboard.press('Escape');
  });

  test('it comes back as it was left', async ({ baseURL }) => {
    // Lab writes the workspace, its layout too, a moment later.
    const wanted = [
      '"filters":["mine"]',
      '"open":[true,true,true,false]',
      '"current":"dh-jupyter-panel"'
    ];
    const kept = page.waitForRequest(request => {
      const body = request.method() === 'PUT' ? (request.postData() ?? '') : '';
      return wanted.every(part => body.includes(part));
    });
    await panel.getByRole('button', { name: 'Mine' }).click();
    await panel.locator('.jp-AccordionPanel-title', { hasText: /^Models/ }).click();
    await expect(panel.getByText('No model matches')).toBeHidden();
    await (await kept).response();
    await page.goto(`${baseURL}${LAB}`);
    await expect(panel).toBeVisible();
    await expect(panel.getByRole('button', { name: 'Mine' })).toHaveAttribute(
      'aria-pressed',
      'true'
    );
    await expect(rows('Functions').filter({ hasText: 'sizes' })).toBeVisible();
    await expect(panel.getByText('No model matches')).toBeHidden();
  });

  test('another project is offered with the first thing in it, and is shown again after a reload', async ({
    baseURL
  }) => {
    const headers = { Authorization: 'token ui-test-token' };
    const api = `${baseURL}/dh/api/v1`;
    const ships = { kind: 'project', name: 'ships', metadata: {}, spec: {} };
    const keel = { kind: 'artifact', name: 'keel', project: 'ships', spec: { path: 's3://a/b' } };
    for (const [path, data] of [
      ['projects', ships],
      ['-/ships/artifacts', keel]
    ] as const) {
      const answer = await page.request.post(`${api}/${path}`, { headers, data });
      expect(answer.ok(), await answer.text()).toBe(true);
    }
    const project = panel.getByRole('combobox', { name: 'Project' });
    const kept = page.waitForRequest(
      request =>
        request.method() === 'PUT' && request.postData()?.includes('"project":"ships"') === true
    );
    await project.selectOption('ships');
    await expect(rows('Data').filter({ hasText: 'keel' })).toBeVisible();
    expect(await faultsInThemes(page, 'panel-project', '#dh-jupyter-panel')).toEqual([]);
    await (await kept).response();
    await page.goto(`${baseURL}${LAB}`);
    await expect(project).toHaveValue('ships');
    await expect(rows('Data').filter({ hasText: 'keel' })).toBeVisible();
    await project.selectOption('default');
    await expect(rows('Functions').filter({ hasText: 'sizes' })).toBeVisible();
  });
});

/** What the tests ask of the page's own application. */
interface App {
  readonly commands: {
    listCommands(): string[];
    describedBy(id: string): Promise<{ args: App.Schema | null }>;
  };
}

namespace App {
  export interface Schema {
    readonly type?: string;
    readonly properties?: Record<string, { type?: string; description?: string }>;
  }
}
