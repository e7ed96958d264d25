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
