/** What a piece of advice saves, what its test takes, and where its change goes, in words. */

import { TranslationBundle } from '@jupyterlab/translation';

import { range } from './changeWords';
import { Effort, Place, Saving } from '../types';
import { duration, energy, EnergyUnit } from './units';

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

/** The middle of the range, in joules: as `Saving.saved_j` in `greenlab/record`. */
function savedJ({ of_j, low, high }: Saving): number | null {
  return typeof of_j === 'number' ? (of_j * (low + high)) / 2 : null;
}

/** After how many runs of the changed cell its test has paid for itself; `null` if unknown. */
export function paybackRuns(saving: Saving | null, effort: Effort): number | null {
  const saved = saving && savedJ(saving);
  if (!saved || saved <= 0 || effort.energy_j === null) {
    return null;
  }
  return Math.ceil(effort.energy_j / saved);
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
