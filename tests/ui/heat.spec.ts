import { expect, IJupyterLabPageFixture, test } from '@jupyterlab/galata';
import { Locator } from '@playwright/test';

import { ask, load, open } from './helpers';

const DEFINES = `import time

def heavy(n):
    total = 0
    for i in range(n):
        total += i * i
    return total`;

const RUNS = `%%energy --lines
time.sleep(0.1)
heavy(8_000_000)
label = "done"`;

/** The marks in the margin of the cell at this place. */
const marksAt = (page: IJupyterLabPageFixture, index: number): Locator =>
  page.locator('.jp-Notebook .jp-Cell').nth(index).locator('.jp-greenlab-heat');

test('the heaviest lines stand in the panel and in the margin, and a click goes there', async ({
  page,
  tmpPath
}) => {
  const panel = await open(page, `${tmpPath}/heat.ipynb`, [DEFINES, RUNS, 'quick = 1']);
  await load(panel);
  await page.notebook.runCell(0, true);
  await ask(page, "setattr(get_ipython(), 'execution_count', 99)"); // a wide column of counts
  await page.notebook.runCell(1, true);
  await page.notebook.runCell(2, true);

  const lines = panel.locator('.jp-greenlab-hot-line');
  await expect(lines.first()).toContainText('total += i * i');
  await expect(lines.first()).toContainText('[1]:6');
  await expect(panel.locator('.jp-greenlab-lines')).toHaveCount(1); // of one record alone
  const left = async (name: string) =>
    Math.round((await panel.locator(name).first().boundingBox())!.x);
  expect(await left('.jp-greenlab-lines')).toBe(await left('.jp-greenlab-bar'));
  await expect(marksAt(page, 0).first()).toBeVisible();
  await expect(marksAt(page, 1).first()).toHaveAttribute('title', /line \d.* with idle power/);
  await expect(marksAt(page, 2)).toHaveCount(0);

  await lines.first().click();
  await expect(page.locator('.jp-Notebook .jp-Cell').nth(0)).toHaveClass(/jp-mod-active/);
  await expect(page.locator('#jp-main-statusbar')).toContainText('Ln 6, Col 1');

  // A line that was edited since is not the one that ran.
  await page.notebook.setCell(0, 'code', DEFINES.replace('total += i * i', 'total += i'));
  await expect(
    marksAt(page, 0).and(page.locator('[title^="[1] line 6"], [title^="line 6"]'))
  ).toHaveCount(0);
});

test('cells that run for a second are sampled unasked', async ({ page, tmpPath }) => {
  const cells = [
    `${DEFINES}\nend = time.monotonic() + 2\nwhile time.monotonic() < end:\n    heavy(9_000)`
  ];
  const panel = await open(page, `${tmpPath}/unasked.ipynb`, cells);
  await load(panel);
  await page.notebook.runCell(0, true);
  await expect(panel.locator('.jp-greenlab-hot-line').first()).toBeVisible();
  await expect(page.locator('.jp-OutputArea-output table')).toHaveCount(0);
});
