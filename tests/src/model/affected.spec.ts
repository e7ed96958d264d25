import { isUsedElsewhere } from '../../../src/model/affected';
import cases from '../../affected_cases.json';

const ADVICE = { cell_id: 'advised', affects: cases.gone };

function used(later: string, cell = cases.cell): boolean {
  const sources = [
    ['advised', cell],
    ['before', 'print(1)'],
    ['later', later]
  ] as const;
  return isUsedElsewhere(ADVICE, new Map(sources));
}

describe('what a change takes away', () => {
  it.each(cases.read)('is read in another cell: %j', later => {
    expect(used(later)).toBe(true);
  });

  it.each(cases.not_read)('is not read in another cell: %j', later => {
    expect(used(later)).toBe(false);
  });

  it('may be read in the advised cell, which the kernel has looked at', () => {
    expect(used('x = 1', `${cases.cell}\nreg.train_score_`)).toBe(false);
  });

  it('is nothing where the advised cell is no Python', () => {
    expect(used(cases.read[0]!, 'reg =')).toBe(false);
  });

  it('is nothing where a kernel of another version does not say it', () => {
    const old = { cell_id: 'advised' } as Parameters<typeof isUsedElsewhere>[0];
    expect(isUsedElsewhere(old, new Map([['later', cases.read[0]!]]))).toBe(false);
  });
});
