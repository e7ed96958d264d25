import * as React from 'react';

import { sourceHash } from '../../../src/model/cellHash';
import { rank } from '../../../src/model/ranking';
import type { CellRecord } from '../../../src/types';
import { AdviceCards } from '../../../src/views/advice';
import { advice, figure, edited as makeEdited, record } from '../make';
import { show } from './show';

describe('a change that was applied', () => {
  const applied = advice({ source_hash: sourceHash('slow()'), status: 'applied' });
  const after = sourceHash(applied.change!.text);
  const edit = makeEdited({
    cell_id: 'c1',
    before_hash: applied.source_hash,
    source_hash: after,
    ratio: 0.12,
    before_runs: 1,
    after_runs: 1,
    likely: false,
    saved_j: 217,
    saved_runs: 1
  });
  const run = (fields: Partial<CellRecord> = {}) =>
    record(30, { cell_id: 'c1', execution_count: 9, source_hash: after, ...fields });
  const card = (runs: CellRecord[], edits = [edit], source = 'fast()') =>
    show(
      <AdviceCards
        advice={[applied]}
        proving={null}
        sources={new Map([['c1', source]])}
        edited={edits}
        rows={rank(runs)}
      />
    ).textContent!;

  it('says what came of it, how sure that is, and what was saved in all', () => {
    const text = card([run()]);
    expect(text).toContain('Applied [9]: −88 %, 1 run each · run again to be sure · Undo');
    expect(text).toContain('Saved so far by changes applied here: 220 J in 1 run.');
    expect(text).not.toContain('Run the cell');
    expect(card([run()], [{ ...edit, wide: true }])).toContain(
      'applied here: ≈\u00a0200 J in 1 run.'
    );
    const sure = { ...edit, before_runs: 3, after_runs: 3, likely: true, saved_runs: 4 };
    expect(card([run()], [sure])).toContain('3 runs each · likely · Undo');
  });

  it('says so when it used more', () => {
    const text = card([run()], [{ ...edit, ratio: 3.5, saved_j: -500 }]);
    expect(text).toContain('Applied [9]: 3.5× as much, 1 run each · run again to be sure');
    expect(text).not.toContain('Saved');
  });

  it('says why there is nothing to compare', () => {
    expect(card([], [])).toContain('Run the cell to see what it uses now. · Undo');
    expect(card([run({ source_hash: 'older' })], [])).toContain('Run the cell to see');
    expect(card([run({ status: 'error' })], [])).toContain('Applied [9]: that run failed.');
    expect(card([run({ status: 'interrupted' })], [])).toContain('that run was interrupted.');
    const bound = { ...figure(1), low: 0, high: 2.5 };
    expect(card([run({ energy_j: bound })], [])).toContain('it used ≤ 2.5 J, which cannot');
    expect(card([run({ energy_j: figure(null) })], [])).toContain('is not known');
  });

  it('cannot be taken back once it was edited further', () => {
    expect(card([run()], [edit], 'mine()')).not.toContain('Undo');
  });
});
