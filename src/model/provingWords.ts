/** How the test of a change goes, and what it showed, in words. */

import { TranslationBundle } from '@jupyterlab/translation';

import { asMuch, range } from './changeWords';
import { Agreement, BUSY, NAMED, Progress, Verdict } from '../types';
import { duration, energy, EnergyUnit } from './units';
import { tierWord } from './words';

/** How a test goes: `Testing: 3 pairs of at most 12, so far −62 %, 24 s, 410 J`. */
export function progressWords(
  trans: TranslationBundle,
  progress: Progress,
  unit: EnergyUnit
): string {
  const { stage, pairs, of } = progress;
  const stages = {
    looking: trans.__('Testing: checking what can run again safely'),
    waiting: trans.__('Testing: waiting while a cell runs'),
    'warming up': trans.__('Testing: warming up'),
    measuring: trans._n('Testing: %1 pair', 'Testing: %1 pairs', pairs),
    done: ''
  };
  const measured = pairs > 0 || stage === 'measuring';
  return [
    stages[stage] + (stage === 'measuring' ? ` ${trans.__('of at most %1', of)}` : ''),
    progress.discarded && trans.__('%1 disturbed and repeated', progress.discarded),
    progress.ratio !== null && trans.__('so far %1', asMuch(trans, progress.ratio)),
    busyWords(trans, progress.others),
    measured && duration(progress.spent_s, 2),
    measured && progress.spent_j !== null && energy(progress.spent_j, unit)
  ]
    .filter(part => part)
    .join(', ');
}

/** `the machine is busy: 85 % by others`; empty where it is not, or that is unknown. */
function busyWords(trans: TranslationBundle, others: number | null): string {
  if (others === null || others < BUSY) {
    return '';
  }
  return trans.__('the machine is busy: %1 % by others', Math.round(100 * others));
}

/** What idle power makes of a saving: it goes on for as long as a version runs. */
export function idleWords(trans: TranslationBundle, verdict: Verdict): string {
  const { ratio_of, before_j, after_j } = verdict;
  if (ratio_of !== 'added' || !before_j || after_j === null) {
    return '';
  }
  const whole = asMuch(trans, after_j / before_j);
  return trans.__('Of the energy that the work adds; with idle power included: %1.', whole);
}

/** What a test showed: `verified: −62 % (−66 to −58 %), 5 pairs, modelled`. */
export function verdictWords(trans: TranslationBundle, verdict: Verdict): string {
  const { ratio, low, high, pairs } = verdict;
  const status = {
    verified: trans.__('verified'),
    rejected: trans.__('rejected'),
    inconclusive: trans.__('inconclusive'),
    'quality-failed': trans.__('quality failed'),
    unsafe: trans.__('unsafe to run again')
  }[verdict.status];
  if (ratio === null) {
    return status;
  }
  const interval = low === null || high === null ? '' : ` (${range(trans, low, high)})`;
  const parts = [
    `${asMuch(trans, ratio)}${interval}`,
    trans._n('%1 pair', '%1 pairs', pairs),
    tierWord(trans, verdict.tier)
  ];
  return `${status}: ${parts.join(', ')}`;
}

/** Whether both versions came to the same: `same result: y, total`. */
export function agreementWords(trans: TranslationBundle, agreement: Agreement): string {
  const { compared, largest, unlike } = agreement;
  if (unlike.length) {
    return trans.__('results differ in kind, shape or text: %1', listed(trans, unlike));
  }
  const names = listed(trans, compared);
  return largest === 0
    ? trans.__('same result: %1', names)
    : trans.__(
        'results differ by at most %1: %2',
        `${Number((100 * largest).toPrecision(2))} %`,
        names
      );
}

function listed(trans: TranslationBundle, names: readonly string[]): string {
  const first = names.slice(0, NAMED).join(', ');
  const more = names.length - NAMED;
  return more > 0 ? trans.__('%1 and %2 more', first, more) : first;
}
