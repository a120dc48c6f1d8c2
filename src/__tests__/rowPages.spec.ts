import { describe, expect, it, vi } from 'vitest';
import type { Entity, TableRows } from '../_contract';
import { columnWidths, placeAfter, windowOf } from '../models/gridPlaces';
import { RowPages } from '../models/rowPages';

const dataset = (rows: number | undefined, kept: number): Entity =>
  ({
    spec: { schema: { fields: [{ name: 'n', type: 'integer' }] } },
    status: {
      ...(rows === undefined ? {} : { rows }),
      ...(kept ? { preview: { cols: [{ name: 'n', value: [...Array(kept).keys()] }] } } : {})
    }
  }) as unknown as Entity;

/** A server with so many rows, that answers when it is let. */
function serverOf(total: number) {
  const asked: {
    start: number;
    size: number;
    answer: () => void;
    refuse: (error: object) => void;
  }[] = [];
  const request = (start: number, size: number): Promise<TableRows> =>
    new Promise((resolve, reject) => {
      const length = Math.max(0, Math.min(size, total - start));
      const rows = Array.from({ length }, (_, index) => [start + index]);
      const columns = [{ name: 'n', type: 'integer' as const }];
      asked.push({
        start,
        size,
        answer: () => resolve({ total, start, width: 1, columns, rows }),
        refuse: reject
      });
    });
  return { asked, request };
}

const next = (pages: RowPages): Promise<void> =>
  new Promise(resolve => {
    const seen = (): void => {
      pages.changed.disconnect(seen);
      resolve();
    };
    pages.changed.connect(seen);
  });

describe('rows of a dataset', () => {
  it('are the kept ones at once, and the others when they are looked at', async () => {
    const { asked, request } = serverOf(5000);
    const pages = new RowPages(request);
    pages.begin(dataset(5000, 10));
    expect([pages.length, pages.row(9), pages.row(10)]).toEqual([5000, [9], null]);
    expect(asked).toEqual([]);
    pages.want(0, 30);
    expect(asked[0]).toMatchObject({ start: 0, size: 100 });
    asked[0]!.answer();
    await next(pages);
    expect([pages.row(10), pages.row(99), pages.row(100)]).toEqual([[10], [99], null]);
    expect(asked).toHaveLength(1);
  });

  it('are not asked for where all were kept', () => {
    const { asked, request } = serverOf(3);
    const pages = new RowPages(request);
    pages.begin(dataset(3, 3));
    pages.want(0, 2);
    expect([pages.length, pages.row(2), asked]).toEqual([3, [2], []]);
  });

  it('are asked for one page at a time, and of a long scroll only those where it stops', async () => {
    const { asked, request } = serverOf(100_000);
    const pages = new RowPages(request);
    pages.begin(dataset(100_000, 10));
    for (let row = 0; row < 90_000; row += 1000) {
      pages.want(row, row + 30);
    }
    asked[0]!.answer();
    await next(pages);
    expect(asked.map(({ start }) => start)).toEqual([0, 89_000]);
  });

  it('are kept for some pages only', async () => {
    const { asked, request } = serverOf(100_000);
    const pages = new RowPages(request);
    pages.begin(dataset(100_000, 0));
    for (let page = 0; page < 70; page++) {
      pages.want(page * 100, page * 100 + 30);
      asked.at(-1)!.answer();
      await next(pages);
    }
    expect([pages.row(0), pages.row(6950)]).toEqual([null, [6950]]);
  });

  it('are those that were kept, where the server refuses, with the reason', async () => {
    const { asked, request } = serverOf(5000);
    const pages = new RowPages(request);
    pages.begin(dataset(5000, 10));
    pages.want(0, 30);
    asked[0]!.refuse({ status: 403, message: 'Not here.', hint: 'Read it there.' });
    await next(pages);
    expect([pages.length, pages.total, pages.row(9)]).toEqual([10, 5000, [9]]);
    expect(pages.problem).toBe('Not here. Read it there.');
    pages.want(0, 9);
    expect(asked).toHaveLength(1);
    pages.again();
    asked[1]!.answer();
    await next(pages);
    expect([pages.length, pages.problem, pages.row(10)]).toEqual([5000, '', [10]]);
  });

  it('stay, but for the page that the server could not give', async () => {
    const { asked, request } = serverOf(5000);
    const pages = new RowPages(request);
    pages.begin(dataset(5000, 10));
    pages.want(0, 30);
    asked[0]!.answer();
    await next(pages);
    pages.want(200, 230);
    asked[1]!.refuse(new TypeError('Failed to fetch'));
    await next(pages);
    expect([pages.length, pages.hasFailed, pages.problem]).toEqual([5000, true, '']);
    expect([pages.row(50), pages.row(200)]).toEqual([[50], null]);
  });

  it('are counted by the server where nothing was kept', async () => {
    const { asked, request } = serverOf(250);
    const pages = new RowPages(request);
    pages.begin(dataset(undefined, 0));
    expect(pages.length).toBe(0);
    pages.want(0, 0);
    asked[0]!.answer();
    await next(pages);
    expect([pages.length, pages.row(3)]).toEqual([250, [3]]);
  });

  it('tell nobody once they are disposed of', async () => {
    const { asked, request } = serverOf(250);
    const pages = new RowPages(request);
    const told = vi.fn();
    pages.begin(dataset(250, 0));
    pages.changed.connect(told);
    pages.want(0, 0);
    pages.dispose();
    asked[0]!.answer();
    await Promise.resolve();
    expect(told).not.toHaveBeenCalled();
  });
});

describe('places in a grid', () => {
  const extent = { rows: 1000, columns: 5, page: 20 };
  const at = { row: 500, column: 2 };
  const key = (key: string, ctrlKey = false) => ({ key, ctrlKey, metaKey: false, altKey: false });

  it.each([
    ['ArrowDown', false, at, { row: 501, column: 2 }],
    ['ArrowUp', true, at, { row: 0, column: 2 }],
    ['ArrowRight', false, at, { row: 500, column: 3 }],
    ['ArrowRight', true, at, { row: 500, column: 4 }],
    ['PageDown', false, at, { row: 520, column: 2 }],
    ['PageUp', false, { row: 5, column: 2 }, { row: 0, column: 2 }],
    ['Home', false, at, { row: 500, column: 0 }],
    ['End', true, at, { row: 999, column: 4 }],
    ['ArrowDown', false, { row: 999, column: 2 }, { row: 999, column: 2 }],
    ['ArrowLeft', false, { row: 0, column: 0 }, { row: 0, column: 0 }],
    ['Enter', false, at, null]
  ])('%s, with Ctrl: %s', (name, isFar, from, to) => {
    expect(placeAfter(key(name, isFar), from, extent)).toEqual(to);
  });

  it("are none where Alt is held: those keys are the page's", () => {
    expect(placeAfter({ ...key('ArrowRight'), altKey: true }, at, extent)).toBeNull();
  });

  it('are in the window that a browser can scroll', () => {
    expect([0, 499_999, 500_000, 1_700_000].map(windowOf)).toEqual([0, 0, 500_000, 1_500_000]);
  });

  it('are as wide as what is said in their column, within reason', () => {
    const [narrow, wide] = columnWidths(
      [
        { name: 'n', type: '' },
        { name: 'text', type: 'string' }
      ],
      [['1', 'x'.repeat(500)]]
    );
    expect([narrow, wide]).toEqual([90, 320]);
  });
});
