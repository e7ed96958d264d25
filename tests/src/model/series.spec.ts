import { rank } from '../../../src/model/ranking';
import { beyond, cumulative, perCell } from '../../../src/model/series';
import { component, figure, record, totals } from '../make';

describe('cumulative', () => {
  it('rises while a record lasts and is flat between two', () => {
    const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
    const series = cumulative([
      record(10, { started_at: at(0), duration_s: 2 }),
      record(5, { started_at: at(10), duration_s: 1 })
    ]);
    const start = Date.parse(at(0));
    expect(series.times.map(time => (time - start) / 1000)).toEqual([0, 2, 10, 11]);
    expect(series.joules.cpu).toEqual([0, 10, 10, 15]);
    expect(series.kinds).toEqual(['cpu']);
  });

  it('begins where the first cell began, while that runs', () => {
    const soFar = { time: 5_000, joules: { cpu: 40 }, since: 1_000 };
    const series = cumulative([], {}, null, soFar);
    expect(series.times).toEqual([1_000, 5_000]);
    expect(series.joules.cpu).toEqual([0, 40]);
    const later = cumulative([record(10)], {}, null, { ...soFar, joules: { cpu: 50 } });
    expect(later.joules.cpu).toEqual([0, 10, 50]); // what ran before is drawn as it was
  });

  it('leaves out what is not known, and never draws it as a part', () => {
    const one = record(10, { components: [component('cpu', 10), component('gpu', null)] });
    expect(cumulative([one]).kinds).toEqual(['cpu']);
  });

  it('rises by what sums count, whatever a record shows', () => {
    const part = { ...component('cpu', 90), active_j: figure(3), idle_j: figure(1) };
    const host = record(90, { scope: 'host', components: [part] });
    const inPart = record(10, { counted_elsewhere: 0.75 });
    expect(cumulative([host, inPart]).joules.cpu).toEqual([0, 4, 4, 6.5]);
    const totalJoules = { ...totals([]), by_kind: { cpu: figure(106.5) } };
    expect(beyond(totalJoules, [host, inPart]).cpu).toBe(100);
  });

  it('stays small, exact at its end and in order with many records', () => {
    const many = Array.from({ length: 10_000 }, () => record(1));
    const series = cumulative(many);
    expect(series.times.length).toBeLessThan(1000);
    expect(series.joules.cpu[series.joules.cpu.length - 1]).toBe(10_000);
    expect(series.times.every((time, i) => i === 0 || time >= series.times[i - 1]!)).toBe(true);
  });

  it('begins with what earlier records used', () => {
    const all = [record(10), record(20), record(30)];
    const before = beyond(totals(all), all.slice(2));
    expect(before.cpu).toBeCloseTo(30);
    expect(cumulative(all.slice(2), before).joules.cpu).toEqual([before.cpu, 60]);
  });
});

describe('what is no list of records', () => {
  const start = Date.UTC(2026, 0, 1);
  const one = record(10, { started_at: new Date(start + 60_000).toISOString() });

  it('comes first where the kernel summed it up', () => {
    const curve = { times_s: [start / 1000, start / 1000 + 50], joules: { cpu: [0, 300] } };
    const series = cumulative([one], { cpu: 300 }, curve);
    expect(series.joules.cpu).toEqual([0, 300, 300, 310]);
    expect(series.times.map(time => (time - start) / 1000)).toEqual([0, 50, 60, 61]);
  });

  it('comes last while it is an estimate, and never turns the curve down', () => {
    const now = { time: start + 90_000, joules: { cpu: 14, gpu: 3 } };
    const series = cumulative([one], {}, null, now);
    expect(series.joules.cpu).toEqual([0, 10, 14]);
    expect(series.joules.gpu).toEqual([0, 0, 3]);
    expect(series.kinds).toEqual(['cpu', 'gpu']);
    const less = cumulative([one], {}, null, { ...now, joules: { cpu: 9 } });
    expect(less.joules.cpu).toEqual([0, 10, 10]);
  });
});

it('the parts of a cell are summed over its runs', () => {
  const runs = [record(10, { cell_id: 'a' }), record(20, { cell_id: 'a' })];
  expect(perCell(rank(runs))[0]!.joules).toEqual({ cpu: 30 });
});
