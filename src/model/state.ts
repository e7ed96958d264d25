/** What the panel knows of one kernel, and how each message changes it. Pure functions. */

import {
  CellRecord,
  Edited,
  FromKernel,
  GridSince,
  Intensity,
  Power,
  Running,
  State,
  Totals
} from '../types';

/** Live power samples kept for the small curve: about three minutes. */
export const SAMPLES = 120;

/** From this many records on, the kernel is asked for a `State`, which sums up the older ones. */
export const MANY = 1_000;

/** Records kept in the page while the kernel does not answer; older ones stay in the totals. */
export const KEPT = 2 * MANY;

/**
 * The kernel's `State`, the power of the cell that runs now, oldest first, and what was used
 * since the last cell, as far as it is no record yet. `brief`: the records are still to come.
 */
export interface Data extends Omit<State, 'type'> {
  power: readonly Power[];
  waiting: Power | null;
  brief: boolean;
}

/** A cell began, or (`null`) the one that ran has ended, as the page itself can tell. */
export interface Turn {
  type: 'turn';
  running: Running | null;
}

/** The totals with what the running cell, or the time since the last one, has used so far. */
export function totalsSoFar(data: Data): Totals {
  return latest(data)?.totals ?? data.totals;
}

/** The latest word on what is no record yet. */
export function latest(data: Data): Power | null {
  return data.power[data.power.length - 1] ?? data.waiting;
}

const LISTS: readonly string[] = ['records', 'sensors', 'advice', 'warnings'];

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Whether a message has the parts that are read unasked: a kernel of another version may not. */
export function isWhole(message: FromKernel): boolean {
  const needed: Record<FromKernel['type'], readonly string[]> = {
    state: ['records', 'totals', 'sensors', 'intensity', 'advice', 'warnings'],
    brief: ['state'],
    recorded: ['record', 'totals'],
    power: ['power_w', 'energy_j'],
    advised: ['advice'],
    proving: ['progress'],
    unloaded: []
  };
  const parts = message as unknown as Record<string, unknown>;
  const whole = (needed[message.type] ?? []).every(name =>
    LISTS.includes(name) ? Array.isArray(parts[name]) : isObject(parts[name])
  );
  return whole && (message.type !== 'brief' || isWhole({ ...message.state, type: 'state' }));
}

type RunOfCell = Pick<Running, 'cell_id' | 'execution_count'>;

/** What is known after a message. `null`: nothing yet, or the extension was unloaded. */
export function reduce(data: Data | null, message: FromKernel | Turn): Data | null {
  if (message.type === 'state') {
    return withState(data, message, false);
  }
  if (message.type === 'brief' && (data === null || data.brief)) {
    return withState(data, message.state, true);
  }
  if (data === null) {
    return null; // the `State` that answers our `hello` will hold what this message says
  }
  switch (message.type) {
    case 'turn':
      return data.enabled || !message.running
        ? { ...data, running: message.running, power: [] }
        : data;
    case 'power':
      return withPower(data, message);
    case 'recorded':
      return withRecord(
        {
          ...data,
          totals: message.totals,
          edited: withEdited(data.edited, message.edited),
          grids: withGrid(data.grids, message.record)
        },
        message.record
      );
    case 'advised':
      return { ...data, advice: message.advice };
    case 'proving':
      return { ...data, proving: message.progress.stage === 'done' ? null : message };
    case 'unloaded':
      return null;
    default:
      return data; // a newer kernel: what it says beyond this version changes nothing here
  }
}

function withState(data: Data | null, message: State, brief: boolean): Data {
  const { type: _, ...state } = message;
  const same = data?.running && state.running && isSame(data.running, state.running);
  return {
    ...state,
    // An older kernel says nothing of these.
    proving: state.proving ?? null,
    earlier: state.earlier ?? [],
    curve: state.curve ?? null,
    grids: state.grids ?? [],
    cells_before: state.cells_before ?? 0,
    power: same ? data.power : [],
    waiting: state.running ? null : (data?.waiting ?? null),
    brief
  };
}

function withPower(data: Data, message: Power): Data {
  if (message.kind === 'between') {
    return data.running ? data : { ...data, waiting: message };
  }
  return data.running
    ? { ...data, power: [...data.power, message].slice(-SAMPLES), waiting: null }
    : data;
}

function withRecord(data: Data, record: CellRecord): Data {
  const ended = record.kind === 'cell' && endsRunning(data.running, record);
  const waiting = record.kind === 'span' ? data.waiting : null;
  const after = ended ? { ...data, running: null, power: [], waiting } : { ...data, waiting };
  const index = lastIndex(data.records, record.id);
  if (index >= 0) {
    const records = [...data.records];
    records[index] = record;
    return { ...after, records };
  }
  const records = [...data.records, record];
  const excess = Math.max(0, records.length - KEPT);
  return { ...after, records: records.slice(excess), older: data.older + excess };
}

// An older kernel says nothing of edits.
function withEdited(known: readonly Edited[] = [], edited?: Edited | null): readonly Edited[] {
  return !edited ? known : [...known.filter(one => one.cell_id !== edited.cell_id), edited];
}

/** A record may be the first one with another grid's figure; one that settles is not new. */
function withGrid(known: readonly GridSince[], record: CellRecord): readonly GridSince[] {
  const last = known[known.length - 1];
  const { started_at: since, intensity } = record;
  const isNew = !last || since > last.since;
  return isNew && !(last && isSameGrid(last.intensity, intensity))
    ? [...known, { since, intensity }]
    : known;
}

/** Whether two figures are of one grid. */
export function isSameGrid(one: Intensity, other: Intensity): boolean {
  return one.zone === other.zone && one.value === other.value;
}

/** A record that settles late belongs to an earlier cell: it does not end the running one. */
function endsRunning(running: Running | null, record: CellRecord): boolean {
  return running !== null && isSame(running, record);
}

/** Whether two tell of the same run of a cell. Another page's cell has no id here. */
function isSame(one: RunOfCell, other: RunOfCell): boolean {
  return (
    one.execution_count === other.execution_count &&
    (one.cell_id === other.cell_id || one.cell_id === null)
  );
}

function lastIndex(records: readonly CellRecord[], id: string): number {
  for (let index = records.length - 1; index >= 0; index--) {
    if (records[index]!.id === id) {
      return index;
    }
  }
  return -1;
}
