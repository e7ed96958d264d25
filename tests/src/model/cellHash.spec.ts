import { firstLine, sourceHash } from '../../../src/model/cellHash';
import cases from '../../source_hash_cases.json';

// The same cases as tests/cellcode/test_source_hash.py.
it.each(cases as [string, string][])('the hash of %j is the kernel’s', (source, hash) => {
  expect(sourceHash(source)).toBe(hash);
});

it.each([
  ['import x', 'import x'],
  ['%%energy -q\n\n# fit\nmodel.fit(X)', 'model.fit(X)'],
  ['# only words\n# here', '# only words'],
  ['%%energy', ''],
  ['', '']
])('the first line of %j is %j', (source, line) => {
  expect(firstLine(source)).toBe(line);
});
