/** The panel by keyboard: where the focus is can be seen, and it is never lost. */

import { expect, test } from '@jupyterlab/galata';
import { Locator } from '@playwright/test';

import { ADVISE, ask, command, load, open, WORK } from './helpers';

/** What can have the focus but whose outline is cut off by something around it. */
async function cutOutlines(panel: Locator): Promise<string[]> {
  return panel.evaluate(root => {
    const cut: string[] = [];
    const places = root.querySelectorAll<HTMLElement>('button:enabled, summary, a, [tabindex]');
    for (const place of places) {
      place.scrollIntoView({ block: 'center' });
      place.focus();
      const style = getComputedStyle(place);
      const width = parseFloat(style.outlineWidth);
      const reach = width + parseFloat(style.outlineOffset);
      const box = place.getBoundingClientRect();
      const name = place.textContent || place.className;
      if (document.activeElement !== place || style.outlineStyle === 'none' || !width) {
        cut.push(`${name}: no outline`);
      }
      for (let around = place.parentElement!; around !== root.parentElement;) {
        const clips = getComputedStyle(around);
        if (clips.overflowX !== 'visible' || clips.contentVisibility === 'auto') {
          const edge = around.getBoundingClientRect();
          if (
            box.left - reach < edge.left ||
            box.right + reach > edge.right ||
            box.top - reach < edge.top ||
            box.bottom + reach > edge.bottom
          ) {
            cut.push(`${name}: by ${around.className || around.tagName}`);
          }
        }
        around = around.parentElement!;
      }
    }
    return cut;
  });
}

test('shows where the focus is, moves it and keeps it', async ({ page, tmpPath }) => {
  const cells = [WORK, 'answer = sum([i for i in range(10)])', `${WORK}  # again`];
  const panel = await open(page, `${tmpPath}/keyboard.ipynb`, cells);
  await load(panel);
  for (const index of [0, 2, 1]) {
    await page.notebook.runCell(index, true);
  }
  await expect(panel).toContainText('3 cell runs');
  await ask(page, ADVISE);
  const card = panel.locator('.jp-greenlab-card');
  await expect(card).toBeVisible();

  await page.notebook.selectCells(0);
  await command(page, 'greenlab:show-panel');
  await expect(panel).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(panel.locator(':focus')).toHaveClass(/jp-greenlab-chip/);
  await page.keyboard.press('Enter');
  await expect(panel.locator('.jp-greenlab-explained')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(panel.locator('.jp-greenlab-explained')).toHaveCount(0);
  await expect(panel.locator(':focus')).toHaveClass(/jp-greenlab-chip/);
  expect(await cutOutlines(panel)).toEqual([]);

  await card.getByRole('button', { name: 'Dismiss' }).focus();
  await page.keyboard.press('Enter');
  await expect(card).toHaveCount(0);
  await expect(panel.getByRole('button', { name: 'Undo' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(card).toContainText('Sum without a list');
  await expect(card.getByRole('heading')).toBeFocused();
});

test('says what an applied change came to, and takes it back', async ({ page, tmpPath }) => {
  const before = 'answer = sum([i for i in range(10)])';
  const panel = await open(page, `${tmpPath}/loop.ipynb`, [before]);
  await load(panel);
  await page.notebook.runCell(0, true);
  await expect(panel).toContainText('1 cell run');
  await ask(page, ADVISE);
  const card = panel.locator('.jp-greenlab-card');
  await card.getByRole('button', { name: 'Apply' }).click();
  await expect(card).toContainText('Run the cell to see what it uses now.');
  await page.notebook.runCell(0, true);
  await expect(card).toContainText(/Applied \[2\]: (.*, 1 run each · run again|it used ≤)/);
  await card.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => page.notebook.getCellTextInput(0)).toBe(before);
  await expect(card.getByRole('button', { name: 'Apply' })).toBeEnabled();
  await page.notebook.enterCellEditingMode(0);
  await page.keyboard.press('Control+z'); // one step
  await expect.poll(() => page.notebook.getCellTextInput(0)).toBe('answer = sum(range(10))');
});
