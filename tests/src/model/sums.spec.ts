import { isFloor, Part, total, totalOfCells, upperBound, worst } from '../../../src/model/sums';
import { Figure } from '../../../src/types';
import cases from '../../sums_cases.json';
import { figure } from '../make';

type Known = Partial<Figure> & Pick<Figure, 'level' | 'tier'>;

function whole(known: Known): Figure {
  return { value: null, low: null, high: null, ...known };
}

// The same cases as tests/record/test_figure_sum.py: both sides add up alike.
describe('total', () => {
  it.each(cases.sums)('$about', ({ parts, sum }) => {
    const named = (parts as [string, Known][]).map(([name, known]): Part => [
      name,
      whole(known)
    ]);
    expect(total(named)).toEqual(whole(sum as Known));
  });

  it('is a floor where a part is missing', () => {
    expect(isFloor(totalOfCells([figure(10), figure(null)]))).toBe(true);
    expect(isFloor(totalOfCells([figure(10), figure(20)]))).toBe(false);
    expect(isFloor(totalOfCells([figure(null)]))).toBe(false);
  });
});

it.each(cases.upper_bounds as [number | null, number | null, number | null][])(
  'an interval from %d to %d says no more than its upper bound: %d',
  (low, high, bound) => {
    expect(upperBound({ ...figure(2), low, high })).toBe(bound);
  }
);

it('the worst of no tiers is missing', () => {
  expect(worst(['measured', 'modelled'])).toBe('modelled');
  expect(worst([])).toBe('missing');
});
