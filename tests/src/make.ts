/** Figures, records and messages to test with. */

import {
  Advice,
  CellRecord,
  Component,
  ComponentKind,
  EarlierRuns,
  Edited,
  Figure,
  LineEnergies,
  LineUse,
  Power,
  Progress,
  Proving,
  Running,
  SensorStatus,
  State,
  Tier,
  Totals,
  Verdict
} from '../../src/types';
import { totalOfCells } from '../../src/model/sums';

export function figure(value: number | null, tier: Tier = 'modelled'): Figure {
  return value === null
    ? { value: null, low: null, high: null, level: 0.95, tier: 'missing', reason: 'no sensor' }
    : { value, low: value * 0.9, high: value * 1.1, level: 0.95, tier };
}

export function component(kind: ComponentKind, joules: number | null): Component {
  const energy_j = figure(joules);
  return {
    kind,
    device: kind,
    source: 'test',
    energy_j,
    host_energy_j: energy_j,
    active_j: energy_j,
    idle_j: energy_j
  };
}

export const intensity: State['intensity'] = {
  value: 56,
  zone: 'FR',
  zone_name: 'France',
  source: 'Ember',
  year: 2023,
  tier: 'assumed',
  kind: 'average',
  basis: 'lifecycle',
  unit: 'gCO2e/kWh',
  guess: 'from the time zone Europe/Paris',
  instead_of: null
};

let count = 0;

/** A cell's record of so many joules of CPU, a second long. */
export function record(joules: number | null, fields: Partial<CellRecord> = {}): CellRecord {
  count++;
  const energy_j = figure(joules);
  return {
    id: `r${count}`,
    kernel_id: 'k',
    host: 'h',
    notebook: 'n.ipynb',
    cell_id: `c${count}`,
    execution_count: count,
    source_hash: null,
    name: null,
    started_at: new Date(Date.UTC(2026, 0, 1, 12, 0, count)).toISOString(),
    duration_s: 1,
    status: 'ok',
    energy_j,
    host_energy_j: energy_j,
    components: [component('cpu', joules)],
    emissions_g: figure(joules === null ? null : (joules * 56) / 3.6e6),
    intensity,
    cpu_s: null,
    gpu_busy: null,
    scope: 'process',
    pue: 1,
    kind: 'cell',
    parent_id: null,
    counted_in: fields.parent_id ?? null,
    counted_elsewhere: 0,
    repeats: [],
    background: null,
    async_tail: null,
    schema: 'greenlab.record/1',
    ...fields
  };
}

/** What one line of a cell used. */
export function lineUse(joules: number, fields: Partial<LineUse> = {}): LineUse {
  return {
    file: null,
    line: 1,
    energy_j: figure(joules),
    cpu_s: 1,
    duration_s: 1,
    samples: 50,
    cell_id: 'c1',
    execution_count: 1,
    function: null,
    text: 'work()',
    gpu_j: null,
    ...fields
  };
}

/** The lines of a record, all of them of its code and of the cell itself. */
export function lines(
  code: readonly LineUse[],
  fields: Partial<LineEnergies> = {}
): LineEnergies {
  return {
    code,
    cell: [],
    rest_j: figure(0),
    sampled_s: 1,
    period_s: 0.01,
    samples: 100,
    asked: true,
    gpu: null,
    note: null,
    ...fields
  };
}

/** A record whose code added so many joules to the idle power that it was charged. */
export function worked(
  added: number | null,
  joules: number | null,
  fields: Partial<CellRecord> = {}
): CellRecord {
  const part = { ...component('cpu', joules), active_j: figure(added) };
  return record(joules, { components: [part], ...fields });
}

export function totals(records: readonly CellRecord[]): Totals {
  return {
    energy_j: totalOfCells(records.map(one => one.energy_j)),
    emissions_g: totalOfCells(records.map(one => one.emissions_g)),
    by_kind: { cpu: totalOfCells(records.map(one => one.energy_j)) },
    cells: records.length,
    duration_s: records.length,
    between_j: null,
    active_j: totalOfCells(records.flatMap(one => one.components.map(part => part.active_j)))
  };
}

export function state(records: readonly CellRecord[], fields: Partial<State> = {}): State {
  return {
    type: 'state',
    kernel_id: 'k',
    notebook: 'n.ipynb',
    version: '0.1.0',
    enabled: true,
    live_power: true,
    running: null,
    records,
    older: 0,
    totals: totals(records),
    sensors: [],
    intensity,
    advice: [],
    warnings: [],
    edited: [],
    proving: null,
    earlier: [],
    curve: null,
    grids: [],
    cells_before: 0,
    loaded_by_page: false,
    ...fields
  };
}

export function edited(fields: Partial<Edited> = {}): Edited {
  return {
    cell_id: 'a',
    source_hash: 'new',
    before_hash: 'old',
    before_j: 100,
    after_j: 62,
    ratio: 0.62,
    low: 0.55,
    high: 0.7,
    before_runs: 3,
    after_runs: 3,
    first_runs: false,
    likely: true,
    tier: 'modelled',
    wide: false,
    before_count: null,
    after_count: null,
    saved_j: 0,
    saved_runs: 0,
    ...fields
  };
}

export function running(one: Pick<CellRecord, 'cell_id' | 'execution_count'>): Running {
  return {
    cell_id: one.cell_id,
    execution_count: one.execution_count,
    started_at: `start of ${one.cell_id}`
  };
}

export function power(watts: number, fields: Partial<Power> = {}): Power {
  const energy_j = figure(watts);
  const known = { type: 'power', at: 0, power_w: figure(watts), parts: [] } as const;
  return { ...known, energy_j, kind: 'cell', totals: null, ...fields };
}

/** Sums of so many earlier runs of a cell, of so many joules in all. */
export function earlier(joules: number, runs: number, fields: Partial<EarlierRuns> = {}) {
  const sums = totals([record(joules)]);
  const known: EarlierRuns = {
    kind: 'cell',
    cell_id: 'a',
    execution_count: runs,
    name: null,
    source_hash: 'h',
    status: 'ok',
    runs,
    totals: { ...sums, cells: runs, duration_s: runs },
    active_j: figure(joules),
    active_by_kind: { cpu: figure(joules) },
    active_of_code_j: joules,
    last_j: figure(joules / runs),
    last_g: figure(joules / runs / 1e5),
    last_s: 1,
    lost_j: null,
    first_j: null,
    later_j: null,
    later_runs: 0,
    peak_j: null,
    peak_at: null,
    proof_j: null,
    background: [],
    async_tail: false
  };
  return { ...known, ...fields };
}

export function sensor(fields: Partial<SensorStatus>): SensorStatus {
  return {
    name: 'sensor',
    kind: 'cpu',
    available: true,
    used: true,
    tier: 'measured',
    covers: 'package 0',
    fix: null,
    present: true,
    ...fields
  };
}

export function advice(fields: Partial<Advice> = {}): Advice {
  return {
    id: 'a1',
    rule: 'T01',
    cell_id: 'c1',
    cell_index: 0,
    source_hash: '',
    title: 'Use the faster one',
    because: ['61 s of one core'],
    change: { diff: '--- a\n+++ b\n@@ -1 +1 @@\n-slow()\n+fast()\n', text: 'fast()' },
    saving: {
      low: 0.6,
      high: 0.95,
      source: 'a paper',
      unit: "fraction of this cell's energy",
      of_j: null,
      share: null,
      at_most: null
    },
    risk: 'Scores may change a little.',
    status: 'shown',
    verdict: null,
    place: null,
    execution_count: 14,
    effort: { runs: 11, energy_j: 2420, duration_s: 118 },
    affects: [],
    schema: 'greenlab.advice/1',
    ...fields
  };
}

export function proving(fields: Partial<Progress> = {}, id = 'a1'): Proving {
  const progress: Progress = {
    stage: 'measuring',
    pairs: 2,
    of: 12,
    spent_s: 24,
    spent_j: 410,
    ratio: null,
    discarded: 0,
    others: null,
    ...fields
  };
  return { type: 'proving', id, progress };
}

export function verdict(fields: Partial<Verdict> = {}): Verdict {
  return {
    ratio: 0.38,
    low: 0.34,
    high: 0.42,
    pairs: 5,
    tier: 'modelled',
    note: null,
    status: 'verified',
    level: 0.9875,
    margin: 0.05,
    before_j: 100,
    after_j: 38,
    one_off_j: null,
    quality: null,
    discarded: 0,
    cost_j: 830,
    duration_s: 60,
    agreement: null,
    ratio_of: 'energy',
    before_added_j: null,
    after_added_j: null,
    ...fields
  };
}
