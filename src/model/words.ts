/** What figures and runs are called in the panel. */

import { TranslationBundle } from '@jupyterlab/translation';

import { amount } from './amounts';
import { totalOfCells } from './sums';
import { CellRecord, ComponentKind, EarlierRuns, Figure, Tier } from '../types';
import { EnergyUnit } from './units';

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

/** The worst tier of a total also says what the total leaves out. */
export function lackSentence(trans: TranslationBundle, figure: Figure): string {
  const lacks = (figure.lacks ?? []).join(', ');
  const reason = figure.reason ? ` (${figure.reason})` : '';
  return lacks
    ? trans.__('Not included: %1%2.', lacks, reason)
    : trans.__('A part is not included%1.', reason);
}

/** What the two parts of a total are. */
export function aboutWork(trans: TranslationBundle): string {
  return trans.__(
    'By your code: what running it added. Idle power: what the machine draws anyway while it ' +
      'is reserved for this kernel; it grows with time, regardless of what runs.'
  );
}

/** Whose threads surely ran on in these records: `threads of [3] were still running`. */
export function backgroundWords(
  trans: TranslationBundle,
  records: readonly CellRecord[],
  earlier: EarlierRuns | null = null
): string {
  const parts = records
    .flatMap(record => record.background ?? []) // kernels with an older version send nothing
    .filter(part => part.low_s > 0)
    .map(part => part.execution_count ?? 0)
    .concat(earlier?.background ?? []);
  if (!parts.length) {
    return '';
  }
  const counts = new Set(parts.filter(count => count > 0));
  const cells = [...counts].sort((a, b) => a - b).map(count => `[${count}]`);
  return cells.length
    ? trans.__('threads of %1 were still running', cells.join(', '))
    : trans.__('threads of earlier cells were still running');
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
    ? trans.__('changes were tested during this time')
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

/** Which cells ran before anything was weighed. */
export function beforeWords(trans: TranslationBundle, cells: number): string {
  return cells === 1
    ? trans.__('Cell [1] ran before greenlab was loaded, so it was not measured.')
    : trans.__(
        'Cells [1] to [%1] ran before greenlab was loaded, so they were not measured.',
        cells
      );
}

/** How a run ended that did not finish, in a word; empty for one that did. */
export function statusWord(trans: TranslationBundle, status: CellRecord['status']): string {
  const words = { ok: '', error: trans.__('failed'), interrupted: trans.__('interrupted') };
  return words[status];
}
