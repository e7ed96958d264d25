/** Which source lines used how much, as records tell: for the panel's list and the margin. */

import { CellRecord, LineEnergies, LineUse } from '../types';

/** Lines that the panel lists below a cell's row. */
export const LISTED = 3;

/** Below this share of a record's energy a line is not worth a mark. */
export const LEAST_SHARE = 0.02;

/** Time that was not sampled is named from this part of a run on. */
const LEAST_UNSEEN = 0.1;

/** A line with its part of the record's energy, and of that of the heaviest line, 0 to 1. */
export interface HotLine {
  use: LineUse;
  record: CellRecord;
  part: number;
  heat: number;
}

/** Whether a line took so little time that no more than an upper bound is known. */
export function isShort(use: LineUse, lines: LineEnergies): boolean {
  return use.samples < 2 && Math.max(use.cpu_s, use.duration_s) < 2 * (lines.period_s ?? 0);
}

/** Seconds of a record whose lines nobody saw; 0 where that is too little to matter. */
export function unseenS({ duration_s, lines }: CellRecord): number {
  const unseen = duration_s - (lines?.sampled_s ?? 0);
  return unseen > LEAST_UNSEEN * duration_s ? unseen : 0;
}

/** The heaviest lines of the latest run that has any, by the innermost line of the code. */
export function heaviest(records: readonly CellRecord[]): HotLine[] {
  for (let index = records.length - 1; index >= 0; index--) {
    const record = records[index]!;
    if (record.lines?.code.length) {
      return hot(record, record.lines.code)
        .filter(({ use }) => !isShort(use, record.lines!))
        .slice(0, LISTED);
    }
  }
  return [];
}

/**
 * The lines to mark in each cell, by its id and the line's number, from 1: of the latest record
 * that says anything of that cell. A line counts with what it called, where that is more.
 */
export function marks(
  records: readonly CellRecord[]
): ReadonlyMap<string, ReadonlyMap<number, HotLine>> {
  const found = new Map<string, Map<number, HotLine>>();
  const from = new Map<string, string>();
  for (const record of records) {
    if (!record.lines) {
      continue;
    }
    for (const list of [record.lines.code, record.lines.cell]) {
      for (const line of hot(record, list)) {
        const { cell_id: cell, file } = line.use;
        if (cell === null || file !== null || line.part < LEAST_SHARE) {
          continue;
        }
        if (from.get(cell) !== record.id) {
          found.set(cell, new Map());
          from.set(cell, record.id);
        }
        const lines = found.get(cell)!;
        if ((lines.get(line.use.line)?.part ?? 0) < line.part) {
          lines.set(line.use.line, line);
        }
      }
    }
  }
  return found;
}

/** Those whose line still says what it said when it ran; the kernel cuts long ones off. */
export function unchanged(
  lines: ReadonlyMap<number, HotLine> | undefined,
  source: string
): HotLine[] {
  return [...(lines?.values() ?? [])].filter(({ use }) => isUnchanged(use, source));
}

/** Whether a line of a cell still says what it said when it ran. */
export function isUnchanged({ line, text }: LineUse, source: string): boolean {
  return text !== null && (source.split('\n')[line - 1]?.trim().startsWith(text) ?? false);
}

function hot(record: CellRecord, uses: readonly LineUse[]): HotLine[] {
  const whole = record.energy_j.value ?? 0;
  const joules = (use: LineUse) => use.energy_j.value ?? 0;
  const most = Math.max(0, ...uses.map(joules));
  return whole > 0 && most > 0
    ? uses.map(use => ({
        use,
        record,
        part: joules(use) / whole,
        heat: joules(use) / most
      }))
    : [];
}
