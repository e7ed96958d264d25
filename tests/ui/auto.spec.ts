import { expect, galata, test } from '@jupyterlab/galata';
import { Locator, Page, test as plain } from '@playwright/test';

import { command, notebook, open, PANEL, WORK } from './helpers';

test.describe('a user who wants every kernel weighed', () => {
  const plugin = { 'jupyterlab-greenlab:plugin': { autoLoad: true, unit: 'Wh' } };
  test.use({ mockSettings: { ...galata.DEFAULT_SETTINGS, ...plugin } });

  test('loads nothing by hand', async ({ page, tmpPath }) => {
    const panel = await open(page, `${tmpPath}/auto.ipynb`, [WORK]);
    await expect(panel).toContainText('Run a cell to see what it uses');
    await page.notebook.runCell(0, true);
    await expect(panel.locator('.jp-greenlab-total')).toContainText('Wh');
    expect(await page.notebook.getCellTextOutput(0)).toHaveLength(1);
    await nameZone(page, panel, 'FR');
  });
});

/** Name the zone where the panel asks for it. */
async function nameZone(page: Page, panel: Locator, zone: string): Promise<void> {
  await panel.getByRole('button', { name: 'change' }).click();
  await page.locator('.jp-Dialog input').fill(zone);
  await page.locator('.jp-Dialog').getByRole('button', { name: 'Set' }).click();
  await expect(panel.locator('.jp-greenlab-sources')).toContainText('France, 56 g/kWh');
  await expect(panel.getByRole('button', { name: 'change' })).toBeFocused();
}

plain.describe('in Notebook, which has no status bar, settings editor or memory', () => {
  const settings = 'lab/api/settings/jupyterlab-greenlab:plugin';

  plain.afterEach(async ({ request }) => {
    await request.put(settings, { data: { raw: '{}' } });
  });

  plain('the panel is a click away, does all, and stays open', async ({ page, request }) => {
    const path = 'smoke.ipynb';
    const data = { type: 'notebook', content: notebook([WORK]) };
    await request.put(`api/contents/${path}`, { data });
    await page.goto(`notebooks/${path}`);
    await page.locator('.jp-Notebook').waitFor();
    await page.evaluate(() => (window as any).jupyterapp.restored);
    const panel = page.locator(`#${PANEL}`);
    await expect(panel).toBeHidden();
    await page
      .locator('.jp-NotebookPanel-toolbar')
      .getByRole('button', { name: 'Show the energy panel' })
      .click();
    await expect(panel).toBeFocused();
    await panel.getByRole('button', { name: 'Load it in every kernel' }).click();
    await expect(panel).toContainText('Run a cell to see what it uses');
    const raw = async () => (await (await request.get(settings)).json()).raw as string;
    await expect.poll(raw).toContain('"autoLoad": true');
    await command(page, 'notebook:run-cell');
    await expect(panel).toContainText('1 cell run');
    await nameZone(page, panel, 'FR');

    await page.reload();
    await expect(panel).toContainText('1 cell run');
    await expect(panel).not.toBeFocused();
    // Galata's helper for menus knows JupyterLab's page alone.
    // eslint-disable-next-line jupyter/galata-prefer-menu-helper
    await page.getByRole('menuitem', { name: 'View' }).click();
    await expect(page.getByRole('menuitem', { name: 'Show the energy panel' })).toBeVisible();
  });
});
