import { expect, IJupyterLabPageFixture } from '@jupyterlab/galata';
import { Locator, Page } from '@playwright/test';
import { readFileSync } from 'fs';
import * as path from 'path';

import { Figure } from '../../src/types';

export const PANEL = 'jp-greenlab-panel';

/** Work that every machine can weigh: about a fifth of a second of one core. */
export const WORK = 'sum(i * i for i in range(3_000_000))';

/** Puts a piece of advice for the cell that ran last where the adviser keeps its own. */
export const ADVISE = `(lambda extension, record, cell: (
  extension.adviser._advice.update(test=record.Advice(
    id='test', rule='X01', cell_id=cell.cell_id, cell_index=0, source_hash=cell.source_hash,
    title='Sum without a list', because=('The list of 10 numbers is read once.',),
    change=record.Change(
      '--- before\\n+++ after\\n@@ -1 +1 @@\\n'
      '-answer = sum([i for i in range(10)])\\n+answer = sum(range(10))\\n',
      'answer = sum(range(10))'),
    saving=record.Saving(0.5, 0.9, 'measured for this test'), risk='None: the sum is the same.',
    status='shown', execution_count=cell.execution_count)),
  extension.adviser._publish(extension.adviser.advice)))(
  __import__('greenlab.notebook.extension', fromlist=['x'])._loaded,
  __import__('greenlab.record', fromlist=['x']),
  __import__('greenlab').records()[-1])`;

/** A notebook file of these cells, for the default kernel. */
export function notebook(cells: readonly string[]): object {
  const kernelspec = { name: 'python3', display_name: 'Python 3', language: 'python' };
  return {
    cells: cells.map((source, index) => ({
      cell_type: 'code',
      id: `cell-${index}`,
      source,
      metadata: {},
      outputs: [],
      execution_count: null
    })),
    metadata: { kernelspec },
    nbformat: 4,
    nbformat_minor: 5
  };
}

/** Cells of the demo by their ids, each with exact replacements that make it smaller. */
export function demo(changes: Record<string, [string, string][]>): string[] {
  const file = path.resolve(__dirname, '../../binder/demo.ipynb');
  const { cells } = JSON.parse(readFileSync(file, 'utf8')) as {
    cells: { id: string; source: string | string[] }[];
  };
  return Object.entries(changes).map(([id, pairs]) => {
    const { source } = cells.find(cell => cell.id === id)!;
    return pairs.reduce((text, [from, to]) => {
      expect(text, `the demo's cell ${id}`).toContain(from);
      return text.replace(from, to);
    }, [source].flat().join(''));
  });
}

/** A notebook of these cells, with the panel open beside it. */
export async function open(
  page: IJupyterLabPageFixture,
  path: string,
  cells: readonly string[]
): Promise<Locator> {
  await page.contents.uploadContent(JSON.stringify(notebook(cells)), 'text', path);
  await page.notebook.openByPath(path);
  await page.notebook.activate(path);
  await page.sidebar.openTab(PANEL);
  return page.locator(`#${PANEL}`);
}

/** Load the extension with the panel's button. */
export async function load(panel: Locator): Promise<void> {
  await panel.getByRole('button', { name: 'Load greenlab' }).click();
  await expect(panel).toContainText('Run a cell to see what it uses');
}

/** The value of a Python expression in the active notebook's kernel, without running a cell. */
export async function ask(page: Page, expression: string): Promise<string> {
  return page.evaluate(async expression => {
    const { shell } = (window as any).jupyterapp;
    const { kernel } = shell.currentWidget.sessionContext.session;
    const future = kernel.requestExecute({
      code: '',
      silent: true,
      user_expressions: { answer: expression }
    });
    const { answer } = (await future.done).content.user_expressions;
    return answer.data?.['text/plain'] ?? `${answer.ename}: ${answer.evalue}`;
  }, expression);
}

/** The energy of this kernel, as Python has it. */
export async function totalOf(page: Page): Promise<Figure> {
  const totals = `__import__('greenlab').session.current().totals()`;
  const text = `__import__('greenlab.record', fromlist=['x']).to_dict(${totals}.energy_j)`;
  const json = await ask(page, `__import__('json').dumps(${text})`);
  return JSON.parse(json.slice(1, -1)) as Figure;
}

/** Run a command of the application. */
export async function command(page: Page, id: string, args: object = {}): Promise<void> {
  await page.evaluate(([id, args]) => (window as any).jupyterapp.commands.execute(id, args), [
    id,
    args
  ] as const);
}

/**
 * Nothing sticks out of the panel: narrow or wide, beside a scrollbar that takes its place, in a
 * larger type than usual.
 */
export async function expectFits(page: IJupyterLabPageFixture, panel: Locator): Promise<void> {
  const size = page.viewportSize()!;
  for (const [height, type] of [
    [size.height, ''],
    [400, ''],
    [400, '15px']
  ] as const) {
    await page.setViewportSize({ ...size, height });
    await panel.evaluate(
      (node, type) => node.style.setProperty('--jp-ui-font-size0', type),
      type
    );
    for (const width of [250, 600]) {
      await page.sidebar.setWidth(width, 'right');
      const where = `at ${width} by ${height} px ${type}`;
      await expect.poll(() => stickingOut(panel), where).toEqual([]);
    }
  }
  const scrollbar = await panel.evaluate(node => node.offsetWidth - node.clientWidth);
  expect(scrollbar, 'a scrollbar that takes room').toBeGreaterThan(5);
  await panel.evaluate(node => node.style.removeProperty('--jp-ui-font-size0'));
  await page.setViewportSize(size);
}

/** What is wider than what it stands in, or cut without a sign of it. */
async function stickingOut(panel: Locator): Promise<string[]> {
  return panel.evaluate(root => {
    const end = (one: Element) => one.getBoundingClientRect().right + 0.5;
    const edge = root.getBoundingClientRect().left + root.clientWidth;
    const place = (one: Element) =>
      getComputedStyle(one).position === 'absolute'
        ? (one as HTMLElement).offsetParent!
        : one.parentElement!;
    const wide = [...root.querySelectorAll('*:not(.jp-greenlab-plot *, svg *)')].filter(one => {
      const cut = one.scrollWidth > one.clientWidth && one.matches('h2, h3, p, button');
      const parent = place(one) === root ? edge : end(place(one));
      return cut || one.getBoundingClientRect().right > parent;
    });
    return wide.map(one => `${one.tagName}.${one.className}: ${one.textContent!.slice(0, 30)}`);
  });
}

/** The colours of the chart's areas. */
export async function chartColours(panel: Locator): Promise<string[]> {
  return panel
    .locator('.jp-greenlab-plot .fills path')
    .evaluateAll(paths => paths.map(path => getComputedStyle(path).fill));
}

/** Texts of the panel that stand out from their background by less than 4.5 to 1. */
export async function faint(panel: Locator): Promise<string[]> {
  return panel.evaluate(root => {
    const channels = (colour: string) => {
      const [r, g, b, a = 1] = colour.match(/[\d.]+/g)!.map(Number) as [number, number, number];
      return { rgb: [r, g, b], a };
    };
    const luminance = (rgb: number[]) => {
      const [r, g, b] = rgb.map(value => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      }) as [number, number, number];
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const background = (element: Element | null): number[] => {
      if (!element) {
        return [255, 255, 255];
      }
      const { rgb, a } = channels(getComputedStyle(element).backgroundColor);
      const below = a < 1 ? background(element.parentElement) : rgb;
      return rgb.map((value, index) => value * a + below[index]! * (1 - a));
    };
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement!;
      const text = texts.currentNode.textContent!.trim();
      if (text && !element.closest('svg, :disabled')) {
        const front = luminance(channels(getComputedStyle(element).color).rgb);
        const back = luminance(background(element));
        const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
        if (ratio < 4.5) {
          found.push(`${text}: ${ratio.toFixed(2)}`);
        }
      }
    }
    return found;
  });
}
