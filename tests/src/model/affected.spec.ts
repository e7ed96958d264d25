import { isUsedElsewhere } from '../../../src/model/affected';

const ADVICE = { cell_id: 'c1', affects: ['apply', 'feature_importances_'] };

function used(...others: string[]): boolean {
  const sources = new Map([
    ['c1', 'model.feature_importances_'],
    ...others.map((source, index) => [`d${index}`, source] as [string, string])
  ]);
  return isUsedElsewhere(ADVICE, sources);
}

describe('what a change affects', () => {
  it.each([
    'order = model.feature_importances_.argsort()',
    'def order(m):\n    return m.feature_importances_'
  ])('is used in another cell: %s', source => {
    expect(used('x = 1', source)).toBe(true);
  });

  it.each(['', 'df.apply(str)', 'my_feature_importances_ = 1', "t['feature_importances_']"])(
    'is not used in another cell: %s',
    source => {
      expect(used(source)).toBe(false);
    }
  );

  it('is nothing where a kernel of another version does not say it', () => {
    const old = { cell_id: 'c1' } as Parameters<typeof isUsedElsewhere>[0];
    expect(isUsedElsewhere(old, new Map([['d', 'a']]))).toBe(false);
  });
});
