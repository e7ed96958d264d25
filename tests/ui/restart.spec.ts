import { expect, galata, IJupyterLabPageFixture, test } from '@jupyterlab/galata';
import { Locator, Page } from '@playwright/test';

import { ask, command, load, open, WORK } from './helpers';

/** Which cells have records, in the order in which they ran; the grids of their grams. */
const CELLS = "[r.cell_id for r in __import__('greenlab').records() if r.kind == 'cell']";
const ZONES = "sorted({r.intensity.zone for r in __import__('greenlab').records()})";

const LOAD_EXT = '%load_ext greenlab';
const settings = (ours: object) => ({
  ...galata.DEFAULT_SETTINGS,
  'jupyterlab-greenlab:plugin': ours
});

test.use({ kernels: null, sessions: null }); // Galata's stand-ins know no restart

/** "Restart Kernel and Run All Cells", and wait for the last cell. */
async function restartAndRunAll(page: IJupyterLabPageFixture, wait = true): Promise<void> {
  const done = command(page, 'notebook:restart-run-all');
  await page.locator('.jp-Dialog .jp-mod-accept').click();
  if (wait) {
    await done;
  } else {
    done.catch(() => undefined);
  }
}

async function expectAllWeighed(page: Page, panel: Locator, ids: string[]): Promise<void> {
  await expect.poll(() => ask(page, CELLS)).toBe(`['${ids.join("', '")}']`);
  await expect(panel).toContainText(`${ids.length} cell runs`);
  await expect(panel).not.toContainText('not measured');
}

test.describe('who wants every kernel weighed', () => {
  test.use({ mockSettings: settings({ autoLoad: true }) });

  test('has the first cell weighed too, after a restart', async ({ page, tmpPath }) => {
    const panel = await open(page, `${tmpPath}/auto.ipynb`, [WORK, WORK, WORK]);
    await expect(panel).toContainText('Run a cell to see what it uses');
    for (let round = 0; round < 3; round++) {
      await restartAndRunAll(page);
      await expectAllWeighed(page, panel, ['cell-0', 'cell-1', 'cell-2']);
    }
  });
});

test('who loads it by the button has it again after each restart', async ({
  page,
  tmpPath
}) => {
  const panel = await open(page, `${tmpPath}/button.ipynb`, [WORK, LOAD_EXT, WORK]);
  await load(panel);
  await restartAndRunAll(page);
  await expectAllWeighed(page, panel, ['cell-0', 'cell-1', 'cell-2']);
  expect(await page.notebook.getCellTextOutput(1)).toBeNull(); // no "already loaded"

  await page.notebook.save();
  await page.reload({ waitForIsReady: false });
  await expect(panel).toContainText('3 cell runs');
  await restartAndRunAll(page);
  await expectAllWeighed(page, panel, ['cell-0', 'cell-1', 'cell-2']);
});

test('cells that ran before it was loaded are named', async ({ page, tmpPath }) => {
  const panel = await open(page, `${tmpPath}/late.ipynb`, [WORK, WORK, WORK]);
  await page.notebook.runCell(0, true);
  await page.notebook.runCell(1, true);
  await panel.getByRole('button', { name: 'Load greenlab' }).click();
  await expect(panel).toContainText('Cells [1] to [2] ran before greenlab was loaded');
});

test.describe('with a zone in the settings', () => {
  test.use({ mockSettings: settings({ zone: 'FR' }) });

  test('every record has its grams, from the first cell on', async ({ page, tmpPath }) => {
    const panel = await open(page, `${tmpPath}/zone.ipynb`, [LOAD_EXT, WORK, WORK, WORK]);
    await page.notebook.runCell(0, true);
    await expect(panel).toContainText('France');
    await restartAndRunAll(page);
    await expectAllWeighed(page, panel, ['cell-1', 'cell-2', 'cell-3']);
    await expect.poll(() => ask(page, ZONES)).toBe("['FR']");
    await expect(panel).toContainText('France');
    await expect(panel).not.toContainText('before:');

    await page.evaluate(() => {
      const { commands } = (window as any).jupyterapp;
      return commands.execute('settingeditor:open', { query: 'greenlab' });
    });
    await page.locator('input[id$="zone"]').first().fill('DE');
    await page.activity.activateTab('zone.ipynb');
    await expect(panel).toContainText('from the next cell on: Germany; before: France');
    await page.notebook.runCell(1, true);
    await expect(panel).toContainText(/since \d\d:\d\d: Germany; before: France/);
  });
});

test('a long first cell is followed while it runs, and over a reload', async ({
  page,
  tmpPath
}) => {
  const wait = "import os, time\nwhile not os.path.exists('go'):\n    time.sleep(0.1)";
  const cells = [LOAD_EXT, WORK, wait];
  const panel = await open(page, `${tmpPath}/long.ipynb`, cells);
  await restartAndRunAll(page, false);
  await expect(panel.locator('.jp-greenlab-now')).toContainText('W now');
  await expect(panel.locator('.jp-greenlab-total')).toContainText('J');
  const total = await panel.locator('.jp-greenlab-total').textContent();
  await expect(panel.locator('.jp-greenlab-total')).not.toHaveText(total!); // it grows
  await page.notebook.save();

  await page.reload({ waitForIsReady: false });
  await expect(panel.locator('.jp-greenlab-now')).toContainText('W now', { timeout: 30_000 });
  await expect(panel.locator('.jp-greenlab-total')).toContainText('J');
  await page.contents.uploadContent('', 'text', `${tmpPath}/go`);
  await expect(panel).toContainText('2 cell runs');
  await expect(panel.locator('.jp-greenlab-now')).toHaveCount(0);
});

test('a folder that holds greenlab.py has it not run', async ({ page, tmpPath }) => {
  const mark = "open('ran', 'w').close()\n";
  await page.contents.uploadContent(mark, 'text', `${tmpPath}/greenlab.py`);
  const panel = await open(page, `${tmpPath}/stranger.ipynb`, [WORK]);
  await load(panel);
  await page.notebook.runCell(0, true);
  await expect(panel).toContainText('1 cell run');
  expect(await page.contents.fileExists(`${tmpPath}/ran`)).toBe(false);
});

test('a notebook that is opened without a kernel says so', async ({ page, tmpPath }) => {
  const path = `${tmpPath}/none.ipynb`;
  await page.contents.uploadContent(
    JSON.stringify({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }),
    'text',
    path
  );
  await page.evaluate(path => {
    const { commands } = (window as any).jupyterapp;
    void commands.execute('docmanager:open', { path, factory: 'Notebook' });
  }, path);
  const dialog = page.locator('.jp-Dialog');
  await dialog.locator('select').selectOption({ label: 'No Kernel' });
  await dialog.locator('.jp-mod-accept').click();
  await page.sidebar.openTab('jp-greenlab-panel');
  await expect(page.locator('#jp-greenlab-panel')).toContainText('has no kernel');
});
