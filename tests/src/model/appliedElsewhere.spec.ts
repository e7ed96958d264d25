import { appliedElsewhere } from '../../../src/model/appliedElsewhere';
import { sourceHash } from '../../../src/model/cellHash';
import { rank } from '../../../src/model/ranking';
import { CellRecord } from '../../../src/types';
import { advice, record } from '../make';

const HEAVY = { cell_id: 'heavy', source_hash: sourceHash('train()') };
const ADVICE = advice({ ...HEAVY, change: { diff: '', text: 'def train(): fast()' } });
const train = (joules: number | null, fields: Partial<CellRecord> = {}) =>
  record(joules, { ...HEAVY, ...fields });
const define = (body: string) =>
  record(0.001, { cell_id: 'defines', source_hash: sourceHash(`def train(): ${body}`) });
const of = (...records: CellRecord[]) => appliedElsewhere(ADVICE, 'defines', rank(records));

describe('a change of another cell', () => {
  it('waits for that cell to run, then for the one that calls it', () => {
    expect(of(define('slow()'), train(10))).toEqual({ defined: false, effect: null });
    expect(of(define('slow()'), train(10), define('fast()'))).toEqual({
      defined: true,
      effect: null
    });
    expect(of(define('fast()'), train(10), define('slow()'))).toMatchObject({
      defined: false
    });
  });

  it('is compared by the runs before and after, as an edit of the cell is', () => {
    const first = [define('slow()'), train(8), train(10), train(12)];
    const after = [define('fast()'), train(2), define('fast()'), train(4)];
    expect(of(...first, ...after).effect).toEqual({
      ratio: 0.3,
      low: 2 / 12,
      high: 0.5,
      before_runs: 3,
      after_runs: 2,
      likely: false
    });
    expect(of(...first, ...after, train(3)).effect).toMatchObject({ ratio: 0.3, likely: true });
    expect(of(...first, ...after, train(9)).effect).toMatchObject({ likely: false });
  });

  it('is not compared with runs of other code, that failed or of which nothing is known', () => {
    const runs = [
      train(8, { source_hash: 'another' }),
      train(8, { status: 'error' }),
      train(null),
      define('fast()'),
      train(2)
    ];
    expect(of(...runs)).toEqual({ defined: true, effect: null });
  });
});
