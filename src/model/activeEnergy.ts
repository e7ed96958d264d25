/**
 * What a record's code added above idle power: ranking, bars and marks go by it. The same rules
 * as `greenlab/record/active_energy.py` (`tests/active_cases.json`).
 */

import { total } from './sums';
import { CellRecord, Component, Figure } from '../types';

/**
 * Joules that the record's code added, over all devices. A device whose idle power is not known
 * counts with its whole energy, at most, and the figure's reason says so.
 */
export function active(record: CellRecord): Figure {
  return record.components.length
    ? total(record.components.map(part => [part.device, activeOf(part)]))
    : whole('the machine', record.energy_j);
}

/** The value of `active` alone, for thousands of records. */
export function activeJoules(record: CellRecord): number | null {
  if (!record.components.length) {
    return record.energy_j.value;
  }
  let sum: number | null = null;
  for (const { active_j, energy_j } of record.components) {
    const value = active_j.value ?? energy_j.value;
    if (value !== null) {
      sum = (sum ?? 0) + value;
    }
  }
  return sum;
}

/** What the code added on one device. */
export function activeOf(part: Component): Figure {
  return part.active_j.value === null ? whole(part.device, part.energy_j) : part.active_j;
}

function whole(device: string, energy_j: Figure): Figure {
  const reason = `the idle power of ${device} is not known: all of its energy counts`;
  return energy_j.value === null ? energy_j : { ...energy_j, low: 0, reason };
}
