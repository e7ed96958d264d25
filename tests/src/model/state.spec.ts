import { Data, KEPT, reduce, SAMPLES, totalsSoFar } from '../../../src/model/state';
import { FromKernel } from '../../../src/types';
import {
  advice,
  edited,
  intensity,
  power,
  proving,
  record,
  running,
  state,
  totals
} from '../make';

const after = (...messages: FromKernel[]): Data | null =>
  messages.reduce<Data | null>(reduce, null);

describe('reduce', () => {
  const first = record(10);
  const second = record(20);

  it('waits for the state before anything else', () => {
    expect(
      after({ type: 'recorded', record: first, totals: totals([first]), edited: null })
    ).toBeNull();
  });

  it('appends a new record and takes the totals that came with it', () => {
    const sums = totals([first, second]);
    const data = after(state([first]), {
      type: 'recorded',
      record: second,
      totals: sums,
      edited: null
    })!;
    expect(data.records.map(one => one.id)).toEqual([first.id, second.id]);
    expect(data.totals.energy_j.value).toBe(30);
  });

  it('keeps the last edit of each cell, and does without from an older kernel', () => {
    const message = { type: 'recorded', record: first, totals: totals([first]) } as const;
    const start = state([first], {
      edited: [edited({ ratio: 0.9 }), edited({ cell_id: 'b' })]
    });
    const data = after(start, { ...message, edited: edited({ ratio: 0.5 }) })!;
    expect(data.edited.map(one => [one.cell_id, one.ratio])).toEqual([
      ['b', 0.62],
      ['a', 0.5]
    ]);
    expect(after(start, message as unknown as FromKernel)!.edited).toHaveLength(2);
  });

  it('follows a proof until it is done', () => {
    const begun = after(state([first]), proving({ pairs: 1 }), proving({ pairs: 2 }))!;
    expect(begun.proving!.progress.pairs).toBe(2);
    expect(reduce(begun, proving({ stage: 'done' }))!.proving).toBeNull();
    expect(after(state([first], { proving: proving() }))!.proving!.id).toBe('a1');
    const { proving: _, ...older } = state([first]);
    expect(after(older as FromKernel)!.proving).toBeNull();
  });

  it('replaces a record that settled, in its place', () => {
    const settled = { ...first, energy_j: record(11).energy_j };
    const message = { type: 'recorded', record: settled, totals: totals([settled, second]) };
    const data = after(state([first, second]), message as FromKernel)!;
    expect(data.records).toEqual([settled, second]);
  });

  it('follows the power of the running cell until its own record comes', () => {
    const begun = reduce(after(state([first])), { type: 'turn', running: running(second) });
    const during = [power(40), power(42)].reduce(reduce, begun)!;
    expect(during.power.map(one => one.power_w.value)).toEqual([40, 42]);
    const settledLate = {
      type: 'recorded',
      record: first,
      totals: totals([first]),
      edited: null
    } as const;
    expect(reduce(during, settledLate)!.running).toEqual(running(second));
    const ended = reduce(during, {
      type: 'recorded',
      record: second,
      totals: totals([first, second]),
      edited: null
    })!;
    expect(ended.running).toBeNull();
    expect(ended.power).toEqual([]);
  });

  it('lets a turn of the kernel end the cell, as one that is not weighed', () => {
    const during = after(state([first], { running: running(second) }), power(40))!;
    const ended = reduce(during, { type: 'turn', running: null })!;
    expect([ended.running, ended.power]).toEqual([null, []]);
  });

  it('knows the cell of another page by its number', () => {
    const turn = { type: 'turn', running: { ...running(second), cell_id: null } } as const;
    const message = { type: 'recorded', record: second, totals: totals([second]) };
    const during = reduce(after(state([first])), turn);
    expect(during!.running).not.toBeNull();
    expect(reduce(during, message as FromKernel)!.running).toBeNull();
  });

  it('shows no cell as running while none is weighed', () => {
    const off = after(state([first], { enabled: false }));
    expect(reduce(off, { type: 'turn', running: running(second) })!.running).toBeNull();
  });

  it('drops power that comes after its cell', () => {
    expect(after(state([first]), power(40))!.power).toEqual([]);
  });

  it('keeps the curve when the state of the same running cell comes again', () => {
    const at = { running: running(second) };
    const data = after(state([first], at), power(40), state([first], at))!;
    expect(data.power).toHaveLength(1);
  });

  it('bounds what it keeps', () => {
    const many = Array.from({ length: KEPT }, () => record(1));
    const one = record(1);
    const data = after(state(many, { older: 3 }), {
      type: 'recorded',
      record: one,
      totals: totals([one]),
      edited: null
    })!;
    expect(data.records).toHaveLength(KEPT);
    expect(data.older).toBe(4);
    const at = { running: running(one) };
    const samples = Array.from({ length: SAMPLES + 5 }, (_, index) => power(index));
    expect(after(state([], at), ...samples)!.power).toHaveLength(SAMPLES);
  });

  it('takes the advice that stands, and forgets all when unloaded', () => {
    const data = after(state([]), { type: 'advised', advice: [advice()] })!;
    expect(data.advice).toHaveLength(1);
    expect(reduce(data, { type: 'unloaded' })).toBeNull();
  });

  it('passes over messages of a newer kernel', () => {
    const data = after(state([first]))!;
    expect(reduce(data, { type: 'no-such' } as unknown as FromKernel)).toBe(data);
  });

  describe('what is no record yet', () => {
    const so = (joules: number) => ({ ...totals([first]), energy_j: record(joules).energy_j });
    const begun = { type: 'turn', running: running(second) } as const;
    const recorded = (one: typeof first): FromKernel => ({
      type: 'recorded',
      record: one,
      totals: totals([first, one]),
      edited: null
    });

    it('is in the total while a cell runs, until its record comes', () => {
      const during = [power(1, { totals: so(15) }), power(1, { totals: so(18) })].reduce(
        reduce,
        reduce(after(state([first])), begun)
      )!;
      expect(totalsSoFar(during).energy_j.value).toBe(18);
      const ended = reduce(during, recorded(second))!;
      expect(totalsSoFar(ended).energy_j.value).toBe(30);
    });

    it('is in the total between cells too, and stays there as the next one begins', () => {
      const between = power(1, { kind: 'between', totals: so(12) });
      const waiting = after(state([first]), between)!;
      expect(totalsSoFar(waiting).energy_j.value).toBe(12);
      expect(waiting.power).toEqual([]);
      const next = reduce(waiting, begun)!;
      expect(totalsSoFar(next).energy_j.value).toBe(12);
      const told = reduce(next, power(1, { totals: so(14) }))!;
      expect([totalsSoFar(told).energy_j.value, told.waiting]).toEqual([14, null]);
      const gap = record(2, { kind: 'between', cell_id: null });
      expect(reduce(waiting, recorded(gap))!.waiting).toBeNull();
    });
  });

  it('takes a brief only until there is a state, and says so', () => {
    const cell = { running: running(second) };
    const brief = { type: 'brief', state: state([], cell) } as const;
    const part = after(brief, power(40))!;
    expect([part.brief, part.power.length]).toEqual([true, 1]);
    const again = reduce(part, brief)!;
    expect([again.brief, again.power.length]).toEqual([true, 1]);
    const whole = reduce(again, state([first], cell))!;
    expect([whole.brief, whole.power.length]).toEqual([false, 1]);
    expect(reduce(whole, brief)).toBe(whole);
  });

  it('notes from which record on there is another grid', () => {
    const german = { ...intensity, zone: 'DE', value: 381 };
    const grids = [{ since: first.started_at, intensity }];
    const data = after(
      state([first], { grids }),
      {
        type: 'recorded',
        record: { ...second, intensity: german },
        totals: totals([]),
        edited: null
      },
      {
        type: 'recorded',
        record: { ...first, intensity: german },
        totals: totals([]),
        edited: null
      }
    )!;
    expect(data.grids.map(one => [one.since, one.intensity.zone])).toEqual([
      [first.started_at, 'FR'],
      [second.started_at, 'DE']
    ]);
  });
});
