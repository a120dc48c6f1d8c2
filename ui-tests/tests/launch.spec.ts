import { expect, type Locator, type Page, test } from '@playwright/test';
import { faultsInThemes, openLab, openNotebook, runCell } from './lab';

test.describe.configure({ mode: 'serial' });

/** A workspace of its own: pages that other tests have left open write the common one. */
const LAB = '/lab/workspaces/launch';

/** Launching by hand, on a real server: from the panel, from a notebook, from cells. Nothing starts unasked. */
test.describe('the form that launches', () => {
  let page: Page;
  let panel: Locator;
  const posted: string[] = [];

  const dialog = (): Locator => page.getByRole('dialog');
  const leave = async (): Promise<void> => {
    // Lab's dialogs hear no key before they have the focus.
    await expect(dialog().locator(':focus')).toHaveCount(1);
    await page.keyboard.press('Escape');
    await expect(dialog()).toHaveCount(0);
  };
  const rows = (name: string): Locator => panel.getByRole('tree', { name }).getByRole('treeitem');
  const cell = (index: number): Locator => page.locator('.jp-Notebook .jp-Cell').nth(index);
  const buttonOfPlain = (): Locator =>
    cell(3).getByRole('toolbar').getByRole('button', { name: 'plain@1', exact: true });
  const choose = (item: string | RegExp): Promise<void> =>
    page.locator('.lm-Menu-itemLabel', { hasText: item }).click();
  const succeeded = (name: string): Locator =>
    rows('Runs').filter({ hasText: name }).getByRole('img', { name: 'Succeeded' });

  test.beforeAll(async ({ browser, baseURL }) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    page.on('request', request => {
      if (request.method() === 'POST' && /\/runs(\?|$)/.test(request.url())) {
        posted.push(request.url());
      }
    });
    await openLab(page, baseURL!, LAB);
    await openNotebook(page, 'launch.ipynb');
    await runCell(page, 0);
    await page.keyboard.press('Control+Shift+Y');
    panel = page.getByRole('region', { name: 'DigitalHub', exact: true });
    await runCell(page, 1);
    await runCell(page, 2);
    await expect(rows('Functions').filter({ hasText: 'mix' })).toBeVisible();
    await expect(rows('Data').filter({ hasText: 'mixed' })).toBeVisible();
  });

  test('a function opens on the parameter that needs a value, and is not started without', async () => {
    await rows('Functions').filter({ hasText: 'mix' }).click({ button: 'right' });
    await choose(/^Run…$/);
    const data = dialog().getByLabel('data');
    await expect(data).toBeFocused();
    await expect(dialog().getByLabel('rate')).toHaveValue('0.5');
    await page.keyboard.press('Control+Enter');
    await expect(dialog()).toContainText('data is needed');
    await expect(data).toBeFocused();
    expect(posted).toEqual([]);
  });

  test('faults stand beside their fields, by name', async () => {
    await dialog().getByLabel('rate').fill('fast');
    await dialog().getByLabel('data').fill('dataset/mixt');
    await expect(dialog()).toContainText('rate must be a number');
    await expect(dialog()).toContainText("Did you mean 'mixed'");
    await dialog().getByLabel('Cores').fill('999');
    await expect(dialog()).toContainText('999 CPU cores were asked for');
    await dialog().getByLabel('Cores').fill('');
  });

  test('axe finds nothing in any theme', async () => {
    expect(await faultsInThemes(page, 'launch', '.jp-Dh-launch')).toEqual([]);
  });

  test('what was typed is not thrown away by one Escape', async () => {
    await dialog().getByLabel('rate').fill('2');
    await page.keyboard.press('Escape');
    await expect(dialog()).toContainText('will be lost');
    await leave();
    expect(posted).toEqual([]);
  });

  test('with a reference it runs, and again with another value', async () => {
    await rows('Functions').filter({ hasText: 'mix' }).click({ button: 'right' });
    await choose(/^Run…$/);
    await dialog().getByLabel('data').fill('dataset/mixed');
    await dialog().getByRole('button', { name: 'Run' }).click();
    await expect(dialog()).toHaveCount(0);
    await expect(succeeded('mix-1')).toBeVisible();
    await rows('Runs').filter({ hasText: 'mix-1' }).click({ button: 'right' });
    await choose('Run Again with…');
    await expect(dialog().getByLabel('data')).toHaveValue('dataset/mixed@1');
    await dialog().getByLabel('rate').fill('2');
    await page.keyboard.press('Control+Enter');
    await expect(succeeded('mix-2')).toBeVisible();
  });

  test('a secret is chosen by its name, which alone is sent', async ({ baseURL }) => {
    const kept = await page.request.put(`${baseURL}/dh/api/v1/-/default/secrets/data`, {
      headers: { Authorization: 'token ui-test-token' },
      data: { LAKE_KEY: 'hidden-value' }
    });
    expect(kept.ok(), await kept.text()).toBe(true);
    await rows('Functions').filter({ hasText: 'mix' }).click({ button: 'right' });
    await choose(/^Run…$/);
    await dialog().getByLabel('data').fill('dataset/mixed');
    await dialog().getByText('Secrets and variables').click();
    await dialog().getByRole('checkbox', { name: 'LAKE_KEY' }).check();
    await expect(dialog()).toContainText('1 given');
    await page.screenshot({ path: 'test-results/launch-secrets.png' });
    const sent = page.waitForRequest(
      request => request.method() === 'POST' && /\/runs(\?|$)/.test(request.url())
    );
    await dialog().getByRole('button', { name: 'Run' }).click();
    const run = (await sent).postData() ?? '';
    expect(run).toContain('"secrets":["LAKE_KEY"]');
    expect(run).not.toContain('hidden-value');
    await expect(succeeded('mix-3')).toBeVisible();
  });

  test('a cell becomes a function after a question, in its own kernel', async () => {
    await cell(3).locator('.jp-InputArea-editor').click({ button: 'right' });
    await choose('Register Cell as Function…');
    await dialog().getByRole('button', { name: 'Execute and register' }).click();
    await expect(rows('Functions').filter({ hasText: 'plain' })).toBeVisible();
    await expect(cell(3)).toContainText('%%dh function');
  });

  test('the button of a cell names its function, and runs it after the form', async () => {
    await cell(4).locator('.jp-InputArea-prompt').click();
    await cell(3).locator('.jp-InputArea-prompt').click();
    await expect(cell(3).getByTitle('Run this function as a job…')).toBeVisible();
    await buttonOfPlain().click();
    await expect(dialog()).toContainText('Run plain');
    await leave();
  });

  test('the line below it opens its function', async () => {
    await expect(cell(3)).toContainText('Registered as');
    await cell(3).getByTitle('function/plain@1').click();
    await expect(page.getByRole('heading', { name: 'plain', exact: true })).toBeVisible();
    await page.keyboard.press('Alt+W');
    await expect(page.locator('.jp-Dh-page')).toHaveCount(0);
  });

  test('selected cells run as a job, with what they lack', async () => {
    await cell(5).locator('.jp-InputArea-prompt').click();
    await page.keyboard.press('Control+Shift+Enter');
    await expect(dialog()).toContainText('Run 1 cell as job');
    await expect(dialog()).toContainText(/offset is made in cell/);
    await dialog().getByRole('button', { name: 'Add cell' }).click();
    await expect(dialog()).not.toContainText(/offset is made in cell/);
    await page.screenshot({ path: 'test-results/launch-cells.png' });
    await page.keyboard.press('Control+Enter');
    await expect(succeeded('cells.ipynb-1')).toBeVisible();
  });

  test("a notebook's metadata fills in, says so, and starts nothing", async () => {
    const before = posted.length;
    await page
      .locator('.jp-Notebook-toolbar, .jp-NotebookPanel-toolbar')
      .getByRole('button', {
        name: 'Run this notebook as a job'
      })
      .click();
    await expect(dialog().getByLabel('offset')).toHaveValue('7');
    await expect(dialog()).toContainText('from notebook');
    await expect(dialog().getByLabel('Memory')).toHaveValue('1Gi');
    await expect(dialog()).toContainText('The notebook has unsaved changes');
    await page.screenshot({ path: 'test-results/launch-notebook.png' });
    expect(posted.length).toBe(before);
    await leave();
  });

  test('a cell suggests values by the form in the property inspector', async () => {
    await cell(4).locator('.jp-InputArea-prompt').click();
    await page.getByRole('tab', { name: 'Property Inspector' }).click();
    const section = page
      .locator('.jp-NotebookTools-tool, .jp-Collapse')
      .filter({ hasText: 'DigitalHub job' });
    await section.first().locator('.jp-Collapse-header').first().click();
    await page.locator('input[id$="/dh/memory"]').fill('2Gi');
    await page.screenshot({ path: 'test-results/launch-inspector.png' });
    await cell(4).locator('.jp-InputArea-prompt').click();
    await page.keyboard.press('Control+Shift+Enter');
    await expect(dialog().getByLabel('Memory')).toHaveValue('2Gi');
    await leave();
  });

  test('Tab completes verbs, functions, parameters and references in a cell', async () => {
    await cell(5).locator('.cm-content').click();
    for (const [typed, offered] of [
      ['%dh publ', 'publish'],
      ['%dh run mi', 'mix'],
      ['%dh run mix ra', 'rate='],
      ['%dh run mix data=dataset/mix', 'dataset/mixed@1']
    ] as const) {
      const line = cell(5).locator('.cm-line').last();
      const list = page.locator('.jp-Completer-item', { hasText: offered });
      // Lab drops the answer of a kernel that takes longer than a second: then a person presses Tab once more.
      await expect(async () => {
        await page.keyboard.press('Control+a');
        await page.keyboard.type(typed);
        await page.keyboard.press('Tab');
        await expect(list.or(line.filter({ hasText: offered })).first()).toBeVisible({
          timeout: 10_000
        });
      }).toPass();
      await page.keyboard.press('Escape');
      await cell(5).locator('.cm-content').click();
    }
  });

  test('a notebook runs from the file browser, as it is on disk', async () => {
    await page.getByRole('tab', { name: /File Browser/ }).click();
    await page
      .locator('.jp-DirListing-item', { hasText: 'panel.ipynb' })
      .click({ button: 'right' });
    await choose('Run as Job…');
    await expect(dialog()).toContainText('Run panel.ipynb as job');
    await expect(dialog()).toContainText('0 of 3 cells were run here');
    await leave();
  });

  test('several notebooks of the file browser are asked about one by one', async () => {
    const before = posted.length;
    const item = (name: string): Locator => page.locator('.jp-DirListing-item', { hasText: name });
    await item('panel.ipynb').click();
    await item('cards.ipynb').click({ modifiers: ['ControlOrMeta'] });
    await item('cards.ipynb').click({ button: 'right' });
    await choose('Run 2 Notebooks as Jobs…');
    await expect(dialog()).toContainText('Run cards.ipynb as job');
    // Who leaves the first has left all.
    await leave();
    expect(posted.length).toBe(before);
  });

  test('a notebook is meant by its tab, or by being in view, wherever a menu was before', async () => {
    const toolbar = page.getByRole('button', { name: 'Run this notebook as a job' });
    await toolbar.filter({ visible: true }).click();
    await expect(dialog()).toContainText('Run launch.ipynb as job');
    await leave();
    await page.locator('.lm-DockPanel-tabBar').getByText('launch.ipynb').click({ button: 'right' });
    await choose('Run as Job…');
    await expect(dialog()).toContainText('Run launch.ipynb as job');
    await leave();
  });

  test('a notebook of another drive goes by its path on the server', async () => {
    await page.evaluate(async () => {
      const { serviceManager, commands } = (window as unknown as Exposed).jupyterapp;
      const { contents } = serviceManager;
      contents.addDrive(Object.create(contents.defaultDrive, { name: { value: 'RTC' } }) as object);
      await commands.execute('docmanager:open', { path: 'RTC:panel.ipynb', factory: 'Notebook' });
    });
    const planned = page.waitForRequest(request => request.url().includes('/runs/plan'));
    await page
      .getByRole('button', { name: 'Run this notebook as a job' })
      .filter({ visible: true })
      .click();
    const { notebook } = (await planned).postDataJSON() as { notebook: { path: string } };
    expect(notebook.path).toBe('panel.ipynb');
    await expect(dialog()).toContainText('Run panel.ipynb as job');
    await leave();
  });

  test('a link in a notebook can open the form, and no more', async () => {
    const before = posted.length;
    await page.evaluate(() => {
      const link = document.createElement('button');
      link.dataset.commandlinkerCommand = 'dh:run-notebook';
      link.dataset.commandlinkerArgs = '{"path": "panel.ipynb", "skipDialog": true, "yes": true}';
      link.id = 'crafted';
      link.textContent = 'Click me';
      link.style.cssText = 'position:fixed;top:0;left:0;z-index:99999';
      document.body.append(link);
    });
    await page.locator('#crafted').click();
    await page.evaluate(() => document.querySelector('#crafted')?.remove());
    // Lab asks first, and then we do.
    await expect(dialog()).toContainText('Run Command?');
    await dialog().locator('.jp-Dialog-footer button').last().click();
    await expect(dialog()).toContainText('0 of 3 cells were run here');
    expect(posted.length).toBe(before);
    await leave();
  });

  test('a crafted notebook starts nothing and asks nobody before one has agreed', async ({
    baseURL
  }) => {
    const sent: string[] = [];
    page.on('request', request => {
      const url = request.url();
      if (
        url.includes('0123456789abcdef') ||
        url.includes('shutdown') ||
        !url.startsWith(baseURL!)
      ) {
        sent.push(`${request.method()} ${url}`);
      }
    });
    const before = posted.length;
    await openNotebook(page, 'crafted.ipynb');
    const notebook = page.locator('.jp-Notebook').filter({ visible: true });
    await expect(notebook.getByText('odd')).toHaveCount(5);
    await expect(notebook.getByRole('button', { name: 'Show the run' })).toHaveCount(1);
    await expect(notebook.locator('[href^="javascript"], [onerror], script')).toHaveCount(0);
    const links = notebook.locator('[data-commandlinker-command]');
    await expect(links).toHaveCount(4);
    for (const link of await links.all()) {
      await link.click();
      // Lab asks, and who does not agree has done nothing.
      await expect(dialog()).toContainText('Run Command?');
      await leave();
    }
    expect([sent, posted.length]).toEqual([[], before]);
    await notebook.getByRole('button', { name: 'Show the run' }).click();
    // What it says of its state is not believed: the server knows of no such run.
    const card = notebook.locator('.jp-Dh-runOutput').last();
    await expect(card).toContainText("There is no run '0123456789abcdef");
    await expect(card).not.toContainText('EntityName');
  });

  test('the button of a cell is about it, also while a notebook beside has the cursor', async () => {
    await page.locator('.lm-DockPanel-tabBar').getByText('launch.ipynb').click();
    await cell(3).locator('.jp-InputArea-prompt').click();
    await page.evaluate(async () => {
      const args = { path: 'panel.ipynb', factory: 'Notebook', options: { mode: 'split-bottom' } };
      await (window as unknown as Exposed).jupyterapp.commands.execute('docmanager:open', args);
    });
    const other = page.locator('.jp-NotebookPanel').last().locator('.jp-Cell').nth(1);
    await other.locator('.jp-InputArea-prompt').click();
    await expect(other).toHaveClass(/jp-mod-active/);
    // As by a screen reader: no pointer that would bring the cursor along.
    await buttonOfPlain().evaluate(button => (button as HTMLElement).click());
    await expect(dialog()).toContainText('Run plain');
    await leave();
  });
});

/** Lab's application, as far as a test uses it. */
interface Exposed {
  readonly jupyterapp: {
    readonly serviceManager: {
      readonly contents: { readonly defaultDrive: object; addDrive(drive: object): void };
    };
    readonly commands: { execute(id: string, args: object): Promise<unknown> };
  };
}
