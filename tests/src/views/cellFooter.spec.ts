import { nullTranslator } from '@jupyterlab/translation';

import { lineOf, placed } from '../../../src/views/cellFooter';
import { rank } from '../../../src/model/ranking';
import { CellRecord } from '../../../src/types';
import { edited, figure, record } from '../make';

const trans = nullTranslator.load('greenlab');
const line = (fields: Partial<CellRecord>, edit = null as ReturnType<typeof edited> | null) =>
  lineOf(
    rank([record(1240, { cell_id: 'a', duration_s: 61, ...fields })])[0]!,
    edit,
    'J',
    trans
  );

describe('the line below a cell', () => {
  it('says what the last run used, and how sure that is', () => {
    expect(line({})).toBe('1.24 kJ · 19 mg CO2e · 1 min 1 s · modelled');
  });

  it('stays away from short and light cells, and from what is not known', () => {
    expect(line({ duration_s: 0.5 })).toBe('');
    expect(line({ energy_j: figure(null) })).toBe('');
    expect(line({ kind: 'between' })).toBe('');
  });

  it('marks a heavy cell, however short', () => {
    const rows = rank([record(900, { duration_s: 0.2 }), record(1)]);
    expect(lineOf(rows[0]!, null, 'J', trans)).toMatch(/^▲ 900 J/);
    expect(lineOf(rows[1]!, null, 'J', trans)).not.toContain('▲');
  });

  it('has no more digits than are known', () => {
    const energy_j = { ...figure(3090), low: 340, high: 12300 };
    expect(line({ energy_j })).toMatch(/^≈\u00a03 kJ \(0.3 to 12\) · /);
  });

  it('gives a bound where the figure is mostly noise, and what a failed run cost', () => {
    const energy_j = { ...figure(1), low: 0, high: 2.5 };
    expect(line({ energy_j, status: 'error' })).toMatch(/^≤ 2.5 J .* failed$/);
  });

  it('says what the last edit changed, of the code that ran', () => {
    expect(line({ source_hash: 'new' }, edited())).toContain('this edit: −38 %');
    expect(line({ source_hash: 'newer' }, edited())).not.toContain('this edit');
  });
});

describe('where lines stand', () => {
  const texts = new Map([
    ['a', { text: 'A', hash: 'code a' }],
    ['b', { text: 'B', hash: 'code b' }]
  ]);
  const under = (...cells: [string, string][]) => [...placed(texts, new Map(cells))];

  it('below the cells whose code ran, wherever they were moved', () => {
    expect(under(['b', 'code b'], ['x', ''], ['a', 'code a'])).toEqual([
      ['b', 'B'],
      ['a', 'A']
    ]);
  });

  it('not below code that did not run, and there again once it is undone', () => {
    expect(under(['a', 'edited'], ['b', 'code b'])).toEqual([['b', 'B']]);
    expect(under(['a', 'code a'])).toEqual([['a', 'A']]);
  });

  it('below a cell that was pasted elsewhere under another id, if it is the only one', () => {
    expect(under(['new', 'code a'], ['b', 'code b'])).toEqual([
      ['new', 'A'],
      ['b', 'B']
    ]);
    expect(under(['new', 'code a'], ['copy', 'code a'])).toEqual([]);
    expect(under(['a', 'code a'], ['copy', 'code a'])).toEqual([['a', 'A']]);
  });
});
