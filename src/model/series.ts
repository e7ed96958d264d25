/** Records as what the two charts draw: energy summed up over time, and by cell. */

import { activeOf } from './activeEnergy';
import { isCounted, Row } from './ranking';
import {
  CellRecord,
  Component,
  COMPONENT_KINDS,
  ComponentKind,
  Curve,
  Figure,
  Totals
} from '../types';

/** More points than this are not seen in a chart of a few hundred pixels. */
const POINTS = 300;

/** Joules by kind of device; a kind that no record knows is absent. */
export type ByKind = Partial<Record<ComponentKind, number>>;

/** Cumulative joules at times in milliseconds since the epoch. */
export interface Cumulative {
  kinds: readonly ComponentKind[];
  times: readonly number[];
  joules: Readonly<Record<ComponentKind, readonly number[]>>;
}

/**
 * What sums count of a part: this process's share, whatever scope the record shows, without what
 * lies in other records. As `greenlab/record/record_addends.py`.
 */
function countedOf(part: Component, record: CellRecord): number | null {
  const { energy_j, active_j, idle_j } = part;
  const parts = record.scope === 'process' ? [energy_j] : [active_j, idle_j];
  const known = parts.flatMap(({ value }) => (value === null ? [] : [value]));
  // A kernel with an earlier greenlab sends no `counted_elsewhere`.
  const rest = 1 - (record.counted_elsewhere ?? 0);
  return known.length ? rest * known.reduce((sum, value) => sum + value, 0) : null;
}

/** What the code added to a part. */
function addedTo(part: Component): number | null {
  return activeOf(part).value;
}

/**
 * A record's known energy by kind of device, as sums count it, or what the code added. A part
 * that is not known is left out.
 */
export function byKind(record: CellRecord, of = countedOf): ByKind {
  const sums: ByKind = {};
  for (const part of record.components) {
    const value = of(part, record);
    if (value !== null) {
      sums[part.kind] = (sums[part.kind] ?? 0) + value;
    }
  }
  return sums;
}

/**
 * Energy summed up over time: flat between records, rising while one lasts. `before`: the
 * joules of earlier records that the page does not hold, `curve`: how they came about.
 * `soFar`: what it comes to with what is no record yet; `since` when that began.
 */
export function cumulative(
  records: readonly CellRecord[],
  before: ByKind = {},
  curve: Curve | null = null,
  soFar: { time: number; joules: ByKind; since?: number } | null = null
): Cumulative {
  const top = records
    .filter(isCounted)
    .map(record => ({ start: startOf(record), record }))
    .sort((a, b) => a.start - b.start);
  const stride = Math.ceil(top.length / POINTS);
  const sums = { cpu: 0, ram: 0, gpu: 0, ...before };
  const seen = new Set<ComponentKind>(COMPONENT_KINDS.filter(kind => before[kind]));
  const times: number[] = [];
  const joules: Record<ComponentKind, number[]> = { cpu: [], ram: [], gpu: [] };
  const mark = (time: number) => {
    // Records that overlap (a settled one, a clock set back) never turn the curve around.
    times.push(Math.max(time, times[times.length - 1] ?? time));
    COMPONENT_KINDS.forEach(kind => joules[kind].push(sums[kind]));
  };
  curve?.times_s.forEach((time, index) => {
    times.push(time * 1000);
    COMPONENT_KINDS.forEach(kind => joules[kind].push(curve.joules[kind]?.[index] ?? 0));
  });
  top.forEach(({ start, record }, index) => {
    if (index % stride === 0) {
      mark(start);
    }
    for (const [kind, value] of Object.entries(byKind(record)) as [ComponentKind, number][]) {
      sums[kind] += value;
      seen.add(kind);
    }
    if (index % stride === stride - 1 || index === top.length - 1) {
      mark(start + record.duration_s * 1000);
    }
  });
  if (soFar) {
    if (!times.length && soFar.since !== undefined) {
      mark(soFar.since);
    }
    for (const kind of COMPONENT_KINDS.filter(one => soFar.joules[one] !== undefined)) {
      sums[kind] = Math.max(sums[kind], soFar.joules[kind]!);
      seen.add(kind);
    }
    mark(soFar.time);
  }
  return { kinds: COMPONENT_KINDS.filter(kind => seen.has(kind)), times, joules };
}

/** Read once: a notebook of thousands of records is drawn again with each new one. */
const starts = new WeakMap<CellRecord, number>();

function startOf(record: CellRecord): number {
  let start = starts.get(record);
  if (start === undefined) {
    start = Date.parse(record.started_at);
    starts.set(record, start);
  }
  return start;
}

/** The known joules of some totals by kind of device. */
export function knownByKind(totals: Totals): ByKind {
  return knownOf(totals.by_kind);
}

function knownOf(figures: Readonly<Record<string, Figure>>): ByKind {
  const known: ByKind = {};
  for (const kind of COMPONENT_KINDS) {
    const value = figures[kind]?.value;
    if (value !== null && value !== undefined) {
      known[kind] = value;
    }
  }
  return known;
}

/** What the totals hold beyond these records, by kind of device. */
export function beyond(totals: Totals, records: readonly CellRecord[]): ByKind {
  const rest: ByKind = {};
  for (const kind of COMPONENT_KINDS) {
    rest[kind] = totals.by_kind[kind]?.value ?? 0;
  }
  for (const record of records.filter(isCounted)) {
    for (const [kind, value] of Object.entries(byKind(record))) {
      rest[kind as ComponentKind]! -= value;
    }
  }
  COMPONENT_KINDS.forEach(kind => (rest[kind] = Math.max(0, rest[kind]!)));
  return rest;
}

/** Joules that code added, by kind, of each of some rows of the list. */
export function perCell(rows: readonly Row[]): { row: Row; joules: ByKind }[] {
  return rows.map(row => {
    const joules = row.earlier ? knownOf(row.earlier.active_by_kind) : {};
    for (const record of row.records) {
      for (const [kind, value] of Object.entries(byKind(record, addedTo))) {
        joules[kind as ComponentKind] = (joules[kind as ComponentKind] ?? 0) + value;
      }
    }
    return { row, joules };
  });
}
