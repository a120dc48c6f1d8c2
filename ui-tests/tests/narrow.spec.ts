import { expect, type Locator, type Page, test } from '@playwright/test';
import { NOW } from '../recorded/entity';
import { answerFromRecorded } from '../recorded/server';
import { openLab } from './lab';
import { stillPage } from './still';

test.describe.configure({ mode: 'serial' });

const PHONE = { width: 390, height: 780 };
const THINGS = [
  ['run', 'run41'],
  ['run', 'run18'],
  ['run', 'run44'],
  ['function', 'f3'],
  ['dataitem', 'd4'],
  ['model', 'm6']
] as const;

/** A window as wide as a phone: what can be pressed is to be reached, and no page goes sideways as a whole. */
test.describe('in a narrow window', () => {
  let page: Page;

  const command = (id: string, args: object = {}): Promise<void> =>
    page.evaluate(
      async ([id, args]) => {
        const { commands } = (window as unknown as { jupyterapp: App }).jupyterapp;
        await commands.execute(id, args);
      },
      [id, args] as const
    );

  test.beforeAll(async ({ browser, baseURL }) => {
    page = await stillPage(browser, NOW, PHONE);
    await answerFromRecorded(page);
    await openLab(page, baseURL!, '/lab/workspaces/narrow');
    await page.getByRole('tab', { name: /File Browser/ }).click();
  });

  test.afterAll(() => page.context().close());

  for (const [type, id] of THINGS) {
    test(`all parts of the page of ${id} keep to its width`, async () => {
      await command('dh:open', { project: 'flights', type, id });
      const shown = page.locator('.jp-Dh-page:visible');
      const tabs = shown.getByRole('tab');
      await expect(shown.locator('.jp-Dh-page-head')).toBeVisible();
      await expect(shown.locator('.jp-Dh-skeleton, .jp-Dh-grid-none')).toHaveCount(0);
      expect(await cutIn(shown)).toEqual([]);
      for (const tab of await tabs.all()) {
        await tab.click();
        await expect(tab).toHaveAttribute('aria-selected', 'true');
        await expect(shown.locator('.jp-Dh-skeleton, .jp-Dh-grid-none')).toHaveCount(0);
        expect(await cutIn(shown), await tab.innerText()).toEqual([]);
      }
    });
  }

  test('runs beside each other keep to its width', async () => {
    await command('dh:compare-runs', { project: 'flights', ids: ['run41', 'run40'] });
    const shown = page.locator('.jp-Dh-page:visible');
    await expect(shown.getByRole('heading', { name: /^Compare/ })).toBeVisible();
    expect(await cutIn(shown)).toEqual([]);
  });

  test('the form that launches keeps to its width', async () => {
    void command('dh:run-function', { project: 'flights', type: 'function', id: 'f3' });
    const form = page.locator('.jp-Dh-launch .jp-Dialog-content');
    await expect(form).toContainText('2 packages are installed here');
    expect(await cutIn(form)).toEqual([]);
    await expect(form.getByLabel('data')).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(form).toHaveCount(0);
  });

  test('the panel keeps to its width', async () => {
    await command('dh:open-panel');
    const panel = page.getByRole('region', { name: 'DigitalHub', exact: true });
    await expect(
      panel.getByRole('tree', { name: 'Runs' }).getByRole('treeitem').first()
    ).toBeVisible();
    expect(await cutIn(panel)).toEqual([]);
  });

  test('who wants less motion sees nothing turn, and all states', async () => {
    const panel = page.getByRole('region', { name: 'DigitalHub', exact: true });
    const moving = (): Promise<number> =>
      panel.evaluate(node => node.getAnimations({ subtree: true }).length);
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    await expect.poll(moving).toBeGreaterThan(0);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await expect.poll(moving).toBe(0);
    await expect(panel.getByRole('img', { name: 'Running' }).first()).toBeVisible();
  });
});

/** What goes beyond the sides of a view, or of the window, and can't be scrolled to: by its words. */
function cutIn(view: Locator): Promise<string[]> {
  return view.evaluate(root => {
    const { left, right } = root.getBoundingClientRect();
    const end = Math.min(right, innerWidth) + 1;
    const scrolls = (node: Element | null): boolean =>
      node !== null &&
      node !== root.parentElement &&
      (/auto|scroll/.test(getComputedStyle(node).overflowX) || scrolls(node.parentElement));
    return [...root.querySelectorAll('button, input, select, a, h1, [role="tab"]')]
      .filter(node => node.checkVisibility() && !scrolls(node.parentElement))
      .filter(node => {
        const box = node.getBoundingClientRect();
        return box.width > 0 && (box.left < left - 1 || box.right > end);
      })
      .map(node => node.textContent || node.outerHTML.slice(0, 90));
  });
}

interface App {
  readonly commands: { execute(id: string, args: object): Promise<unknown> };
}
