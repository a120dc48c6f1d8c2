import { expect, type Browser, type Locator, type Page } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the fonts lie that matplotlib brings along, in a version that is pinned: what is installed here does not matter. */
const FONTS = execFileSync(process.env.PYTHON ?? 'python', [
  '-c',
  'from importlib.util import find_spec as f; import pathlib; print(pathlib.Path(f("matplotlib").origin).parent / "mpl-data/fonts/ttf", end="")'
]).toString();

const FACES = [
  ['dh-still', 400, 'DejaVuSans.ttf'],
  ['dh-still', 600, 'DejaVuSans-Bold.ttf'],
  ['dh-still-mono', 400, 'DejaVuSansMono.ttf'],
  ['dh-still-mono', 600, 'DejaVuSansMono-Bold.ttf']
] as const;

/** Fewer pixels than an icon's stroke has; what antialiasing makes of an edge is not counted. */
const TOLERANCE = { threshold: 0.1, maxDiffPixels: 30 };

/** A page on which nothing moves: its clock stands at `now`, it is in UTC and English, and has fonts of its own. */
export async function stillPage(
  browser: Browser,
  now: string,
  viewport: { width: number; height: number }
): Promise<Page> {
  const context = await browser.newContext({
    viewport,
    deviceScaleFactor: 1,
    locale: 'en-US',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
    colorScheme: 'light'
  });
  const page = await context.newPage();
  await page.clock.setFixedTime(now);
  return page;
}

/** Writes everything in the fonts of the tests, once Lab is there. */
export async function withOwnFonts(page: Page): Promise<void> {
  await page.waitForFunction(() => 'jupyterapp' in window);
  await page.evaluate(() => (window as unknown as { jupyterapp: App }).jupyterapp.restored);
  const faces = FACES.map(([family, weight, file]) => {
    const data = readFileSync(join(FONTS, file)).toString('base64');
    return `@font-face{font-family:${family};font-weight:${weight};src:url(data:font/ttf;base64,${data})}`;
  });
  const use =
    ':root,body{--jp-ui-font-family:dh-still !important;--jp-content-font-family:dh-still !important;' +
    '--jp-code-font-family:dh-still-mono !important;--jp-code-font-family-default:dh-still-mono !important}';
  await page.addStyleTag({ content: [...faces, use].join('\n') });
  await page.evaluate(async faces => {
    await Promise.all(
      faces.map(([family, weight]) => document.fonts.load(`${weight} 13px ${family}`))
    );
  }, FACES);
}

/** Compares a node with its picture. */
export async function looksAsBefore(node: Locator, name: string): Promise<void> {
  await node.page().mouse.move(0, 0);
  await expect(node).toHaveScreenshot(`${name}.png`, TOLERANCE);
}

/** What the tests ask of the page's own application. */
interface App {
  readonly restored: Promise<void>;
}
