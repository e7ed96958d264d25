import { atMost, duration, emissions, energy, scale } from '../../../src/model/units';
import cases from '../../units_cases.json';

// The same cases as tests/test_units.py: both sides show a figure alike.
describe('units', () => {
  it.each(cases.energy as [number, 'J' | 'Wh', string][])(
    '%d J in %s is %s',
    (value, unit, text) => {
      expect(energy(value, unit)).toBe(text);
    }
  );

  it.each(cases.upper_bounds as [number, string, string][])(
    'at most %d %s is %s',
    (value, unit, text) => {
      expect(atMost(value, unit)).toBe(text);
    }
  );

  it.each(cases.emissions as [number, string][])('%d g is %s', (value, text) => {
    expect(emissions(value)).toBe(text);
  });

  it.each(cases.duration as [number, string][])('%d s is %s', (value, text) => {
    expect(duration(value)).toBe(text);
  });

  it('scales an axis by its largest value', () => {
    expect(scale(12300, 'J')).toEqual({ factor: 1000, unit: 'kJ' });
    expect(scale(0, 'Wh')).toEqual({ factor: 1, unit: 'Wh' });
  });
});
