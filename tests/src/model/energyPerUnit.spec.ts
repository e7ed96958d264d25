import { nullTranslator } from '@jupyterlab/translation';

import { rank } from '../../../src/model/ranking';
import { perUnit, perUnitTip, perUnitWords } from '../../../src/model/energyPerUnit';
import { lineOf } from '../../../src/views/cellFooter';
import { UnitCount } from '../../../src/types';
import cases from '../../units_cases.json';
import { earlier, figure, record } from '../make';

const trans = nullTranslator.load('jupyterlab');

function work(unit: string, count: number, more: Partial<UnitCount> = {}): UnitCount {
  return { unit, count, energy_j: null, counted_elsewhere: 0, counted_beside: 0, ...more };
}

test('the runs of a cell add up by unit, with the joules of those that counted it', () => {
  const records = [
    record(10, { cell_id: 'a', work: [work('token', 100), work('image', 2)] }),
    record(20, { cell_id: 'a', work: [work('token', 200, { counted_beside: 100 })] }),
    record(99, { cell_id: 'a' })
  ];
  const [row] = rank(records);
  const [tokens, images] = perUnit(row!);
  expect(tokens).toMatchObject({ unit: 'token', count: 400 });
  expect(tokens!.eachJ.value).toBeCloseTo(30 / 400);
  expect(images!.eachJ.value).toBeCloseTo(5);
  expect(perUnitWords(trans, perUnit(row!), 'J')).toBe('75 mJ per token, 5 J per image');
  expect(perUnitTip(trans, [images!], 'J')).toBe(
    'per image: 4.5 to 5.5 J with idle power (2 counted)'
  );
});

test('a phase has joules of its own, and earlier runs are in it', () => {
  const one = record(10, {
    cell_id: 'a',
    work: [work('token', 5), work('decode token', 4, { energy_j: figure(8) })]
  });
  const before = earlier(30, 3, { cell_id: 'a' });
  const counted = [{ unit: 'token', count: 15, energy_j: figure(30) }];
  const [row] = rank([one], [{ ...before, totals: { ...before.totals, work: counted } }]);
  const found = perUnit(row!).map(({ unit, eachJ }) => [unit, eachJ.value]);
  expect(found).toEqual([
    ['token', 2],
    ['decode token', 2]
  ]);
});

test('joules of one that would be shown as 0 are of many', () => {
  const [row] = rank([
    record(8, { cell_id: 'a', work: [work('flop', 4e12), work('op', 4e30)] })
  ]);
  const shown = perUnit(row!);
  expect(perUnitWords(trans, shown, 'J')).toBe('2 µJ per million flop, 2 µJ per 1e24 op');
  expect(perUnitTip(trans, [shown[1]!], 'J')).toContain('(4.00e+30 counted)');
  expect(perUnitTip(trans, [shown[0]!], 'J')).toContain('per million flop: 1.8 to 2.2 µJ');
});

// The same cases as tests/record/test_display.py: both sides show them alike.
test.each(cases.per_token as [number, number, string][])(
  '%d J for %d tokens are %s',
  (joules, count, text) => {
    const [row] = rank([record(joules, { cell_id: 'a', work: [work('token', count)] })]);
    expect(perUnitWords(trans, perUnit(row!), 'J')).toBe(text);
  }
);

test('a count is written as the figures are, and is not 0 where it is small', () => {
  const tip = (count: number) => {
    const [row] = rank([record(1, { cell_id: 'a', work: [work('epoch', count)] })]);
    return perUnitTip(trans, perUnit(row!), 'J');
  };
  expect(tip(1234567)).toContain('(1,234,567 counted)');
  expect(tip(0.0001)).toContain('(0.0001 counted)');
  const own = jest.spyOn(Number.prototype, 'toLocaleString');
  expect(tip(1200)).toContain('(1,200 counted)');
  expect(own.mock.calls[0]![0]).toBe('en');
  own.mockRestore();
});

test('what is not known is not shown as a number', () => {
  const [row] = rank([record(null, { cell_id: 'a', work: [work('token', 5)] })]);
  expect(perUnitWords(trans, perUnit(row!), 'J')).toBe('');
  expect(perUnitTip(trans, perUnit(row!), 'J')).toContain('no sensor');
  const [none] = rank([record(10, { cell_id: 'a', work: [work('token', 0)] })]);
  expect(perUnit(none!)).toEqual([]);
});

test('the line below a cell tells it of the last run', () => {
  const records = [
    record(10, { cell_id: 'a', duration_s: 2, work: [work('token', 1)] }),
    record(10, { cell_id: 'a', duration_s: 2, work: [work('token', 5)] })
  ];
  const [row] = rank(records);
  expect(lineOf(row!, null, 'J', trans)).toContain('2 J per token');
  expect(lineOf(row!, null, 'Wh', trans)).toContain('556 µWh per token');
});
