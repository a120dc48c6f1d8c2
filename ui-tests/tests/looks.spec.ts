import { expect, type Locator, type Page, test } from '@playwright/test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NOW } from '../recorded/entity';
import { LISTS } from '../recorded/flights';
import { answerFromRecorded } from '../recorded/server';
import { faults, openLab, setTheme } from './lab';
import { looksAsBefore, stillPage, withOwnFonts } from './still';

/** A workspace of its own: pages that other tests have left open write the common one. */
const LAB = '/lab/workspaces/looks';
const SIZE = { width: 1000, height: 660 };
const CARDS = ['queued', 'running', 'sweep', 'succeeded', 'failed', 'stopped'];
const RUN_PARTS = ['Overview', 'Logs', 'Metrics', 'Inputs and outputs', 'Timeline', 'Environment'];

/** Every view of recorded things as it was when somebody last looked at it, in both themes. */
for (const theme of ['Light', 'Dark'] as const) {
  test.describe(`in the ${theme.toLowerCase()} theme, it looks as before:`, () => {
    let page: Page;
    let unknown: string[];

    const named = (view: string): string => `${view}-${theme.toLowerCase()}`;
    const command = (id: string, args: object = {}): Promise<void> =>
      page.evaluate(
        async ([id, args]) => {
          const { commands } = (window as unknown as { jupyterapp: App }).jupyterapp;
          await commands.execute(id, args);
        },
        [id, args] as const
      );
    const open = async (type: string, id: string): Promise<Locator> => {
      await command('dh:open', { project: 'flights', type, id });
      const shown = page.locator('.jp-Dh-page:visible');
      await expect(shown.getByRole('tablist')).toBeVisible();
      return shown;
    };
    const part = async (shown: Locator, name: string): Promise<void> => {
      const tab = shown.getByRole('tab', { name });
      await tab.click();
      await expect(tab).toHaveAttribute('aria-selected', 'true');
      await expect(shown.locator('.jp-Dh-skeleton, .jp-Dh-grid-none')).toHaveCount(0);
    };
    const compare = async (shown: Locator, view: string, parts: string[]): Promise<void> => {
      for (const name of parts) {
        await part(shown, name);
        await looksAsBefore(shown, named(`${view}-${name.toLowerCase().replace(/ .*/, '')}`));
      }
    };

    test.beforeAll(async ({ browser, baseURL }) => {
      page = await stillPage(browser, NOW, SIZE);
      unknown = await answerFromRecorded(page);
      await openLab(page, baseURL!, LAB);
      await withOwnFonts(page);
      await setTheme(page, theme);
    });

    test.afterAll(async () => {
      expect(unknown).toEqual([]);
      await page.context().close();
    });

    test('the panel', async () => {
      await command('dh:open-panel');
      const panel = page.getByRole('region', { name: 'DigitalHub', exact: true });
      for (const name of ['Runs', 'Functions', 'Data', 'Models']) {
        await expect(panel.getByRole('tree', { name }).getByRole('treeitem').first()).toBeVisible();
      }
      // Lab goes on starting, and takes the focus for a moment.
      await expect(async () => {
        await panel.getByRole('searchbox').focus();
        await looksAsBefore(panel, named('panel'));
      }).toPass({ timeout: 20_000 });
    });

    test('cards', async () => {
      writeFileSync(join(process.env.DH_UI_ROOT!, 'looks.ipynb'), notebookOfCards());
      const kernelPreference = { shouldStart: false, canStart: false };
      await command('docmanager:open', {
        path: 'looks.ipynb',
        factory: 'Notebook',
        kernelPreference
      });
      await page.setViewportSize({ width: 1000, height: 1200 }); // of the longest card, all
      const cards = page.locator('.jp-Notebook .jp-Dh-runOutput');
      for (const [index, name] of CARDS.entries()) {
        const card = cards.nth(index);
        await card.getByRole('button', { name: 'Show the run' }).click();
        await expect(card.locator('.jp-Dh-card')).toBeVisible();
        await looksAsBefore(card, named(`card-${name}`));
      }
      await page.setViewportSize(SIZE);
    });

    test('the form that launches', async () => {
      // It ends when the dialog does.
      void command('dh:run-function', { project: 'flights', type: 'function', id: 'f3' });
      const form = page.locator('.jp-Dh-launch .jp-Dialog-content');
      await expect(form).toContainText('2 packages are installed here');
      await expect(form).toContainText('3 of 8 free');
      await expect(form.getByLabel('data')).toBeFocused();
      await expect(async () => {
        await form.getByLabel('data').focus();
        await looksAsBefore(form, named('launch'));
      }).toPass({ timeout: 20_000 });
      await page.keyboard.press('Escape');
      await expect(form).toHaveCount(0);
    });

    test("a run's page", async () => {
      const shown = await open('run', 'run41');
      await compare(shown, 'run', RUN_PARTS);
    });

    test('the page of a run that failed', async () => {
      await looksAsBefore(await open('run', 'run18'), named('run-failed'));
    });

    test('the lineage', async () => {
      const shown = await open('run', 'run41');
      await part(shown, 'Lineage');
      await expect(shown.getByRole('group', { name: 'Lineage as a graph' })).toBeVisible();
      await looksAsBefore(shown, named('run-lineage'));
    });

    test("a function's page", async () => {
      await compare(await open('function', 'f3'), 'function', ['Code', 'Runs', 'Versions']);
    });

    test("a dataset's page", async () => {
      await compare(await open('dataitem', 'd4'), 'dataset', ['Preview', 'Schema', 'Files']);
    });

    const scrolled = async (): Promise<void> => {
      const shown = page.locator('.jp-Dh-page:visible');
      await part(shown, 'Preview');
      const grid = shown.getByRole('grid', { name: 'Preview' });
      const row = (number: string): Locator =>
        grid.getByRole('rowheader', { name: number, exact: true });
      await grid.focus();
      for (let down = 0; down < 14; down++) {
        await page.keyboard.press('ArrowDown');
      }
      await expect(row('15')).toBeInViewport({ ratio: 0.9 });
      await page.keyboard.press('Control+End');
      await expect(row('336,776')).toBeInViewport({ ratio: 0.9 });
      const cell = await grid.getAttribute('aria-activedescendant');
      await expect(page.locator(`[id="${cell}"]`)).toHaveText('11'); // the last of the five is the first again
      await shown.getByRole('spinbutton', { name: 'Go to row' }).fill('200000');
      await page.keyboard.press('Enter');
      await expect(row('200,000')).toBeInViewport({ ratio: 0.9 });
      expect(await faults(page, '.jp-Dh-page:not(.lm-mod-hidden)')).toEqual([]);
    };
    // Once is enough: keys know no theme.
    if (theme === 'Light') {
      test('a dataset is scrolled by keys, to its end and to any row', scrolled);
    }

    test("a model's page", async () => {
      await compare(await open('model', 'm6'), 'model', ['Overview', 'Versions']);
    });

    test("a sweep's page", async () => {
      const shown = await open('run', 'run44');
      await looksAsBefore(shown, named('sweep'));
    });

    test('runs beside each other', async () => {
      await command('dh:compare-runs', { project: 'flights', ids: ['run41', 'run40'] });
      const shown = page.locator('.jp-Dh-page:visible');
      // The page before has tabs, too.
      await expect(shown.getByRole('heading', { name: /^Compare/ })).toBeVisible();
      await compare(shown, 'compare', ['Parameters', 'Metrics']);
    });
  });
}

function notebookOfCards(): string {
  const runs = CARDS.map(name => LISTS.runs!.find(run => stateOf(run) === name)!);
  const outputs = runs.map(({ id }) => ({
    output_type: 'display_data',
    data: {
      'application/vnd.dh.run.v1+json': { id, project: 'flights' },
      'text/plain': [`Run ${id}`]
    },
    metadata: {}
  }));
  const cells = outputs.map((output, index) => ({
    cell_type: 'code',
    execution_count: index + 1,
    id: `c${index}`,
    metadata: {},
    outputs: [output],
    source: []
  }));
  return JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
}

const STATES: Record<string, string> = {
  READY: 'queued',
  RUNNING: 'running',
  COMPLETED: 'succeeded',
  ERROR: 'failed',
  STOPPED: 'stopped'
};

const stateOf = ({ kind, status }: (typeof LISTS)[string][number]): string =>
  kind.includes('sweep') ? 'sweep' : (STATES[String(status.state)] ?? '');

/** What the tests ask of the page's own application. */
interface App {
  readonly commands: { execute(id: string, args: object): Promise<unknown> };
}
