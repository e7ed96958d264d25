/** What figures are called in the panel. */

import { TranslationBundle } from '@jupyterlab/translation';

import { isFloor, total } from './figures';
import { isSameGrid } from './model';
import {
  Agreement,
  CellRecord,
  ComponentKind,
  EarlierRuns,
  Edited,
  Effort,
  Figure,
  GridSince,
  Intensity,
  Progress,
  Saving,
  Tier,
  Verdict
} from './types';
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
      'Assumed: computed from general figures, as this machine shows too little of itself.'
    ),
    missing: trans.__('Missing: nothing here can tell this figure.')
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

/** Where the true value lies: `2.9 to 4 kJ`, `at least 2.9 kJ`, or why nobody knows. */
export function interval(
  trans: TranslationBundle,
  figure: Figure,
  format: (value: number) => string
): string {
  if (figure.value === null) {
    return figure.reason ?? trans.__('No source of this figure was found.');
  }
  if (isFloor(figure)) {
    return trans.__('at least %1', format(figure.low ?? figure.value));
  }
  const [low, high] = [format(figure.low ?? figure.value), format(figure.high ?? figure.value)];
  if (low === high) {
    return trans.__('within the last digit');
  }
  const [number, unit] = split(low);
  return unit === split(high)[1]
    ? trans.__('%1 to %2', number, high)
    : trans.__('%1 to %2', low, high);
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

/** Of the time between cells, that in which proofs ran: `3.1 kJ of it while proofs ran`. */
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
  const used = total(own);
  return used.value === null
    ? trans.__('proofs ran meanwhile')
    : trans.__('%1 of it while proofs ran', energy(used.value, unit));
}

/** Whether the GPU was still at work for one of these records when it ended. */
export function tailWords(
  trans: TranslationBundle,
  records: readonly CellRecord[],
  earlier: EarlierRuns | null = null
): string {
  return earlier?.async_tail || records.some(record => record.async_tail)
    ? trans.__('its GPU work went on after it')
    : '';
}

/** `3.42 kJ` as its number and its unit, to be set in two sizes. */
export function split(text: string): [string, string] {
  const space = text.indexOf(' ');
  return [text.slice(0, space), text.slice(space + 1)];
}

/** What an edit changed: `this edit: −38 % (−45 to −30 %), 3 runs each, likely`. */
export function editNote(trans: TranslationBundle, edited: Edited): string {
  const { before_runs: before, after_runs: after } = edited;
  const change = percent(edited.ratio);
  const range = `${percent(edited.low)} ${trans.__('to')} ${percent(edited.high)}`;
  const span = before + after > 2 ? ` (${range})` : '';
  const runs =
    before === after
      ? trans._n('%1 run each', '%1 runs each', after)
      : trans.__('%1 runs before, %2 after', before, after);
  const sure = edited.likely ? trans.__('likely') : trans.__('not sure yet');
  return trans.__('this edit: %1, %2, %3', `${change}${span}`, runs, sure);
}

/** What to expect of a change: `−60 to −95 %` of the cell's energy. */
export function savingWords(trans: TranslationBundle, saving: Saving): string {
  return range(trans, 1 - saving.low, 1 - saving.high);
}

/** What a proof takes: `about 11 runs: 2.4 kJ, 2 min`. */
export function effortWords(
  trans: TranslationBundle,
  effort: Effort,
  unit: EnergyUnit
): string {
  const joules = effort.energy_j === null ? '' : `${energy(effort.energy_j, unit, 2)}, `;
  const time = duration(effort.duration_s, 2);
  return trans.__('about %1 runs: %2', effort.runs, `${joules}${time}`);
}

/** How a proof goes: `Proving: 3 pairs of at most 12, so far −62 %, 24 s, 410 J`. */
export function progressWords(
  trans: TranslationBundle,
  progress: Progress,
  unit: EnergyUnit
): string {
  const { stage, pairs, of } = progress;
  const stages = {
    looking: trans.__('Proving: looking at what may run again'),
    waiting: trans.__('Proving: waiting while a cell runs'),
    'warming up': trans.__('Proving: warming up'),
    measuring: trans._n('Proving: %1 pair', 'Proving: %1 pairs', pairs),
    done: ''
  };
  const measured = pairs > 0 || stage === 'measuring';
  return [
    stages[stage] + (stage === 'measuring' ? ` ${trans.__('of at most %1', of)}` : ''),
    progress.discarded && trans.__('%1 disturbed and repeated', progress.discarded),
    progress.ratio !== null && trans.__('so far %1', percent(progress.ratio)),
    measured && duration(progress.spent_s, 2),
    measured && progress.spent_j !== null && energy(progress.spent_j, unit)
  ]
    .filter(part => part)
    .join(', ');
}

/** What a proof showed: `verified: −62 % (−66 to −58 %), 5 pairs, modelled`. */
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
    `${percent(ratio)}${interval}`,
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
    'By work: what your cells added. At rest: what the machine draws anyway while it is ' +
      'reserved for this kernel; it grows with time, whatever runs.'
  );
}

const NAMED = 5;

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
  const [first, last] = [percent(from), percent(to)];
  return first === last ? first : trans.__('%1 to %2', split(first)[0], last);
}

function percent(ratio: number): string {
  const rounded = Math.round((ratio - 1) * 100);
  return `${rounded < 0 ? '−' : rounded > 0 ? '+' : '±'}${Math.abs(rounded)} %`;
}

/** Whose grid, how clean, how old. */
export function gridLine(trans: TranslationBundle, intensity: Intensity): string {
  const place = intensity.zone_name || intensity.zone;
  if (intensity.value === null) {
    return intensity.reason ?? trans.__('%1: not known', place);
  }
  const grams = trans.__('%1 g/kWh', String(Number(intensity.value.toPrecision(3))));
  const parts = [place, grams, intensity.year === null ? '' : String(intensity.year)];
  return parts.filter(part => part).join(', ');
}
