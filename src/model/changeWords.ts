/** How much more or less something uses than before, in words. */

import { TranslationBundle } from '@jupyterlab/translation';

import { split } from './amounts';
import { Edited } from '../types';

/** Runs before and after a change. */
export type Compared = Pick<Edited, 'ratio' | 'low' | 'high' | 'before_runs' | 'after_runs'>;

/**
 * What an edit changed: `this edit: −38 % (−45 to −30 %), 3 runs each, likely`. Where the bounds
 * of the runs lie far apart: `[7] used 84 % less than [6] (…), 3 runs each, likely; the ratio is
 * more certain than either value`, as a model's error is in both. The same rules as
 * `edited_text` in `greenlab/record/change_words.py`.
 */
export function editNote(trans: TranslationBundle, edited: Edited): string {
  const { ratio, wide, before_count: before, after_count: after } = edited;
  const span = spanWords(trans, edited);
  const runs = runWords(trans, edited);
  const sure = edited.likely ? trans.__('likely') : trans.__('not certain yet');
  if (!wide || before === null || after === null) {
    return trans.__('this edit: %1, %2, %3', `${asMuch(trans, ratio)}${span}`, runs, sure);
  }
  const [now, was] = [`[${after}]`, `[${before}]`];
  const used =
    ratio >= TIMES
      ? trans.__('%1 used %2 as much as %3', now, changeWord(ratio), was)
      : ratio > 1
        ? trans.__('%1 used %2 more than %3', now, changeWord(ratio).slice(1), was)
        : trans.__('%1 used %2 less than %3', now, changeWord(ratio).slice(1), was);
  const compared = `${used}${span}, ${runs}, ${sure}`;
  return edited.likely
    ? trans.__('%1; the ratio is more certain than either value', compared)
    : compared;
}

/** What came of a change that was applied: `Applied [9]: −88 %, 1 run each`. */
export function appliedWords(
  trans: TranslationBundle,
  label: string,
  edited: Compared
): string {
  const change = `${asMuch(trans, edited.ratio)}${spanWords(trans, edited)}`;
  return trans.__('Applied %1: %2, %3', label, change, runWords(trans, edited));
}

function spanWords(trans: TranslationBundle, edited: Compared): string {
  const { before_runs: before, after_runs: after, low, high } = edited;
  return before + after > 2
    ? ` (${changeWord(low)} ${trans.__('to')} ${changeWord(high)})`
    : '';
}

function runWords(
  trans: TranslationBundle,
  { before_runs: before, after_runs: after }: Compared
): string {
  return before === after
    ? trans._n('%1 run each', '%1 runs each', after)
    : trans.__('%1 runs before, %2 after', before, after);
}

/** Two ratios as changes: `−66 to −58 %`. */
export function range(trans: TranslationBundle, from: number, to: number): string {
  const [first, last] = [changeWord(from), changeWord(to)];
  if (first === last) {
    return first;
  }
  const percents = first.endsWith(' %') && last.endsWith(' %');
  return trans.__('%1 to %2', percents ? split(first)[0] : first, last);
}

/** From this ratio on, a factor is easier to read than a percentage. */
const TIMES = 2;

/** A ratio as a change: `−62 %`, `+20 %`, `3.5×`. */
export function changeWord(ratio: number): string {
  if (ratio >= TIMES) {
    return `${Number(ratio.toPrecision(2))}×`;
  }
  if (ratio > 0 && ratio <= 0.005) {
    return `−${Math.floor((1 - ratio) * 1000) / 10} %`; // not all of it
  }
  const rounded = Math.round((ratio - 1) * 100);
  return `${rounded < 0 ? '−' : rounded > 0 ? '+' : '±'}${Math.abs(rounded)} %`;
}

/** The same where nothing else says of what: `3.5× as much`. */
export function asMuch(trans: TranslationBundle, ratio: number): string {
  return ratio >= TIMES ? trans.__('%1 as much', changeWord(ratio)) : changeWord(ratio);
}
