/**
 * Joules per unit of work (a token, an image) that was counted. The same rules as `unit_text` in
 * `greenlab/record/display.py`.
 */

import { TranslationBundle } from '@jupyterlab/translation';

import { amount, interval } from './amounts';
import { Row } from './ranking';
import { scaled, totalOfCells } from './sums';
import { CellRecord, Figure, UnitTotal } from '../types';
import { EnergyUnit } from './units';

/** Units of one name, and the joules of one of them. */
export interface PerUnit {
  unit: string;
  count: number;
  eachJ: Figure;
}

/** Of all runs of a row, as `RecordTally.work` in `greenlab/record/tally.py` adds them up. */
export function perUnit({ records, earlier }: Pick<Row, 'records' | 'earlier'>): PerUnit[] {
  const groups = new Map<string, UnitTotal[]>();
  for (const one of [...(earlier?.totals.work ?? []), ...records.flatMap(unitsOf)]) {
    groups.set(one.unit, [...(groups.get(one.unit) ?? []), one]);
  }
  return [...groups].map(([unit, parts]) => {
    const count = parts.reduce((sum, one) => sum + one.count, 0);
    return {
      unit,
      count,
      eachJ: scaled(totalOfCells(parts.map(one => one.energy_j)), 1 / count)
    };
  });
}

/** `0.31 J per token`, for each unit; empty without any. */
export function perUnitWords(
  trans: TranslationBundle,
  work: readonly PerUnit[],
  unit: EnergyUnit
): string {
  return work
    .filter(one => one.eachJ.value !== null)
    .map(readable)
    .map(one => trans.__('%1 per %2', amount(one.eachJ, unit), one.unit))
    .join(', ');
}

const MANY = ['', 'thousand ', 'million ', 'billion ', 'trillion '];

/** Of a thousand units, or a million, where one takes less than can be read, as a FLOP does. */
function readable(one: PerUnit): PerUnit {
  let power = 0;
  while (one.eachJ.value && one.eachJ.value * 10 ** power < 1e-6 && power < 42) {
    power += 3;
  }
  const many = MANY[power / 3] ?? `1e${power} `;
  return { ...one, unit: many + one.unit, eachJ: scaled(one.eachJ, 10 ** power) };
}

/** The same with how sure it is and how many there were, for a tooltip. */
export function perUnitTip(
  trans: TranslationBundle,
  work: readonly PerUnit[],
  unit: EnergyUnit
): string {
  return work
    .map(readable)
    .map(one => {
      const each = interval(trans, one.eachJ, unit);
      return trans.__(
        'per %1: %2 (%3 counted)',
        one.unit,
        one.eachJ.value === null ? each : trans.__('%1 with idle power', each),
        countWord(one.count)
      );
    })
    .join(' · ');
}

/** `1,200`; written as all other figures are, whatever the page's language. */
function countWord(count: number): string {
  if (count >= 1e15) {
    return count.toPrecision(3);
  }
  const maximumSignificantDigits = Number.isInteger(count) ? undefined : 3;
  return count.toLocaleString('en', { maximumSignificantDigits });
}

function unitsOf(record: CellRecord): UnitTotal[] {
  return (record.work ?? [])
    .map(({ unit, count, counted_beside, energy_j }) => ({
      unit,
      count: count + counted_beside,
      energy_j: energy_j ?? record.energy_j
    }))
    .filter(one => one.count > 0);
}
