import { expect, type Page, test } from '@playwright/test';
import { failed, messages, running, succeeded } from '../recorded/runs';
import { faultsInThemes, openLab, openNotebook } from './lab';

const HEAD = 'Killed at its memory limit 8Gi (peak 8.0Gi).';
const ROWS = Array.from({ length: 40 }, (_, index) => `row ${index + 1} is odd`);
/** The failure with a message that would fill the screen. */
const long = {
  ...failed,
  status: {
    ...(failed as { status: object }).status,
    diagnosis: { code: 'memory', summary: [HEAD, ...ROWS].join('\n'), cure: 'Give it more.' }
  }
};

const RUNS = '**/dh/api/v1/-/flights/runs';

test.describe.configure({ mode: 'serial' });

test.describe('cards of recorded runs', () => {
  let page: Page;
  const asked: string[] = [];

  test.beforeAll(async ({ browser, baseURL }) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
    page = await context.newPage();
    await answer(page);
    page.on('request', request => asked.push(request.url()));
    await openLab(page, baseURL!);
    await openNotebook(page, 'cards.ipynb');
  });

  test('an untrusted notebook shows text and asks for nothing', async () => {
    await expect(page.locator('.jp-Dh-runOutput').first()).toContainText('Run train-42');
    await expect(page.locator('.jp-Dh-runOutput').last()).toHaveText('Not a run of ours');
    expect(asked.filter(url => url.includes('/runs/run'))).toEqual([]);
  });

  test('running, failed and succeeded are drawn', async () => {
    for (let left = 3; left > 0; left--) {
      await page.getByRole('button', { name: 'Show the run' }).first().click();
      await expect(page.getByRole('button', { name: 'Show the run' })).toHaveCount(left - 1);
    }
    const card = page.getByRole('region', { name: 'Run train-42, running' });
    await expect(card).toContainText('62% · round 248 of 400');
    await expect(card).toContainText('last 4 of 212 lines');
    await expect(page.getByRole('region', { name: 'Run features-18, failed' })).toContainText(
      'cell [5] line 11'
    );
    await expect(page.getByRole('region', { name: 'Run train-41, succeeded' })).toContainText(
      '336,776'
    );
  });

  test('the rest of a long message is folded, and opens by a key', async () => {
    const card = page.getByRole('region', { name: 'Run features-18, failed' });
    await expect(card.locator('.jp-Dh-diag-what')).toHaveText(HEAD);
    const last = card.getByText('row 40 is odd');
    await expect(last).toBeHidden();
    await card.getByText('Show all').focus();
    await page.keyboard.press('Enter');
    await expect(last).toBeVisible();
    await expect(card.getByText('row 1 is odd')).toBeVisible();
  });

  test('axe finds nothing in any theme', async () => {
    expect(await faultsInThemes(page, 'cards', '.jp-Dh-runOutput')).toEqual([]);
  });

  test('a narrow card keeps its words', async () => {
    await page.setViewportSize({ width: 700, height: 1000 });
    const card = page.getByRole('region', { name: 'Run train-42, running' });
    await expect(card.getByRole('button', { name: 'Stop' })).toBeVisible();
    await page.screenshot({ path: 'test-results/cards-narrow.png' });
    expect(await card.evaluate(node => node.scrollWidth <= node.clientWidth)).toBe(true);
  });

  test('nobody outside this server was asked', async ({ baseURL }) => {
    const outside = asked.filter(url => /^(http|ws)s?:/.test(url) && !url.startsWith(baseURL!));
    expect(outside).toEqual([]);
  });
});

/** Lets the page see recorded runs in place of the server's. */
async function answer(page: Page): Promise<void> {
  for (const [id, run] of Object.entries({ run42: running, run18: long, run41: succeeded })) {
    await page.route(new RegExp(`/dh/api/v1/-/flights/runs/${id}(\\?|$)`), route =>
      route.fulfill({ json: run })
    );
  }
  await page.routeWebSocket(/\/dh\/api\/v1\/-\/flights\/runs\/run42\/stream\/ws/, socket =>
    messages.forEach(message => socket.send(JSON.stringify(message)))
  );
  await page.route(`${RUNS}?state=RUNNING*`, route =>
    route.fulfill({ json: { totalElements: 1 } })
  );
  await page.route('**/dh/.well-known/configuration*', route =>
    route.fulfill({ json: { dh_default_project: 'flights' } })
  );
}
