import { parseDiff } from '../../src/diff';

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
