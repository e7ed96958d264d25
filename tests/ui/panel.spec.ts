import { expect, test } from '@jupyterlab/galata';

import { amount } from '../../src/model/amounts';
import {
  ADVISE,
  ask,
  chartColours,
  command,
  expectFits,
  faint,
  load,
  open,
  totalOf,
  WORK
} from './helpers';

test('shows what greenlab weighed, and follows edits, units and themes', async ({
  page,
  tmpPath
}) => {
  const long = `import time; time.sleep(1); ${WORK}`;
  const panel = await open(page, `${tmpPath}/weigh.ipynb`, [long, `${WORK}  # again`]);
  await load(panel);
  await page.notebook.runCell(0, true);
  await page.notebook.runCell(1, true);
  const total = panel.locator('.jp-greenlab-total');
  await expect(panel).toContainText('2 cell runs');
  const used = await totalOf(page);
  expect(used.value).toBeGreaterThan(0);
  await expect(total).toContainText(amount(used, 'J'));
  await expect(page.locator('.jp-greenlab-status')).toContainText(amount(used, 'J'));

  const line = page.locator('.jp-Notebook .jp-Cell').first().locator('.jp-greenlab-cell-line');
  await expect(line).toContainText(/J.* · .* · (measured|modelled|assumed)/);

  await panel.locator('.jp-greenlab-row', { hasText: '[1]' }).click();
  await expect(page.locator('.jp-Notebook .jp-Cell').first()).toHaveClass(/jp-mod-active/);

  await page.notebook.setCell(0, 'code', 'edited = 1');
  await expect(panel.locator('.jp-greenlab-row', { hasText: 'edited = 1' })).toContainText(
    'edited since'
  );
  await page.notebook.selectCells(0);
  await command(page, 'notebook:delete-cell');
  await expect(panel).toContainText('no longer in the notebook');

  await command(page, 'greenlab:toggle-unit');
  await expect(total).toContainText(amount(used, 'Wh'));
  await command(page, 'greenlab:toggle-unit');
  await expect(total).toContainText(amount(used, 'J'));

  const light = await chartColours(panel);
  expect(light.length).toBeGreaterThan(0);
  expect(await faint(panel)).toEqual([]);
  await page.theme.setDarkTheme();
  await expect.poll(() => chartColours(panel)).not.toEqual(light);
  expect(await faint(panel)).toEqual([]);
  await page.theme.setLightTheme();

  await expectFits(page, panel);
});

test.describe('a kernel of its own', () => {
  test.use({ kernels: null, sessions: null }); // Galata's stand-ins know no restart

  test('survives a reload while a cell runs, and begins again with the kernel', async ({
    page,
    tmpPath
  }) => {
    test.slow(); // two loads of the page
    const wait = "import os, time\nwhile not os.path.exists('go'):\n    time.sleep(0.1)";
    const panel = await open(page, `${tmpPath}/reload.ipynb`, [WORK, wait]);
    await load(panel);
    await page.notebook.runCell(0, true);
    await expect(panel).toContainText('1 cell run');
    await page.notebook.save();
    await page.notebook.selectCells(1);
    command(page, 'notebook:run-cell').catch(() => undefined); // the reload ends it
    await expect(panel.locator('.jp-greenlab-now')).toContainText('W now');

    await page.reload({ waitForIsReady: false });
    await expect(panel.locator('.jp-greenlab-now')).toContainText('W now', { timeout: 30_000 });
    await expect(panel).toContainText('2 cell runs'); // the running one is counted
    await page.contents.uploadContent('', 'text', `${tmpPath}/go`);
    await expect(panel.locator('.jp-greenlab-now')).toHaveCount(0);
    await expect(panel).toContainText('2 cell runs');
    const used = await totalOf(page);
    await expect(panel.locator('.jp-greenlab-total')).toContainText(amount(used, 'J'));

    await page.evaluate(() => {
      const { shell } = (window as any).jupyterapp;
      return shell.currentWidget.sessionContext.session.kernel.restart();
    });
    await expect(panel).toContainText('Run a cell to see what it uses'); // loaded again
    await page.notebook.runCell(0, true);
    await expect(panel).toContainText('1 cell run');
  });
});

test('the first cell shows its figures while it runs', async ({ page, tmpPath }) => {
  const wait = "import os, time\nwhile not os.path.exists('go'):\n    time.sleep(0.1)";
  const panel = await open(page, `${tmpPath}/first-cell.ipynb`, [wait]);
  await load(panel);
  await page.notebook.selectCells(0);
  const run = command(page, 'notebook:run-cell');
  await expect(panel).toContainText('1 cell run');
  const total = panel.locator('.jp-greenlab-total');
  await expect(total).toContainText('J');
  const before = await total.textContent();
  await expect(total).not.toHaveText(before!);
  await expect(panel.locator('.jp-greenlab-plot .fills path').first()).toBeVisible();
  await expect(panel.locator('.jp-greenlab-cells')).toHaveCount(0); // none has ended
  await page.contents.uploadContent('', 'text', `${tmpPath}/go`);
  await run;
  await expect(panel.locator('.jp-greenlab-cells')).toContainText('import os');
  await expect(panel).toContainText('1 cell run');
});

test('follows the active notebook, and empties when unloaded', async ({ page, tmpPath }) => {
  const panel = await open(page, `${tmpPath}/first.ipynb`, [WORK, '%unload_ext greenlab']);
  await load(panel);
  await page.notebook.runCell(0, true);
  await expect(panel).toContainText('1 cell run');
  await open(page, `${tmpPath}/second.ipynb`, [WORK]);
  await expect(panel).toContainText('not loaded');
  await page.activity.activateTab('first.ipynb');
  await expect(panel).toContainText('1 cell run');
  await page.notebook.runCell(1, true);
  await expect(panel).toContainText('not loaded');
  await expect(page.locator('.jp-greenlab-cell-line')).toHaveCount(0);
});

test('applies advice as one step of undo', async ({ page, tmpPath }) => {
  const panel = await open(page, `${tmpPath}/advice.ipynb`, [
    'answer = sum([i for i in range(10)])'
  ]);
  await load(panel);
  await page.notebook.runCell(0, true);
  await expect(panel).toContainText('1 cell run');
  await ask(page, ADVISE);
  const card = panel.locator('.jp-greenlab-card');
  await expect(card).toContainText('Sum without a list');
  await card.getByRole('button', { name: 'Apply' }).click();
  await expect.poll(() => page.notebook.getCellTextInput(0)).toBe('answer = sum(range(10))');
  await expect(card).toContainText('Applied');
  await page.notebook.enterCellEditingMode(0);
  await page.keyboard.press('Control+z');
  await expect
    .poll(() => page.notebook.getCellTextInput(0))
    .toBe('answer = sum([i for i in range(10)])');
  await card.getByRole('button', { name: 'Dismiss' }).click();
  await expect(card).toHaveCount(0);
});
