import { expect, galata, test } from '@jupyterlab/galata';
import { test as plain } from '@playwright/test';

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
    await panel.getByRole('button', { name: 'change' }).click();
    await expect(page.locator('#setting-editor, .jp-SettingsPanel').first()).toBeVisible();
  });
});

plain('the panel works in Notebook, which has no status bar', async ({ page, request }) => {
  const path = 'smoke.ipynb';
  const data = { type: 'notebook', content: notebook([WORK]) };
  await request.put(`api/contents/${path}`, { data });
  await page.goto(`notebooks/${path}`);
  await page.locator('.jp-Notebook').waitFor();
  await page.evaluate(() => (window as any).jupyterapp.restored);
  await command(page, 'greenlab:show-panel');
  const panel = page.locator(`#${PANEL}`);
  await panel.getByRole('button', { name: 'Load greenlab' }).click();
  await expect(panel).toContainText('Run a cell to see what it uses');
  await command(page, 'notebook:run-cell');
  await expect(panel).toContainText('1 cell run');
});
