import { active, activeJoules } from '../../../src/model/activeEnergy';
import { rank } from '../../../src/model/ranking';
import { CellRecord, ComponentKind } from '../../../src/types';
import cases from '../../active_cases.json';
import { component, figure, record } from '../make';

type Part = [ComponentKind, number | null, number | null];

function ran(parts: readonly Part[], name = ''): CellRecord {
  const components = parts.map(([kind, added, joules]) => ({
    ...component(kind, joules),
    active_j: figure(added)
  }));
  return record(null, { components, name });
}

// The same cases as tests/record/test_active_energy.py: both sides rank alike.
describe('what code added', () => {
  it.each(cases.active as [Part[], number | null, boolean][])(
    'of %j is %d',
    (parts, joules, caveat) => {
      const one = ran(parts);
      expect(active(one).value).toBe(joules);
      expect(activeJoules(one)).toBe(joules);
      expect(Boolean(active(one).reason)).toBe(caveat);
    }
  );

  it.each(cases.ranked)('$about', ({ records, order }) => {
    const all = records.map(([name, parts]) => ran(parts as Part[], name as string));
    expect(rank(all).map(row => row.name)).toEqual(order);
  });

  it('is the whole, at most, of a record without parts', () => {
    const one = record(30, { components: [] });
    expect(active(one)).toMatchObject({ value: 30, low: 0 });
    expect(active(one).reason).toContain('idle power');
  });
});
