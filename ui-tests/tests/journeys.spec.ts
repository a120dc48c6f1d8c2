import { expect, type Locator, type Page, test } from '@playwright/test';
import { kernelAfter, openLab } from './lab';

/** Milliseconds: a kernel's start and a model's training, on a busy machine. */
const WHOLE_JOURNEY = 600_000;

/** `name` keeps what the two make apart. */
const cells = (name: string): string[] => [
  '%load_ext dh_kernel',
  [
    `%%dh function ${name} --out ${name}_line`,
    'from sklearn.linear_model import LinearRegression',
    '',
    `def ${name}(slope: float = 2.0):`,
    '    return LinearRegression().fit([[0.0], [1.0]], [0.0, slope])'
  ].join('\n')
];

/** From an empty notebook to a published model, by one way to point alone. */
for (const way of ['keyboard', 'mouse'] as const) {
  test(`from an empty notebook to a published model, with the ${way} alone`, async ({
    browser,
    baseURL
  }) => {
    test.setTimeout(WHOLE_JOURNEY);
    const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
    const page = await context.newPage();
    await openLab(page, baseURL!, `/lab/workspaces/${way}`);
    const hand = way === 'keyboard' ? byKeyboard(page) : byMouse(page);
    await hand.newNotebook();
    for (const [index, source] of cells(way).entries()) {
      await hand.runCell(index, source);
    }
    const panel = page.getByRole('region', { name: 'DigitalHub', exact: true });
    const row = (list: string, name: string): Locator =>
      panel.getByRole('tree', { name: list }).getByRole('treeitem').filter({ hasText: name });
    const dialog = page.getByRole('dialog');
    await hand.openPanel();

    const made = row('Functions', way);
    await hand.choose(made, 'Run…');
    await expect(dialog).toContainText(`Run ${way}`);
    await hand.agree(dialog, 'Run');
    await expect(dialog).toHaveCount(0);
    await expect(made).toBeFocused();

    const model = row('Models', `${way}_line`);
    await expect(model).toBeVisible();
    await hand.choose(model, 'Publish…');
    await expect(dialog.getByRole('textbox', { name: 'Name' })).toBeFocused();
    await hand.agree(dialog, 'Publish');
    await expect(dialog).toHaveCount(0);
    await expect(page.getByText(`model/${way}_line@1 is published.`)).toBeVisible();
    await expect(model).toBeFocused();
    await context.close();
  });
}

interface Hand {
  newNotebook(): Promise<void>;
  runCell(index: number, source: string): Promise<void>;
  openPanel(): Promise<void>;
  /** An item of a row's menu. */
  choose(row: Locator, item: string): Promise<void>;
  /** The button of a dialog that is open. */
  agree(dialog: Locator, button: string): Promise<void>;
}

const item = (page: Page, name: string): Locator =>
  page.locator('.lm-Menu-item').filter({ hasText: new RegExp(`^${name}$`) });
const prompt = (page: Page, index: number): Locator =>
  page.locator('.jp-Notebook .jp-Cell').nth(index).locator('.jp-InputArea-prompt');
const wasRun = (page: Page, index: number): Promise<void> =>
  expect(prompt(page, index)).toHaveText(/\[\d+\]:/);

function byKeyboard(page: Page): Hand {
  /** Tab leads there, and one sees where one is. */
  const tabTo = async (wanted: Locator, key = 'Tab'): Promise<void> => {
    await expect(wanted).toBeVisible();
    for (let pressed = 0; pressed < 60; pressed++) {
      await page.keyboard.press(key);
      if (await wanted.evaluate(node => node === node.ownerDocument.activeElement)) {
        const { outlineStyle, outlineWidth } = await wanted.evaluate(node =>
          getComputedStyle(node)
        );
        expect(outlineStyle).not.toBe('none');
        expect(parseFloat(outlineWidth)).toBeGreaterThan(0);
        return;
      }
    }
    throw new Error(`${key} does not lead to ${String(wanted)}`);
  };
  return {
    newNotebook: async () => {
      await expect(page.locator('.jp-Launcher')).toBeFocused();
      await tabTo(page.locator('.jp-LauncherCard', { hasText: 'Python 3' }).first());
      await kernelAfter(page, () => page.keyboard.press('Enter'));
    },
    runCell: async (index, source) => {
      const editor = page.locator('.jp-Notebook .jp-Cell').nth(index).locator('.cm-content');
      await expect(editor).toBeFocused();
      await page.keyboard.insertText(source);
      await page.keyboard.press('Shift+Enter');
      await wasRun(page, index);
    },
    openPanel: async () => {
      await page.keyboard.press('Control+Shift+Y');
      await expect(page.getByRole('searchbox', { name: 'Search the project' })).toBeFocused();
    },
    choose: async (row, name) => {
      const list = row.locator('xpath=ancestor::*[@role="tree"]');
      // One stop for each list; arrows go on within.
      await tabTo(list.locator('[role="treeitem"][tabindex="0"]'));
      for (let pressed = 0; pressed < 30 && !(await isFocused(row)); pressed++) {
        await page.keyboard.press('ArrowDown');
      }
      await expect(row).toBeFocused();
      await page.keyboard.press('Shift+F10');
      await expect(item(page, name)).toBeVisible();
      const active = page.locator('.lm-Menu-item.lm-mod-active');
      for (let pressed = 0; pressed < 20; pressed++) {
        await page.keyboard.press('ArrowDown');
        if ((await active.innerText()).trim() === name) {
          break;
        }
      }
      await expect(active).toHaveText(name);
      await page.keyboard.press('Enter');
    },
    agree: async (dialog, button) => {
      await expect(dialog.locator(':focus')).toHaveCount(1);
      await tabTo(dialog.getByRole('button', { name: button, exact: true }));
      await page.keyboard.press('Enter');
    }
  };
}

const isFocused = (row: Locator): Promise<boolean> =>
  row.evaluate(node => node === node.ownerDocument.activeElement);

/** Nothing is typed but what a cell says. */
function byMouse(page: Page): Hand {
  return {
    newNotebook: async () => {
      const card = page.locator('.jp-LauncherCard', { hasText: 'Python 3' }).first();
      await kernelAfter(page, () => card.click());
    },
    runCell: async (index, source) => {
      await page.locator('.jp-Notebook .jp-Cell').nth(index).locator('.cm-content').click();
      await page.keyboard.insertText(source);
      await page.getByRole('button', { name: /^Run this cell and advance/ }).click();
      await wasRun(page, index);
    },
    openPanel: () => page.getByRole('tab', { name: /^DigitalHub: runs/ }).click(),
    choose: async (row, name) => {
      await row.click({ button: 'right' });
      await item(page, name).click();
    },
    agree: (dialog, button) => dialog.getByRole('button', { name: button, exact: true }).click()
  };
}
