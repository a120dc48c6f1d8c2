const TAB = '.jp-Dh-tabs [role="tab"]';

const tabsOf = (page: HTMLElement): HTMLElement[] => [...page.querySelectorAll<HTMLElement>(TAB)];

/** Names of a page's parts. */
export const partsOf = (page: HTMLElement): string[] =>
  tabsOf(page).map(({ dataset }) => dataset.tab ?? '');

/** Show a part of a page, and put the focus on its tab. */
export function showPart(page: HTMLElement, name: string): void {
  const tab = tabsOf(page).find(({ dataset }) => dataset.tab === name);
  tab?.click();
  tab?.focus();
}

/** Go on by so many parts; after the last comes the first. */
export function movePart(page: HTMLElement, by: number): void {
  const tabs = tabsOf(page);
  const chosen = tabs.findIndex(tab => tab.getAttribute('aria-selected') === 'true');
  const next = tabs.at((chosen + by) % tabs.length);
  showPart(page, next?.dataset.tab ?? '');
}

/** The picker of versions in a page's head, if there are several. */
export const versionPicker = (page: HTMLElement): HTMLSelectElement | null =>
  page.querySelector<HTMLSelectElement>('.jp-Dh-page-head select');
