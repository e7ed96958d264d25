/** What a change of one cell did to another one, which calls what it defines. */

import { Advice, CellRecord, Edited } from '../types';
import { sourceHash } from './cellHash';
import { Compared } from './changeWords';
import { Row } from './ranking';

/** As `LIKELY_RUNS` and `LEAST` in `greenlab/session/edit_effect.py`. */
const LIKELY_RUNS = 3;
const LEAST = 0.05;

export type Effect = Compared & Pick<Edited, 'likely'>;

/** What came of it: `null` before both cells ran again, or where the runs before are not known. */
export interface Elsewhere {
  /** Whether the cell that was changed has run since. */
  defined: boolean;
  effect: Effect | null;
}

/** The runs of the heavy cell before and after `cellId` ran with the change. */
export function appliedElsewhere(
  { cell_id, change, source_hash }: Advice,
  cellId: string | null,
  rows: readonly Row[]
): Elsewhere {
  const runs = (id: string | null) =>
    rows.find(row => row.kind === 'cell' && row.cellId === id)?.records ?? [];
  const since = firstOfLatest(runs(cellId), change && sourceHash(change.text));
  if (since === null) {
    return { defined: false, effect: null };
  }
  const heavy = runs(cell_id).filter(
    one => one.source_hash === source_hash && one.status === 'ok' && one.energy_j.value
  );
  const began = (one: CellRecord) => Date.parse(one.started_at);
  const joules = (some: readonly CellRecord[]) => some.map(one => one.energy_j.value!);
  const was = joules(heavy.filter(one => began(one) < began(since)));
  const now = joules(heavy.filter(one => began(one) > began(since)));
  return { defined: true, effect: was.length && now.length ? compared(was, now) : null };
}

/** The first of the latest runs, all of which have this code. */
function firstOfLatest(runs: readonly CellRecord[], hash: string | null): CellRecord | null {
  let first: CellRecord | null = null;
  for (let index = runs.length - 1; index >= 0; index--) {
    if (runs[index]!.source_hash !== hash) {
      break;
    }
    first = runs[index]!;
  }
  return first;
}

/** As `Versions.edited` in `greenlab/session/edit_effect.py`. */
function compared(was: readonly number[], now: readonly number[]): Effect {
  const ratio = median(now) / median(was);
  const low = Math.min(...now) / Math.max(...was);
  const high = Math.max(...now) / Math.min(...was);
  const enough = Math.min(was.length, now.length) >= LIKELY_RUNS;
  const likely = enough && (high < 1 || low > 1) && Math.abs(ratio - 1) >= LEAST;
  return { ratio, low, high, before_runs: was.length, after_runs: now.length, likely };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}
