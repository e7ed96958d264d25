/** Which cell used how much: the records put together by cell, heaviest first. */

import { active, activeJoules } from './activeEnergy';
import { totalOfCells } from './sums';
import { CellRecord, EarlierRuns, Figure } from '../types';

/** From this share of what the code of cells and spans added on, one is marked as heavy. */
export const HEAVY_SHARE = 0.25;

/**
 * Joules below which none is: 10 mWh, about what one busy core adds in the five seconds from
 * which there is advice. Of less than that a quarter is not worth a look.
 */
export const HEAVY_J = 36;

/** One line of the list: a cell with all its runs, a span by name, or the time between cells. */
export interface Row {
  key: string;
  kind: CellRecord['kind'];
  cellId: string | null;
  /** The number of the latest run, as in `[14]`. */
  count: number | null;
  name: string | null;
  sourceHash: string | null;
  /** How the latest run ended. */
  status: CellRecord['status'];
  runs: number;
  /** What its runs added above idle power; `null` when nothing is known. See `figures`. */
  joules: number | null;
  /** Whether the runs of its present code make it worth a look: see `HEAVY_J`. */
  heavy: boolean;
  /** Its latest runs; those before them are summed up in `earlier`. */
  records: readonly CellRecord[];
  earlier: EarlierRuns | null;
}

/** Whether no other record's energy holds this one's: sums count it. */
export function isCounted(record: CellRecord): boolean {
  // A kernel with an earlier greenlab sends no `counted_in`: there the parent holds it.
  const { counted_in = record.parent_id } = record;
  return counted_in === null;
}

/**
 * All rows, by what their code added, and the time between cells last, as waiting must not hide
 * what the work used; records counted in another record are part of that one.
 */
export function rank(
  records: readonly CellRecord[],
  earlier: readonly EarlierRuns[] = []
): Row[] {
  const groups = new Map<string, CellRecord[]>();
  const before = new Map(earlier.map(one => [keyOf(one), one]));
  for (const key of before.keys()) {
    groups.set(key, []);
  }
  for (const record of records) {
    if (isCounted(record)) {
      const key = keyOf(record);
      const group = groups.get(key);
      group ? group.push(record) : groups.set(key, [record]);
    }
  }
  const rows = [...groups].map(([key, group]) => row(key, group, before.get(key) ?? null));
  const work = rows.filter(one => one.kind !== 'between');
  const all = work.reduce((sum, one) => sum + (one.joules ?? 0), 0);
  const cells = work.filter(one => one.kind === 'cell').length;
  for (const one of work) {
    const same = one.earlier?.source_hash === one.sourceHash ? one.earlier : null;
    const runs = one.records.filter(record => record.source_hash === one.sourceHash);
    const now = (sumOf(runs) ?? 0) + (same?.active_of_code_j ?? 0);
    one.heavy = cells > 1 && now >= Math.max(HEAVY_J, HEAVY_SHARE * all);
  }
  work.sort((a, b) => (b.joules ?? -1) - (a.joules ?? -1));
  return [...work, ...rows.filter(one => one.kind === 'between')];
}

/** A run of a cell: what is known of each, however long ago. */
export type Run = Pick<
  CellRecord,
  'energy_j' | 'emissions_g' | 'duration_s' | 'status' | 'source_hash'
>;

/** The latest run of a row. */
export function lastRun({ records, earlier }: Row): Run {
  const { last_j, last_g, last_s, status, source_hash } = earlier ?? ({} as EarlierRuns);
  return (
    records[records.length - 1] ?? {
      energy_j: last_j,
      emissions_g: last_g,
      duration_s: last_s,
      status,
      source_hash
    }
  );
}

/** What runs that failed added: `null` where none failed or nothing is known of them. */
export function lost(row: Row): number | null {
  return plus(
    sumOf(row.records.filter(record => record.status !== 'ok')),
    row.earlier?.lost_j ?? null
  );
}

/**
 * The first run of the cell's latest code, and the mean of those after it, in joules;
 * `null` unless it used half as much again: what is loaded, compiled or cached once.
 */
export function start(row: Row): { first: number; later: number } | null {
  const joules = row.records
    .filter(record => record.status === 'ok' && record.source_hash === row.sourceHash)
    .map(activeJoules);
  const same = row.earlier?.source_hash === row.sourceHash ? row.earlier : null;
  const known = same?.first_j ?? null;
  const [first, ...rest] = known === null ? joules : [known, ...joules];
  const later = rest.filter((value): value is number => value !== null);
  const runs = later.length + (same?.later_runs ?? 0);
  if (row.kind !== 'cell' || !first || runs === 0) {
    return null;
  }
  const before = (same?.later_j ?? 0) * (same?.later_runs ?? 0);
  const mean = later.reduce((sum, value) => sum + value, before) / runs;
  return first >= 1.5 * mean ? { first, later: mean } : null;
}

/** A row's sums with all they say of themselves: for rows that are shown, not for thousands. */
export function figures(row: Row): {
  activeJ: Figure;
  energyJ: Figure;
  emissionsG: Figure;
  durationS: number;
} {
  const { earlier, records } = row;
  const before = earlier ? [earlier.totals] : [];
  const all = [...before, ...records];
  return {
    activeJ: totalOfCells([...(earlier ? [earlier.active_j] : []), ...records.map(active)]),
    energyJ: totalOfCells(all.map(one => one.energy_j)),
    emissionsG: totalOfCells(all.map(one => one.emissions_g)),
    durationS: all.reduce((sum, one) => sum + one.duration_s, 0)
  };
}

function sumOf(records: readonly CellRecord[]): number | null {
  let sum: number | null = null;
  for (const record of records) {
    const joules = activeJoules(record);
    if (joules !== null) {
      sum = (sum ?? 0) + joules;
    }
  }
  return sum;
}

function plus(one: number | null, other: number | null): number | null {
  return one === null ? other : other === null ? one : one + other;
}

/** As `key_of` in `greenlab/session/history_rollup.py`; sums of what has no name are `other`. */
function keyOf(one: CellRecord | EarlierRuns): string {
  if (one.kind === 'between') {
    return 'between';
  }
  const id = 'id' in one ? one.id : 'other';
  if (one.kind === 'span') {
    return `span ${one.name ?? one.cell_id ?? id}`;
  }
  return `cell ${one.cell_id ?? one.source_hash ?? id}`;
}

function row(key: string, records: readonly CellRecord[], earlier: EarlierRuns | null): Row {
  const latest = records[records.length - 1] ?? earlier!;
  return {
    key,
    kind: latest.kind,
    cellId: latest.cell_id,
    count: latest.execution_count,
    name: latest.name,
    sourceHash: latest.source_hash,
    status: latest.status,
    runs: records.length + (earlier?.runs ?? 0),
    joules: plus(sumOf(records), earlier?.active_j.value ?? null),
    heavy: false,
    records,
    earlier
  };
}
