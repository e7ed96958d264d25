/** A unified diff as lines to show, and taken back. */

import { Change } from '../types';

export interface DiffLine {
  kind: 'same' | 'added' | 'removed';
  text: string;
}

const KINDS: Readonly<Record<string, DiffLine['kind']>> = { '+': 'added', '-': 'removed' };

/** The lines of a unified diff, without its file names and line numbers. */
export function parseDiff(diff: string): DiffLine[] {
  const lines = diff.split('\n');
  const start = lines.findIndex(line => line.startsWith('@@'));
  return lines
    .slice(start + 1)
    .filter(line => line && !line.startsWith('@@') && !line.startsWith('\\'))
    .map(line => ({ kind: KINDS[line[0]!] ?? 'same', text: line.slice(1) }));
}

const HUNK = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

/** The text before a change, as in `greenlab/advice/rewriting/apply_edits.py`; `null` if they do not fit. */
export function undo({ diff, text }: Change): string | null {
  const after = text.split('\n');
  const before: string[] = [];
  let taken = 0; // lines of `after` that are dealt with
  let removed = 0; // lines still to come of a hunk
  let added = 0;
  for (const row of diff.split('\n').slice(2)) {
    if (!removed && !added) {
      const place = HUNK.exec(row);
      if (!place) {
        break; // the newline at the end of the difference
      }
      [removed, added] = [Number(place[1] ?? 1), Number(place[3] ?? 1)];
      // An empty side comes after the line it names.
      const start = Number(place[2]) - (added ? 1 : 0);
      before.push(...after.slice(taken, start));
      taken = start;
      continue;
    }
    const [kind, line] = [row.slice(0, 1), row.slice(1)];
    if (kind !== '-') {
      if (after[taken] !== line) {
        return null;
      }
      taken++;
      added--;
    }
    if (kind !== '+') {
      before.push(line);
      removed--;
    }
  }
  return removed || added ? null : [...before, ...after.slice(taken)].join('\n');
}
