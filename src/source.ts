/** A cell's code: its identity, as `greenlab` computes it in the kernel, and its first line. */

import { sha256 } from '@noble/hashes/sha2';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils';

const HEADER = /^%%energy(\s|$)/;

/** The record's `source_hash` of this code: the same with and without `%%energy`. */
export function sourceHash(source: string): string {
  const code = body(source)
    .trim()
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n');
  return bytesToHex(sha256(utf8ToBytes(code))).slice(0, 16);
}

/** The first line that says something; comments only when there is nothing else. */
export function firstLine(source: string): string {
  const lines = body(source)
    .split('\n')
    .map(line => line.trim())
    .filter(line => line);
  return lines.find(line => !line.startsWith('#')) ?? lines[0] ?? '';
}

function body(source: string): string {
  const lines = source.replace(/\r\n?/g, '\n').trimStart().split('\n');
  const first = lines.findIndex(line => line.trim() && !line.trim().startsWith('#'));
  if (first >= 0 && HEADER.test(lines[first].trim())) {
    lines.splice(first, 1);
  }
  return lines.join('\n');
}
