import { figures, rank } from '../../src/ranking';
import { beyond, cumulative } from '../../src/series';
import { record, totals } from './make';

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
    expect(cumulative([cell, remote]).joules.cpu.at(-1)).toBe(14);
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

  it('keeps a cell nobody could weigh, at the end', () => {
    const rows = rank([record(null), record(1)]);
    expect(rows[1]!.joules).toBeNull();
  });
});
