import { expect, IJupyterLabPageFixture, test } from '@jupyterlab/galata';
import { Locator } from '@playwright/test';

import { ask, command, load, open } from './helpers';

const code = (n: number) => `import time; time.sleep(1.2); part_${n} = ${n}`;

/** The line below the cell that stands at this place. */
const lineAt = (page: IJupyterLabPageFixture, index: number): Locator =>
  page.locator('.jp-Notebook .jp-Cell').nth(index).locator('.jp-greenlab-cell-line');

async function sourceAt(page: IJupyterLabPageFixture, index: number): Promise<string> {
  return (await page.notebook.getCellTextInput(index)) ?? '';
}

test('lines stay with their cells, and go when the code is another', async ({
  page,
  tmpPath
}) => {
  const panel = await open(page, `${tmpPath}/lines.ipynb`, [code(0), code(1), 'last = 1']);
  await load(panel);
  await page.notebook.runCell(0, true);
  await page.notebook.runCell(1, true);
  await expect(lineAt(page, 0)).toContainText(' J');
  const [first, second] = [
    await lineAt(page, 0).textContent(),
    await lineAt(page, 1).textContent()
  ];

  await page.notebook.selectCells(0);
  await command(page, 'notebook:move-cell-down');
  expect(await sourceAt(page, 1)).toBe(code(0));
  await expect(lineAt(page, 1)).toHaveText(first!);
  await expect(lineAt(page, 0)).toHaveText(second!);

  await page.notebook.selectCells(1);
  await command(page, 'notebook:cut-cell');
  await expect(page.locator('.jp-greenlab-cell-line')).toHaveCount(1);
  await expect(panel.locator('.jp-greenlab-row', { hasText: '[1]' })).toContainText(
    'import time; time.sleep(1.2); part_0'
  );
  await expect(panel).toContainText('no longer in the notebook');
  await page.notebook.selectCells(1);
  await command(page, 'notebook:paste-cell-below');
  expect(await sourceAt(page, 2)).toBe(code(0));
  await expect(lineAt(page, 2)).toHaveText(first!);

  await page.notebook.selectCells(0);
  await command(page, 'notebook:delete-cell');
  await expect(page.locator('.jp-greenlab-cell-line')).toHaveCount(1);
  await command(page, 'notebook:undo-cell-action');
  await expect(page.locator('.jp-greenlab-cell-line')).toHaveCount(2);

  await page.notebook.setCell(0, 'code', `${code(1)}  # edited`);
  await expect(page.locator('.jp-greenlab-cell-line')).toHaveCount(1);
  await page.notebook.setCell(0, 'code', code(1));
  await expect(lineAt(page, 0)).toHaveText(second!);
});

test('a renamed notebook has its new name in the panel and in the kernel at once', async ({
  page,
  tmpPath
}) => {
  const panel = await open(page, `${tmpPath}/before.ipynb`, ['x = 1']);
  await load(panel);
  await page.notebook.runCell(0, true);
  await expect(panel.locator('.jp-greenlab-name')).toHaveText('before.ipynb');
  await page.notebook.save();
  await page.contents.renameFile(`${tmpPath}/before.ipynb`, `${tmpPath}/after.ipynb`);
  await expect(panel.locator('.jp-greenlab-name')).toHaveText('after.ipynb');
  const known =
    "__import__('greenlab.notebook.extension', fromlist=['x']).current().path().split('/')[-1]";
  await expect.poll(() => ask(page, known)).toBe("'after.ipynb'");
});
