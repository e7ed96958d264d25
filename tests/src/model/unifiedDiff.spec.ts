import { parseDiff, undo } from '../../../src/model/unifiedDiff';

it('shows the lines of a change without file names and line numbers', () => {
  const diff = '--- before\n+++ after\n@@ -1,2 +1,2 @@\n-a = slow()\n+a = fast()\n print(a)\n';
  expect(parseDiff(diff)).toEqual([
    { kind: 'removed', text: 'a = slow()' },
    { kind: 'added', text: 'a = fast()' },
    { kind: 'same', text: 'print(a)' }
  ]);
});

it('keeps code that looks like a header', () => {
  const diff = '--- before\n+++ after\n@@ -1 +1 @@\n--- a comment in SQL\n+-- another\n';
  expect(parseDiff(diff).map(line => line.text)).toEqual(['-- a comment in SQL', '-- another']);
});

describe('a change taken back', () => {
  const lines = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
  const before = lines.join('\n');
  const head = '--- before\n+++ after\n';

  it.each([
    ['one line', '@@ -1,3 +1,3 @@\n-a\n+A\n b\n c', ['A', ...lines.slice(1)]],
    [
      'two places',
      '@@ -1,3 +1,4 @@\n-a\n+A\n+AA\n b\n c\n@@ -8,3 +9,2 @@\n h\n i\n-j',
      ['A', 'AA', ...lines.slice(1, 9)]
    ],
    ['lines added at the start', '@@ -0,0 +1 @@\n+new', ['new', ...lines]],
    ['a newline at the end', '@@ -10 +10 @@\n-j\n+J\n', [...lines.slice(0, 9), 'J']]
  ])('%s', (_, hunks, after) => {
    expect(undo({ diff: head + hunks, text: after.join('\n') })).toBe(before);
  });

  it('never makes up code where the two do not fit', () => {
    const diff = `${head}@@ -1,3 +1,3 @@\n-a\n+A\n b\n c`;
    expect(undo({ diff, text: 'mine' })).toBeNull();
    expect(undo({ diff: `${head}@@ -1,3 +1,3 @@\n-a`, text: 'A\nb\nc' })).toBeNull();
  });
});
