import { beforeEach, describe, expect, it } from 'vitest';
import { notebooksMeant, type NotebookPlaces } from '../notebooksMeant';

/** Lab as it is after menus were opened: it remembers the last one's node for good. */
describe('notebooksMeant', () => {
  const panels = ['RTC:work/a.ipynb', 'b.ipynb'].map((path, n) => ({
    id: `tab-${n}`,
    context: { path }
  }));
  const files = [
    { type: 'notebook', path: 'RTC:work/c.ipynb' },
    { type: 'file', path: 'RTC:work/d.py' },
    { type: 'notebook', path: 'RTC:work/e.ipynb' }
  ];
  let hit: HTMLElement;
  let current: unknown;

  const places = (): NotebookPlaces =>
    ({
      app: {
        contextMenuHitTest: (fits: (node: HTMLElement) => boolean) => (fits(hit) ? hit : undefined),
        shell: { currentWidget: current }
      },
      notebooks: {
        currentWidget: panels[1],
        find: (fits: (panel: (typeof panels)[number]) => boolean) => panels.find(fits)
      },
      files: { tracker: { currentWidget: { selectedItems: () => files.values() } } }
    }) as unknown as NotebookPlaces;
  const onFile = (): void => hit.classList.add('jp-DirListing-item');
  const onTab = (id: string): void => void (hit.dataset.id = id);

  beforeEach(() => {
    hit = document.createElement('li');
    current = panels[1];
  });

  it('is the notebook in view, wherever a menu was opened before', () => {
    onFile();
    expect(notebooksMeant(places(), {})).toEqual(['b.ipynb']);
    expect(notebooksMeant(places(), { toolbar: true } as object)).toEqual(['b.ipynb']);
  });

  it('is none where something else is in view', () => {
    current = { id: 'a terminal' };
    onTab('tab-0');
    expect(notebooksMeant(places(), {})).toEqual([]);
  });

  it('is all selected notebooks for the menu of a file, with their drive', () => {
    onFile();
    expect(notebooksMeant(places(), { menu: true })).toEqual([
      'RTC:work/c.ipynb',
      'RTC:work/e.ipynb'
    ]);
  });

  it('is the notebook of the tab that a menu was opened on, not the one in view', () => {
    onTab('tab-0');
    expect(notebooksMeant(places(), { menu: true })).toEqual(['RTC:work/a.ipynb']);
  });

  it('is none for the tab of something else', () => {
    onTab('terminal-1');
    expect(notebooksMeant(places(), { menu: true })).toEqual([]);
  });

  it('is the one that is named', () => {
    onFile();
    expect(notebooksMeant(places(), { path: 'x.ipynb', menu: true })).toEqual(['x.ipynb']);
  });
});
