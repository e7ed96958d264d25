/** A unified diff as lines to show. */

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
