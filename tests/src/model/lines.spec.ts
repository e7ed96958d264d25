import { heaviest, marks, unchanged } from '../../../src/model/lines';
import { lines, lineUse, record } from '../make';

const light = { samples: 1, cpu_s: 0.005, duration_s: 0.005 };

describe('the heaviest lines of a cell', () => {
  it('are those of its latest run that was sampled, the heaviest first', () => {
    const first = record(10, { lines: lines([lineUse(9, { line: 7 })]) });
    const second = record(10, {
      lines: lines([lineUse(6, { line: 2 }), lineUse(3, { line: 3 })])
    });
    const found = heaviest([first, second, record(1)]);
    expect(found.map(one => [one.use.line, one.part, one.heat])).toEqual([
      [2, 0.6, 1],
      [3, 0.3, 0.5]
    ]);
  });

  it('are at most three, without those that are too short to tell', () => {
    const uses = [5, 4, 3, 2].map((joules, index) => lineUse(joules, { line: index + 1 }));
    expect(heaviest([record(20, { lines: lines(uses) })])).toHaveLength(3);
    expect(heaviest([record(20, { lines: lines([lineUse(1, light)]) })])).toEqual([]);
  });

  it('are none where nothing was sampled, or the energy is not known', () => {
    expect(heaviest([])).toEqual([]);
    expect(heaviest([record(5)])).toEqual([]);
    expect(heaviest([record(null, { lines: lines([lineUse(1)]) })])).toEqual([]);
  });
});

describe('the marks in the margin', () => {
  it('stand in every cell whose lines ran, of the latest run that says anything of it', () => {
    const old = record(10, { lines: lines([lineUse(10, { cell_id: 'a', line: 9 })]) });
    const now = record(10, {
      lines: lines([
        lineUse(6, { cell_id: 'a', line: 3 }),
        lineUse(3, { cell_id: 'b', line: 1 })
      ])
    });
    const found = marks([old, now]);
    expect([...found.get('a')!.keys()]).toEqual([3]);
    expect([...found.get('b')!.keys()]).toEqual([1]);
  });

  it('count a line with what it called, where that is more', () => {
    const own = lineUse(2, { line: 4 });
    const all = lineUse(8, { line: 4 });
    const found = marks([record(10, { lines: lines([own], { cell: [all] }) })]);
    expect(found.get('c1')!.get(4)!.part).toBe(0.8);
  });

  it('leave out files, cells that are not known, and lines of next to nothing', () => {
    const uses = [
      lineUse(5, { file: '/home/u/train.py', cell_id: null }),
      lineUse(4, { cell_id: null }),
      lineUse(0.1)
    ];
    expect(marks([record(10, { lines: lines(uses) })]).size).toBe(0);
  });

  it('go when their line says something else', () => {
    const found = marks([
      record(10, { lines: lines([lineUse(5, { line: 2, text: 'work(x)' })]) })
    ]).get('c1');
    expect(unchanged(found, 'a = 1\n  work(x)  # slow')).toHaveLength(1);
    expect(unchanged(found, 'a = 1\nwork(y)')).toEqual([]);
    expect(unchanged(found, 'a = 1')).toEqual([]);
    expect(unchanged(undefined, 'a = 1')).toEqual([]);
  });
});
