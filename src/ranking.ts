/** Which cell used how much: the records put together by cell, heaviest first. */

import { active, activeJoules } from './active';
import { total } from './figures';
import { CellRecord, Figure } from './types';

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
  records: readonly CellRecord[];
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
export function rank(records: readonly CellRecord[]): Row[] {
  const groups = new Map<string, CellRecord[]>();
  for (const record of records) {
    if (isCounted(record)) {
      const key = keyOf(record);
      const group = groups.get(key);
      group ? group.push(record) : groups.set(key, [record]);
    }
  }
  const rows = [...groups].map(([key, group]) => row(key, group));
  const work = rows.filter(one => one.kind !== 'between');
  const all = work.reduce((sum, one) => sum + (one.joules ?? 0), 0);
  const cells = work.filter(one => one.kind === 'cell').length;
  for (const one of work) {
    const now = sumOf(one.records.filter(record => record.source_hash === one.sourceHash)) ?? 0;
    one.heavy = cells > 1 && now >= Math.max(HEAVY_J, HEAVY_SHARE * all);
  }
  work.sort((a, b) => (b.joules ?? -1) - (a.joules ?? -1));
  return [...work, ...rows.filter(one => one.kind === 'between')];
}

/** What runs that failed added: `null` where none failed or nothing is known of them. */
export function lost(row: Row): number | null {
  return sumOf(row.records.filter(record => record.status !== 'ok'));
}

/**
 * The first run of the cell's latest code, and the mean of those after it, in joules;
 * `null` unless it used half as much again: what is loaded, compiled or cached once.
 */
export function start(row: Row): { first: number; later: number } | null {
  const joules = row.records
    .filter(record => record.status === 'ok' && record.source_hash === row.sourceHash)
    .map(activeJoules);
  const [first, ...rest] = joules;
  const later = rest.filter((value): value is number => value !== null);
  if (row.kind !== 'cell' || !first || later.length === 0) {
    return null;
  }
  const mean = later.reduce((sum, value) => sum + value, 0) / later.length;
  return first >= 1.5 * mean ? { first, later: mean } : null;
}

/** A row's sums with all they say of themselves: for rows that are shown, not for thousands. */
export function figures(row: Row): {
  activeJ: Figure;
  energyJ: Figure;
  emissionsG: Figure;
  durationS: number;
} {
  return {
    activeJ: total(row.records.map(active)),
    energyJ: total(row.records.map(record => record.energy_j)),
    emissionsG: total(row.records.map(record => record.emissions_g)),
    durationS: row.records.reduce((sum, record) => sum + record.duration_s, 0)
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

function keyOf(record: CellRecord): string {
  if (record.kind === 'between') {
    return 'between';
  }
  if (record.kind === 'span') {
    return `span ${record.name ?? record.cell_id ?? record.id}`;
  }
  return `cell ${record.cell_id ?? record.source_hash ?? record.id}`;
}

function row(key: string, records: readonly CellRecord[]): Row {
  const latest = records[records.length - 1]!;
  return {
    key,
    kind: latest.kind,
    cellId: latest.cell_id,
    count: latest.execution_count,
    name: latest.name,
    sourceHash: latest.source_hash,
    status: latest.status,
    runs: records.length,
    joules: sumOf(records),
    heavy: false,
    records
  };
}
