import { isFloor, total, worst } from '../../../src/model/sums';
import { figure } from '../make';

describe('total', () => {
  it('adds values and bounds, and has the worst tier', () => {
    const sum = total([figure(10, 'measured'), figure(20, 'assumed')]);
    expect(sum).toEqual({ value: 30, low: 27, high: 33, level: 0.95, tier: 'assumed' });
    expect(isFloor(sum)).toBe(false);
  });

  it('is a floor without an upper bound when a part is missing', () => {
    const sum = total([figure(10), { ...figure(null), lacks: ['GPU 0'] }]);
    expect(sum).toMatchObject({ value: 10, high: null, lacks: ['GPU 0'], reason: 'no sensor' });
    expect(isFloor(sum)).toBe(true);
  });

  it('is missing, never 0, when nothing is known', () => {
    expect(total([figure(null), figure(null)])).toMatchObject({ value: null, tier: 'missing' });
    expect(total([]).value).toBeNull();
  });
});

it('the worst of no tiers is missing', () => {
  expect(worst(['measured', 'modelled'])).toBe('modelled');
  expect(worst([])).toBe('missing');
});
