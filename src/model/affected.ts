/** Whether a change would break another cell of the notebook. */

import { Advice } from '../types';

/**
 * Whether another cell reads what the change takes away or makes worse, such as
 * `model.feature_importances_`. The kernel looks at cells that ran
 * (`greenlab/advice/analysis/uses_of_removed.py`); the page knows those that are yet to run.
 */
export function isUsedElsewhere(
  { affects, cell_id }: Pick<Advice, 'affects' | 'cell_id'>,
  sources: ReadonlyMap<string, string>
): boolean {
  const names = (affects ?? []).filter(name => !COMMON.includes(name));
  if (!names.length) {
    return false;
  }
  const used = new RegExp(`(?<![\\w'"])(${names.join('|')})(?![\\w'"])`);
  return [...sources].some(([id, source]) => id !== cell_id && used.test(source));
}

/** Other objects have these as well. */
const COMMON: readonly string[] = ['apply', 'support_'];
