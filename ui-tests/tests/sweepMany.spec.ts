import { expect, test } from '@playwright/test';
import { openLab, openNotebook } from './lab';

const MANY = 10_000;
// Lab adds the time to every address, against caches.
const RUN = /\/flights\/runs\/run42(\?|$)/;
const CHAMPION = /\/flights\/runs\/run42\/trials\/champion/;
const COLUMNS = /\/flights\/runs\/run42\/trials\/columns/;
const numbers = Array.from({ length: MANY }, (_, number) => number);
const auc = numbers.map(number => 0.5 + 0.4 * Math.abs(Math.sin(number)));

const sweep = {
  kind: 'python+sweep:run',
  project: 'flights',
  name: 'run42',
  id: 'run42',
  key: 'store://flights/run/python+sweep:run/run42',
  metadata: { reference: 'run/train-42' },
  spec: {
    function: 'python://flights/train:f',
    sweep: {
      space: {
        lr: { type: 'float', low: 1e-4, high: 1, log: true },
        depth: { type: 'int', low: 4, high: 14 }
      },
      objectives: [{ name: 'auc', direction: 'maximize' }],
      trials: MANY
    }
  },
  status: {
    state: 'COMPLETED',
    sweep: {
      phase: 'done',
      counts: { running: 0, queued: 0, finished: MANY, pruned: 0, failed: 0, total: MANY },
      best: [],
      workers: 4
    }
  }
};

const columns = JSON.stringify({
  revision: MANY,
  number: numbers,
  state: numbers.map(() => 'finished'),
  run: numbers.map(number => `r${number}`),
  values: { auc },
  parameters: {
    lr: numbers.map(number => 10 ** (-4 * Math.abs(Math.cos(number)))),
    depth: numbers.map(number => 4 + (number % 11))
  },
  seconds: numbers.map(() => 1)
});

/** Milliseconds from the next click until the trials were asked for, and until they are all on the screen; taken in the page. */
function timeOfDrawing(rows: number): Promise<{ asked: number; drawn: number }> {
  return new Promise(resolve => {
    let begun = 0;
    document.addEventListener('click', event => (begun ||= event.timeStamp), true);
    const look = (): void => {
      if (begun && document.querySelector(`table[aria-rowcount="${rows}"] tr[data-trial]`)) {
        const [asking] = performance
          .getEntriesByType('resource')
          .filter(({ name }) => name.includes('/trials/columns'));
        // The frame after the one that draws it.
        requestAnimationFrame(now =>
          resolve({
            asked: Math.round((asking?.startTime ?? NaN) - begun),
            drawn: Math.round(now - begun)
          })
        );
      } else {
        requestAnimationFrame(look);
      }
    };
    look();
  });
}

test('of 10,000 trials only those in view are rows, and all are in the plots', async ({
  page,
  baseURL
}) => {
  await page.route(RUN, route => route.fulfill({ json: sweep }));
  await page.route(COLUMNS, route =>
    route.fulfill({ body: columns, contentType: 'application/json' })
  );
  const champion = { reference: 'model/churn@3', value: 0.85, same_inputs: true };
  await page.route(CHAMPION, route => route.fulfill({ json: champion }));
  await openLab(page, baseURL!);
  await openNotebook(page, 'cards.ipynb');
  const opened = page.evaluate(timeOfDrawing, MANY + 1);
  await page.getByRole('button', { name: 'Show the run' }).first().click();
  const card = page.getByRole('region', { name: 'Sweep train-42, succeeded' });
  await expect(card).toContainText('10,000 of 10,000 trials');
  const table = card.getByRole('table', { name: 'Trials' });
  await expect(table).toHaveAttribute('aria-rowcount', '10001');
  await expect(card.getByRole('img', { name: /the champion has 0.85$/ })).toBeVisible();
  const { asked, drawn } = await opened;
  test
    .info()
    .annotations.push({ type: 'ms', description: `${asked} until asked, ${drawn} in all` });
  const best = table.locator('tr[data-trial]').first();
  await expect(best).toHaveAttribute('data-trial', String(auc.indexOf(Math.max(...auc))));
  expect(await table.locator('tr[data-trial]').count()).toBeLessThan(60);
  await best.focus();
  await page.keyboard.press('End');
  const last = table.locator('tr[aria-rowindex="10001"]');
  await expect(last).toBeFocused();
  await page.screenshot({ path: 'test-results/sweep-many.png' });
});
