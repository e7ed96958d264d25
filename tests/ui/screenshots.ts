/** `jlpm screenshots`: the documentation's images, from the demo in a real JupyterLab. */

import { expect, test } from '@jupyterlab/galata';
import { Locator } from '@playwright/test';
import { readFileSync } from 'fs';
import * as path from 'path';

import { command, PANEL } from './helpers';

const ROOT = path.resolve(__dirname, '../..');
const image = (name: string) => ({ path: `${ROOT}/docs/images/${name}.png` });
const DEMO = `${ROOT}/binder/demo.ipynb`;
const NAME = 'study.ipynb';

async function toTop(panel: Locator): Promise<void> {
  await panel.page().mouse.move(0, 0); // nothing looks hovered over, or is outlined
  await panel.evaluate(node => {
    (document.activeElement as HTMLElement | null)?.blur();
    [node, ...node.querySelectorAll('*')].forEach(one => (one.scrollTop = 0));
  });
}

/** The panel down to the end of what it says, in a page that is high enough for it. */
async function save(panel: Locator, name: string): Promise<void> {
  const page = panel.page();
  const size = page.viewportSize()!;
  await page.waitForTimeout(500); // the sidebar has its width
  await page.setViewportSize({ ...size, height: 3000 });
  await toTop(panel);
  await page.waitForTimeout(500); // the chart is drawn anew, as the scrollbar is gone
  const { x, y, width } = (await panel.boundingBox())!;
  const end = await panel.evaluate(
    node => node.lastElementChild!.getBoundingClientRect().bottom
  );
  await page.screenshot({ ...image(name), clip: { x, y, width, height: end + 8 - y } });
  await page.setViewportSize(size);
}

test.use({ deviceScaleFactor: 2, viewport: { width: 1280, height: 960 } });

test('the demo and its panel', async ({ page, tmpPath }) => {
  test.setTimeout(1_800_000);
  const panel = page.locator(`#${PANEL}`);
  await page.sidebar.openTab(PANEL);
  await page.sidebar.setWidth(330, 'right');
  await expect(panel).toContainText('Open a notebook');
  await save(panel, 'empty-no-notebook');

  const file = `${tmpPath}/${NAME}`;
  await page.contents.uploadContent(readFileSync(DEMO, 'utf8'), 'text', file);
  await page.notebook.openByPath(file);
  await page.notebook.activate(file);
  await page.sidebar.close('left');
  await expect(panel).toContainText('not loaded');
  await save(panel, 'empty-not-loaded');
  await panel.getByRole('button', { name: 'Load greenlab' }).click();
  await expect(panel).toContainText('Run a cell to see what it uses');
  await save(panel, 'empty-no-cell');

  const run = command(page, 'notebook:run-all-cells');
  await expect(panel.locator('.jp-greenlab-now')).toContainText('[6]', { timeout: 300_000 });
  await page.waitForTimeout(8000); // long enough for a curve
  await save(panel, 'panel-running');
  await run;
  await expect(panel.locator('.jp-greenlab-now')).toHaveCount(0, { timeout: 1_500_000 });
  await page.waitForTimeout(1500); // the advice comes right after its cell

  await expect(panel.locator('.jp-greenlab-plot svg').first()).toBeVisible();
  const card = panel.locator('.jp-greenlab-card');
  await expect(card).toBeVisible(); // what the README's picture is about
  await card.getByRole('button', { name: 'Show cell' }).click();
  await page.setViewportSize({ width: 1280, height: 1120 });
  await toTop(panel);
  await page.screenshot(image('panel'));
  await save(panel, 'panel-light');
  await panel.getByRole('button', { name: 'By cell' }).click();
  await panel.getByRole('button', { name: /all \d+/ }).click();
  await save(panel, 'panel-by-cell');
  await panel.getByRole('button', { name: 'fewer' }).click();
  await panel.getByRole('button', { name: 'Over time' }).click();
  await page.theme.setDarkTheme();
  await save(panel, 'panel-dark');
  await page.theme.setLightTheme();
  await page.sidebar.setWidth(220, 'right'); // 250 px of panel
  await save(panel, 'panel-narrow');
  await page.sidebar.setWidth(600, 'right');
  await save(panel, 'panel-wide');
});
