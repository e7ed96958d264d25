/**
 * A cell's code: its identity and its first line. The rules of
 * `greenlab/cellcode/source_hash.py`, where they are explained.
 */

import { sha256 } from '@noble/hashes/sha2';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils';

/** Blank lines and comments may come before it. */
const HEADER = /^((?:[ \t\f\v]*(?:#[^\n]*)?\n)*)[ \t\f\v]*%%energy(?:[ \t][^\n]*)?(?:\n|$)/;
const AROUND = /^[ \t\f\v\n]+|[ \t\f\v\n]+$/g;
const AT_LINE_END = /[ \t\f\v]+(?=\n)/g;

/** The record's `source_hash` of this code: the same with and without `%%energy`. */
export function sourceHash(source: string): string {
  const code = withoutHeader(source).replace(AROUND, '').replace(AT_LINE_END, '');
  return bytesToHex(sha256(utf8ToBytes(code))).slice(0, 16);
}

/** The first line that says something; comments only when there is nothing else. */
export function firstLine(source: string): string {
  const lines = withoutHeader(source)
    .split('\n')
    .map(line => line.trim())
    .filter(line => line);
  return lines.find(line => !line.startsWith('#')) ?? lines[0] ?? '';
}

function withoutHeader(source: string): string {
  return source.replace(/\r\n?/g, '\n').replace(HEADER, '$1');
}
