/** What the panel knows of one kernel, and how each message changes it. Pure functions. */

import { Turn } from './running';
import { CellRecord, Edited, FromKernel, Power, Running, State } from './types';

/** Live power samples kept for the small curve: about three minutes. */
export const SAMPLES = 120;

/** Records kept in the page; older ones stay in the totals, as in the kernel. */
export const KEPT = 10_000;

/** The kernel's `State`, and the power of the cell that runs now, oldest first. */
export interface Data extends Omit<State, 'type'> {
  power: readonly Power[];
}

type RunOfCell = Pick<Running, 'cell_id' | 'execution_count'>;

/** What is known after a message. `null`: nothing yet, or the extension was unloaded. */
export function reduce(data: Data | null, message: FromKernel | Turn): Data | null {
  if (message.type === 'state') {
    const { type: _, ...state } = message;
    const same = data?.running && state.running && isSame(data.running, state.running);
    // An older kernel proves nothing.
    return { ...state, proving: state.proving ?? null, power: same ? data.power : [] };
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
      return data.running ? { ...data, power: [...data.power, message].slice(-SAMPLES) } : data;
    case 'recorded':
      return withRecord(
        { ...data, totals: message.totals, edited: withEdited(data.edited, message.edited) },
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

function withRecord(data: Data, record: CellRecord): Data {
  const ended = record.kind === 'cell' && endsRunning(data.running, record);
  const after = ended ? { ...data, running: null, power: [] } : data;
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
