/** What figures are called in the panel. */

import { TranslationBundle } from '@jupyterlab/translation';

import { amount, sentence, split } from './amounts';
import { totalOfCells } from './sums';
import { isSameGrid } from './state';
import {
  Agreement,
  BUSY,
  CellRecord,
  ComponentKind,
  EarlierRuns,
  Edited,
  Effort,
  Figure,
  GridSince,
  Intensity,
  NAMED,
  Place,
  Progress,
  Saving,
  Tier,
  Verdict
} from '../types';
import { duration, energy, EnergyUnit } from './units';

/** A part of the machine, for people. */
export function kindWord(trans: TranslationBundle, kind: ComponentKind): string {
  const words = { cpu: trans.__('CPU'), ram: trans.__('Memory'), gpu: trans.__('GPU') };
  return words[kind];
}

/** How sure a figure is, in one word. */
export function tierWord(trans: TranslationBundle, tier: Tier): string {
  const words = {
    measured: trans.__('measured'),
    modelled: trans.__('modelled'),
    assumed: trans.__('assumed'),
    missing: trans.__('missing')
  };
  return words[tier];
}

/** What that word means, in one sentence. */
export function tierSentence(trans: TranslationBundle, tier: Tier): string {
  const sentences = {
    measured: trans.__('Measured: read from an energy counter of this machine.'),
    modelled: trans.__(
      'Modelled: computed from how busy the hardware was, by a model of hardware that is known.'
    ),
    assumed: trans.__(
      'Assumed: computed from general figures, as this machine reveals too little about its hardware.'
    ),
    missing: trans.__('Missing: nothing on this machine provides this figure.')
  };
  return sentences[tier];
}

/** The worst tier of a total also tells what the total leaves out. */
export function lackSentence(trans: TranslationBundle, figure: Figure): string {
  const lacks = (figure.lacks ?? []).join(', ');
  const reason = figure.reason ? ` (${figure.reason})` : '';
  return lacks
    ? trans.__('Not included: %1%2.', lacks, reason)
    : trans.__('A part is not included%1.', reason);
}

/** Whose threads surely ran on in these records: `threads of [3] ran meanwhile`. */
export function backgroundWords(
  trans: TranslationBundle,
  records: readonly CellRecord[],
  earlier: EarlierRuns | null = null
): string {
  const parts = records
    .flatMap(record => record.background ?? []) // kernels before this version tell nothing
    .filter(part => part.low_s > 0)
    .map(part => part.execution_count ?? 0)
    .concat(earlier?.background ?? []);
  if (!parts.length) {
    return '';
  }
  const counts = new Set(parts.filter(count => count > 0));
  const cells = [...counts].sort((a, b) => a - b).map(count => `[${count}]`);
  return cells.length
    ? trans.__('threads of %1 ran meanwhile', cells.join(', '))
    : trans.__('threads of earlier cells ran meanwhile');
}

/** Of the time between cells, that of tests: `3.1 kJ of it while changes were tested`. */
export function proofWords(
  trans: TranslationBundle,
  records: readonly CellRecord[],
  unit: EnergyUnit,
  earlier: EarlierRuns | null = null
): string {
  const own = records
    .filter(record => record.kind === 'between' && record.name !== null)
    .map(record => record.energy_j)
    .concat(earlier?.proof_j ?? []);
  if (!own.length) {
    return '';
  }
  const used = totalOfCells(own);
  return used.value === null
    ? trans.__('changes were tested meanwhile')
    : trans.__('%1 of it while changes were tested', amount(used, unit));
}

/** Whether the GPU was still at work for one of these records when it ended. */
export function tailWords(
  trans: TranslationBundle,
  records: readonly CellRecord[],
  earlier: EarlierRuns | null = null
): string {
  return earlier?.async_tail || records.some(record => record.async_tail)
    ? trans.__('its GPU work continued after it ended')
    : '';
}

/**
 * What an edit changed: `this edit: −38 % (−45 to −30 %), 3 runs each, likely`. Where the bounds
 * of the runs lie far apart: `[7] used 84 % less than [6] (…), 3 runs each, likely; the ratio is
 * more certain than either value`, as a model's error is in both. The same rules as
 * `edited_text` in `greenlab/record/display.py`.
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
export function appliedWords(trans: TranslationBundle, label: string, edited: Edited): string {
  const change = `${asMuch(trans, edited.ratio)}${spanWords(trans, edited)}`;
  return trans.__('Applied %1: %2, %3', label, change, runWords(trans, edited));
}

function spanWords(trans: TranslationBundle, edited: Edited): string {
  const { before_runs: before, after_runs: after, low, high } = edited;
  return before + after > 2
    ? ` (${changeWord(low)} ${trans.__('to')} ${changeWord(high)})`
    : '';
}

function runWords(
  trans: TranslationBundle,
  { before_runs: before, after_runs: after }: Edited
): string {
  return before === after
    ? trans._n('%1 run each', '%1 runs each', after)
    : trans.__('%1 runs before, %2 after', before, after);
}

/** What to expect of a change: `−60 to −95 %` of the cell's energy. */
export function savingWords(trans: TranslationBundle, saving: Saving): string {
  return range(trans, 1 - saving.low, 1 - saving.high);
}

/** The same in joules of one run: `about −1.2 kJ a run`; empty where they are not known. */
export function savedWords(trans: TranslationBundle, saving: Saving, unit: EnergyUnit): string {
  const saved = savedJ(saving);
  if (saved === null || saved <= 0) {
    return '';
  }
  return trans.__('about −%1 a run', energy(saved, unit, 2));
}

/** After how many runs of the changed cell its test has paid for itself; `null` if unknown. */
export function paybackRuns(saving: Saving | null, effort: Effort): number | null {
  const saved = saving && savedJ(saving);
  if (!saved || saved <= 0 || effort.energy_j === null) {
    return null;
  }
  return Math.ceil(effort.energy_j / saved);
}

/** The middle of the range, in joules: as `Saving.saved_j` in `greenlab/record`. */
function savedJ({ of_j, low, high }: Saving): number | null {
  return typeof of_j === 'number' ? (of_j * (low + high)) / 2 : null;
}

/** What testing a change takes: `about 11 runs: 2.4 kJ, 2 min`. */
export function effortWords(
  trans: TranslationBundle,
  effort: Effort,
  unit: EnergyUnit
): string {
  const joules = effort.energy_j === null ? '' : `${energy(effort.energy_j, unit, 2)}, `;
  const time = duration(effort.duration_s, 2);
  return trans._n('about %1 run: %2', 'about %1 runs: %2', effort.runs, `${joules}${time}`);
}

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

/** `the machine is busy: 85 % by others`; empty where it is not, or nobody tells. */
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
  return trans.__(
    'Of the energy that the work adds; including the idle power meanwhile: %1.',
    whole
  );
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

/** Which cells ran before anything was weighed. */
export function beforeWords(trans: TranslationBundle, cells: number): string {
  return cells === 1
    ? trans.__('Cell [1] ran before greenlab was loaded, so it was not weighed.')
    : trans.__(
        'Cells [1] to [%1] ran before greenlab was loaded, so they were not weighed.',
        cells
      );
}

/**
 * Whose figures earlier records have, where that changed:
 * `since 10:42: France; before: World`. Empty: it did not.
 */
export function gridsWords(
  trans: TranslationBundle,
  grids: readonly GridSince[],
  now: Intensity
): string {
  const used = grids.filter(
    (one, index) => index === 0 || !isSameGrid(grids[index - 1]!.intensity, one.intensity)
  );
  const last = used[used.length - 1];
  if (!last) {
    return '';
  }
  const current = isSameGrid(last.intensity, now);
  const before = current ? used.slice(0, -1) : used;
  if (!before.length) {
    return '';
  }
  const names = before.map(({ intensity }) => gridName(trans, intensity)).join(', ');
  return current
    ? trans.__('since %1: %2; before: %3', clock(last.since), gridName(trans, now), names)
    : trans.__('from the next cell on: %1; before: %2', gridName(trans, now), names);
}

function gridName(trans: TranslationBundle, intensity: Intensity): string {
  const name = intensity.zone_name || intensity.zone;
  return intensity.value === null ? trans.__('%1 (not known)', name) : name;
}

function clock(iso: string): string {
  const time = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** What the two parts of a total are. */
export function aboutWork(trans: TranslationBundle): string {
  return trans.__(
    'By your code: what running it added. Idle power: what the machine draws anyway while it ' +
      'is reserved for this kernel; it grows with time, whatever runs.'
  );
}

/** How a run ended that did not finish, in a word; empty for one that did. */
export function statusWord(trans: TranslationBundle, status: CellRecord['status']): string {
  const words = { ok: '', error: trans.__('failed'), interrupted: trans.__('interrupted') };
  return words[status];
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

/** Two ratios as changes: `−66 to −58 %`. */
function range(trans: TranslationBundle, from: number, to: number): string {
  const [first, last] = [changeWord(from), changeWord(to)];
  if (first === last) {
    return first;
  }
  const percents = first.endsWith(' %') && last.endsWith(' %');
  return trans.__('%1 to %2', percents ? split(first)[0] : first, last);
}

/** From so many times as much on a factor is read more easily than a percentage. */
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
function asMuch(trans: TranslationBundle, ratio: number): string {
  return ratio >= TIMES ? trans.__('%1 as much', changeWord(ratio)) : changeWord(ratio);
}

/** Where a change goes that is not of the heavy cell: `In cell [3], train():`. */
export function whereWords(trans: TranslationBundle, place: Place): string {
  const inside = place.function === null ? '' : `, ${place.function}()`;
  if (place.file !== null) {
    return trans.__('In your file %1%2; change it there:', place.file, inside);
  }
  return place.execution_count === null
    ? trans.__('In another cell%1:', inside)
    : trans.__('In cell [%1]%2:', place.execution_count, inside);
}

/** Whose grid, how clean, how old. */
export function gridLine(trans: TranslationBundle, intensity: Intensity): string {
  const place = intensity.zone_name || intensity.zone;
  if (intensity.value === null) {
    return intensity.reason ? sentence(intensity.reason) : trans.__('%1: not known', place);
  }
  const grams = trans.__('%1 g/kWh', String(Number(intensity.value.toPrecision(3))));
  const parts = [place, grams, intensity.year === null ? '' : String(intensity.year)];
  return parts.filter(part => part).join(', ');
}
