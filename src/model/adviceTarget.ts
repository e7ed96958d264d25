/** Where a change goes: the cell that is heavy, or an earlier one whose function it calls. */

import type { Advice } from '../types';
import { sourceHash } from './cellHash';

/**
 * The id of the cell that the change of this advice is of; `null` for a file and where the cell
 * is not in the notebook. `sources`: the code of each cell by its id.
 *
 * A cell that ran before greenlab was loaded has no id: it is known by its code.
 */
export function changedCell(
  advice: Advice,
  sources: ReadonlyMap<string, string>
): string | null {
  const { place } = advice;
  if (!place) {
    return advice.cell_id;
  }
  if (place.file !== null) {
    return null;
  }
  if (place.cell_id !== null) {
    return place.cell_id;
  }
  for (const [id, source] of sources) {
    if (source === advice.change?.text || sourceHash(source) === place.source_hash) {
      return id;
    }
  }
  return null;
}

/**
 * Whether the notebook still has the code that a test of this advice would run: the cell that is
 * heavy and, where the change goes to another cell, that one as it was or with the change.
 */
export function canBeTested(advice: Advice, sources: ReadonlyMap<string, string>): boolean {
  const heavy = advice.cell_id === null ? undefined : sources.get(advice.cell_id);
  const runs = heavy !== undefined && sourceHash(heavy) === advice.source_hash;
  const { place, change, status } = advice;
  if (!place) {
    return runs || status === 'applied' || (heavy !== undefined && heavy === change?.text);
  }
  if (!runs || place.file !== null) {
    return runs;
  }
  const id = changedCell(advice, sources);
  const source = id === null ? undefined : sources.get(id);
  if (source === undefined) {
    return false;
  }
  return source === change?.text || sourceHash(source) === place.source_hash;
}
