/** Which cell used how much: the records put together by cell, heaviest first. */

import { total } from './figures';
import { CellRecord, EarlierRuns, Figure } from './types';

/** From this share of the energy of cells and spans on, one is marked as heavy. */
export const HEAVY_SHARE = 0.25;

/** One line of the list: a cell with all its runs, a span by name, or the time between cells. */
export interface Row {
  key: string;
  kind: CellRecord['kind'];
  cellId: string | null;
  /** The number of the latest run, as in `[14]`. */
  count: number | null;
  name: string | null;
  sourceHash: string | null;
  failed: boolean;
  runs: number;
  /** The known energy of its runs; `null` when none is known. For the interval see `figures`. */
  joules: number | null;
  /** Whether it has a quarter or more of the energy of all rows but the time between. */
  heavy: boolean;
  /** Its latest runs; those before them are summed up in `earlier`. */
  records: readonly CellRecord[];
  earlier: EarlierRuns | null;
}

/**
 * All rows, heaviest first, and the time between cells last, as waiting must not hide what the
 * work used; records inside another record are part of that one.
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
    if (record.parent_id === null) {
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
    one.heavy = cells > 1 && all > 0 && (one.joules ?? 0) >= HEAVY_SHARE * all;
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

/** What runs that did not finish used: `null` where none failed or nothing is known of them. */
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
    .map(record => record.energy_j.value);
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
export function figures(row: Row): { energyJ: Figure; emissionsG: Figure; durationS: number } {
  const before = row.earlier ? [row.earlier.totals] : [];
  const all = [...before, ...row.records];
  return {
    energyJ: total(all.map(one => one.energy_j)),
    emissionsG: total(all.map(one => one.emissions_g)),
    durationS: all.reduce((sum, one) => sum + one.duration_s, 0)
  };
}

function sumOf(records: readonly CellRecord[]): number | null {
  let sum: number | null = null;
  for (const { energy_j } of records) {
    if (energy_j.value !== null) {
      sum = (sum ?? 0) + energy_j.value;
    }
  }
  return sum;
}

function plus(one: number | null, other: number | null): number | null {
  return one === null ? other : other === null ? one : one + other;
}

/** As `key_of` in `greenlab/session/earlier.py`; sums of what has no name are `other`. */
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
    failed: latest.status !== 'ok',
    runs: records.length + (earlier?.runs ?? 0),
    joules: plus(sumOf(records), earlier?.totals.energy_j.value ?? null),
    heavy: false,
    records,
    earlier
  };
}
