import { nullTranslator } from '@jupyterlab/translation';

import { editNote } from '../../../src/model/changeWords';
import { Edited } from '../../../src/types';
import cases from '../../edit_cases.json';
import { edited } from '../make';

const trans = nullTranslator.load('greenlab');
const once = { before_runs: 1, after_runs: 1, likely: false, wide: false };

// The same cases as tests/record/test_change_words.py: both sides describe an edit alike.
it.each(cases as unknown as [Partial<Edited>, string][])('describes %j', (changes, text) => {
  const { ratio } = changes;
  const one = edited({ ...once, low: ratio, high: ratio, ...changes });
  expect(editNote(trans, one).replace(/−/g, '-')).toBe(text);
});
