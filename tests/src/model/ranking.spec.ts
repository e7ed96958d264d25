import { figures, HEAVY_J, lastRun, lost, rank, start } from '../../../src/model/ranking';
import { beyond, cumulative } from '../../../src/model/series';
import { earlier, record, totals, worked } from '../make';

describe('rank', () => {
  it('puts the runs of a cell together, heaviest first', () => {
    const rows = rank([
      record(10, { cell_id: 'a', execution_count: 1 }),
      record(50, { cell_id: 'b', execution_count: 2 }),
      record(30, { cell_id: 'a', execution_count: 3 })
    ]);
    expect(rows.map(row => [row.cellId, row.runs, row.count])).toEqual([
      ['b', 1, 2],
      ['a', 2, 3]
    ]);
    expect(rows[1]!.joules).toBe(40);
    expect(figures(rows[1]!).energyJ).toMatchObject({ value: 40, low: 36, high: 44 });
  });

  it('makes one row of the time between cells, the last one', () => {
    const between = { kind: 'between', cell_id: null, execution_count: null } as const;
    const rows = rank([record(10, between), record(20, between), record(9)]);
    expect(rows.map(row => row.kind)).toEqual(['cell', 'between']);
    expect(rows[1]!.joules).toBe(30);
  });

  it('counts a record inside another one once', () => {
    const outer = record(10);
    const inner = record(4, { kind: 'span', parent_id: outer.id, name: 'fit' });
    expect(rank([inner, outer]).map(row => row.joules)).toEqual([10]);
  });

  it('counts a record that only belongs to another one, as from another machine', () => {
    const cell = record(10);
    const remote = record(4, { kind: 'span', parent_id: cell.id, counted_in: null, name: 'w' });
    expect(rank([cell, remote]).map(row => row.joules)).toEqual([10, 4]);
    expect(cumulative([cell, remote]).joules.cpu.slice(-1)[0]).toBe(14);
    expect(beyond(totals([cell, remote]), [cell, remote])).toEqual({ cpu: 0, ram: 0, gpu: 0 });
  });

  it('takes the parent where an earlier kernel says no more', () => {
    const outer = record(10);
    const inner = record(4, { kind: 'span', parent_id: outer.id, counted_in: undefined });
    const alone = record(3, { counted_in: undefined });
    expect(rank([inner, outer, alone]).map(row => row.joules)).toEqual([10, 3]);
  });

  it('marks heavy cells, but not an only one, nor the time between', () => {
    expect(rank([record(10)])[0]!.heavy).toBe(false);
    const rows = rank([record(70), record(10), record(40, { kind: 'between' })]);
    expect(rows.map(row => row.heavy)).toEqual([true, false, false]);
    const waited = rank([record(70), record(10), record(4000, { kind: 'between' })]);
    expect(waited.map(row => row.heavy)).toEqual([true, false, false]);
  });

  it('goes by what code added, not by the idle power that it was charged', () => {
    const rows = rank([worked(0.139, 64), worked(50, 60), worked(null, 55)]);
    expect(rows.map(row => row.joules)).toEqual([55, 50, 0.139]);
    expect(rows.map(row => row.heavy)).toEqual([true, true, false]);
    expect(figures(rows[0]!).activeJ.reason).toContain('idle power');
    expect(figures(rows[2]!).energyJ.value).toBe(64);
  });

  it('marks nothing where all of it is little', () => {
    expect(rank([record(1.8), record(0.2)]).map(row => row.heavy)).toEqual([false, false]);
    expect(rank([record(HEAVY_J), record(1)])[0]!.heavy).toBe(true);
  });

  it('takes the mark off a cell once its code is light', () => {
    const heavy = { cell_id: 'a', source_hash: 'old' };
    const other = record(30, { cell_id: 'b' });
    expect(rank([record(250, heavy), other])[0]!.heavy).toBe(true);
    const light = record(30, { cell_id: 'a', source_hash: 'new' });
    const [first] = rank([record(250, heavy), other, light]);
    expect([first!.joules, first!.heavy]).toEqual([280, false]);
  });

  it('keeps a cell nobody could weigh, at the end', () => {
    const rows = rank([record(null), record(1)]);
    expect(rows[1]!.joules).toBeNull();
  });
});

describe('rows of which the kernel sent sums', () => {
  const runs = [
    record(10, { cell_id: 'a', source_hash: 'h' }),
    record(30, { cell_id: 'a', source_hash: 'h', status: 'error' })
  ];
  const before = earlier(900, 9, {
    first_j: 500,
    later_j: 50,
    later_runs: 8,
    lost_j: 70,
    peak_j: 500
  });

  it('add up with the runs that came after them', () => {
    const [first, second] = rank([...runs, record(20)], [before]);
    expect([first!.cellId, first!.runs, first!.joules]).toEqual(['a', 11, 940]);
    expect(second!.joules).toBe(20);
    expect(figures(first!).energyJ.value).toBeCloseTo(940);
    expect(figures(first!).durationS).toBe(11);
    expect(lost(first!)).toBe(100);
    const { first: start_j, later } = start(first!)!;
    expect([start_j, later]).toEqual([500, (8 * 50 + 10) / 9]);
  });

  it('tell of other code only what does not depend on it', () => {
    const [row] = rank([record(10, { cell_id: 'a', source_hash: 'new' })], [before]);
    expect(row!.runs).toBe(10);
    expect(start(row!)).toBeNull();
  });

  it('say what the last run was, also where no record is left', () => {
    const [row] = rank([], [before]);
    expect(lastRun(row!).energy_j.value).toBe(100);
    expect([row!.count, row!.status]).toEqual([9, 'ok']);
  });

  it('keep what has no name apart from cells and spans that have one', () => {
    const others = earlier(5, 3, { cell_id: null, source_hash: null, execution_count: null });
    const spans = earlier(6, 3, { kind: 'span', cell_id: null, source_hash: null });
    expect(rank([], [before, others, spans]).map(row => row.key)).toEqual([
      'cell a',
      'span other',
      'cell other'
    ]);
  });
});
