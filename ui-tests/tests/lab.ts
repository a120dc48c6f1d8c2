import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const SLOWEST_START = 90_000; // ms, of Lab or a kernel on a busy machine

/** Opens Lab signed in, with a fresh workspace, and waits until it is usable. */
export async function openLab(page: Page, baseURL: string, path = '/lab'): Promise<void> {
  await page.goto(`${baseURL}${path}?token=ui-test-token&reset`);
  await expect(page.locator('#jupyterlab-splash')).toHaveCount(0, { timeout: SLOWEST_START });
  await seeColours(page);
}

/** Lab's body is 0 px high, which blinds axe's contrast rule. */
export async function seeColours(page: Page): Promise<void> {
  await page.addStyleTag({ content: 'html,body{height:100% !important}' });
}

/** Opens a notebook, whose kernel is ready then. */
export async function openNotebook(page: Page, name: string): Promise<void> {
  await kernelAfter(page, () => page.locator('.jp-DirListing-item', { hasText: name }).dblclick());
}

/** Does what starts a kernel, and waits for its first message: Lab drops cells run before it. */
export async function kernelAfter(page: Page, start: () => Promise<void>): Promise<void> {
  const kernel = page.waitForEvent('websocket', {
    predicate: socket => socket.url().includes('/channels'),
    timeout: SLOWEST_START
  });
  await start();
  await (await kernel).waitForEvent('framereceived', { timeout: SLOWEST_START });
}

/** Runs one more cell, the active one, and goes to the next. */
export async function runCell(page: Page, index: number): Promise<void> {
  const cell = page.locator('.jp-Notebook .jp-Cell').nth(index);
  await cell.locator('.jp-InputArea-prompt').click();
  await page.keyboard.press('Shift+Enter');
  await expect(cell.locator('.jp-InputArea-prompt')).toHaveText(/\[\d+\]:/);
}

/** The last is Lab's own at the start. */
export const THEMES = ['Dark', 'Dark High Contrast', 'Light'] as const;

/** As from the menu, and under an open dialog too. */
export async function setTheme(page: Page, theme: (typeof THEMES)[number]): Promise<void> {
  const name = `JupyterLab ${theme}`;
  await page.evaluate(async theme => {
    const { commands } = (window as unknown as { jupyterapp: App }).jupyterapp;
    await commands.execute('apputils:change-theme', { theme });
  }, name);
  await expect(page.locator(`body[data-jp-theme-name="${name}"]`)).toHaveCount(1);
  await expect(page.locator('#jupyterlab-splash')).toHaveCount(0);
}

interface App {
  readonly commands: { execute(id: string, args: object): Promise<unknown> };
}

/** What axe finds wrong in any theme, with a picture of each in test-results. It ends in the light one. */
export async function faultsInThemes(
  page: Page,
  picture: string,
  ...selectors: string[]
): Promise<string[]> {
  const all: string[] = [];
  for (const theme of THEMES) {
    await setTheme(page, theme);
    const name = theme.toLowerCase().replace(/ /g, '-');
    await page.screenshot({ path: `test-results/${picture}-${name}.png` });
    all.push(...(await faults(page, ...selectors)).map(fault => `${theme}: ${fault}`));
  }
  return all;
}

/** What axe finds wrong with our own nodes, by rule; and buttons that show an icon alone and say nowhere what they do. */
export async function faults(page: Page, ...selectors: string[]): Promise<string[]> {
  let axe = new AxeBuilder({ page });
  for (const selector of selectors) {
    axe = axe.include(selector);
  }
  const { violations, passes } = await axe.analyze();
  // Without it the contrast rule was blind, and a clean result says nothing.
  expect(passes.map(pass => pass.id)).toContain('color-contrast');
  return [
    ...violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' ')}`),
    ...(await unexplained(page, selectors))
  ];
}

async function unexplained(page: Page, selectors: readonly string[]): Promise<string[]> {
  const bare = await page.locator(selectors.join(',') || 'body').evaluateAll(roots =>
    roots
      .flatMap(root => [root, ...root.querySelectorAll('*')])
      .filter(node => node.matches('button, [role="button"], jp-button'))
      .filter(node => !node.textContent?.trim() && !node.closest('[title]'))
      .map(node => node.outerHTML)
  );
  return bare.map(html => `no tooltip: ${html}`);
}
