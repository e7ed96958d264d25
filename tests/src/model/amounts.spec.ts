import { nullTranslator } from '@jupyterlab/translation';

import {
  amount,
  inShort,
  interval,
  isLeast,
  reworded,
  ROUGHLY,
  sentence
} from '../../../src/model/amounts';
import cases from '../../units_cases.json';
import { figure } from '../make';

const trans = nullTranslator.load('greenlab');

// The same cases as tests/record/test_figure_display.py: both sides show a figure alike.
it.each(cases.figures as [number, number, number, string, string, string][])(
  '%d between %d and %d J is %s',
  (value, low, high, joules, wattHours, span) => {
    const one = { ...figure(1), value, low, high };
    expect(amount(one, 'J')).toBe(joules.replace('≈ ', ROUGHLY));
    expect(amount(one, 'Wh')).toBe(wattHours.replace('≈ ', ROUGHLY));
    if (span) {
      expect(interval(trans, one, 'J')).toBe(span);
    }
  }
);

it.each(cases.without_upper_bound as [number, number, string, string][])(
  '%d J from %d J up is %s',
  (value, low, text, least) => {
    const one = { ...figure(1), value, low, high: null, lacks: ['GPU 0'] };
    const before = isLeast(one) ? 'at least ' : '';
    expect(`${before}${amount(one, 'J')}`).toBe(text.replace('≈ ', ROUGHLY));
    expect(interval(trans, one, 'J')).toBe(`at least ${least}`);
  }
);

it('says both at once where there is little room', () => {
  expect(inShort(trans, { ...figure(1), value: 3090, low: 340, high: 12300 }, 'J')).toBe(
    '≈\u00a03 kJ (0.3 to 12)'
  );
  expect(inShort(trans, figure(6412), 'J')).toBe('6.41 kJ');
});

it('gives emissions as many digits as the energy has', () => {
  expect(amount({ ...figure(1), value: 3.09, low: 0.34, high: 12.3 }, 'g')).toBe(
    '≈\u00a03 g CO2e'
  );
  expect(amount(figure(3.09), 'g')).toBe('3.1 g CO2e');
  expect(amount({ ...figure(1), value: 0.1, low: 0, high: 0.4 }, 'g')).toBe('≤ 400 mg CO2e');
});

it.each([
  ['no driver is installed', 'No driver is installed.'],
  ['which zone is this?', 'Which zone is this?'],
  [
    'codecarbon, which has the figures, is absent',
    'codecarbon, which has the figures, is absent.'
  ],
  ['The disk is full.', 'The disk is full.']
])('makes a sentence of %s', (text, whole) => expect(sentence(text)).toBe(whole));

it.each([
  ['It used 1.86 kJ (modelled).', 'It used 517 mWh (modelled).'],
  ['between 3.6 and 7.2 kJ', 'between 1 Wh and 2 Wh'],
  ['1.28 kJ ± 0.04 kJ', '356 mWh ± 11.1 mWh'],
  ['used ≈ 3 kJ, ≈ 50 J of it', 'used ≈ 830 mWh, ≈ 14 mWh of it'],
  ['≈ 3 kJ, between 0.3 and 12 kJ', '≈ 830 mWh, between 83 mWh and 3.3 Wh'],
  ['42 Jobs in 5 s at 3 W, line 7 J2', '42 Jobs in 5 s at 3 W, line 7 J2']
])('says %s in watt-hours', (text, expected) => {
  const unbroken = (words: string) => words.replace(/≈ /g, ROUGHLY);
  expect(reworded(text, 'Wh')).toBe(unbroken(expected));
  expect(reworded(text, 'J')).toBe(unbroken(text));
});
