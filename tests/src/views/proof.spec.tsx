import { fireEvent, screen } from '@testing-library/react';
import * as React from 'react';

import { sourceHash } from '../../../src/model/cellHash';
import type { Advice, AdviceStatus, Proving, Verdict } from '../../../src/types';
import { AdviceCards } from '../../../src/views/advice';
import { advice, proving, verdict } from '../make';
import { actions, show } from './show';

describe('the proof of advice', () => {
  const fitting = advice({ source_hash: sourceHash('slow()') });
  const card = (fields: Partial<Advice> = {}, now: Proving | null = null, source = 'slow()') =>
    show(
      <AdviceCards
        advice={[{ ...fitting, ...fields }]}
        proving={now}
        sources={new Map([['c1', source]])}
        edited={[]}
        rows={[]}
      />
    ).textContent!.replace(/\u00a0/g, ' ');
  const button = (name: string) => screen.getByText(name) as HTMLButtonElement;

  it('says what it takes before it starts, and starts with what is to be checked', () => {
    expect(card()).toContain('Testing it takes about 11 runs: 2.4 kJ, 1 min 58 s');
    fireEvent.click(button('Test it here'));
    expect(actions.prove).toHaveBeenLastCalledWith(fitting, { metric: null, max_drop: null });
    fireEvent.change(screen.getByLabelText(/Expression/), { target: { value: ' f(x) ' } });
    fireEvent.change(screen.getByLabelText('May drop by'), { target: { value: '0.01' } });
    fireEvent.click(button('Test it here'));
    expect(actions.prove).toHaveBeenLastCalledWith(fitting, { metric: 'f(x)', max_drop: 0.01 });
  });

  it('says nothing of joules that are not known', () => {
    const text = card({ effort: { runs: 11, energy_j: null, duration_s: 12 } });
    expect(text).toContain('about 11 runs: 12 s, in a copy');
  });

  it('shows how it goes, and can be stopped', () => {
    const text = card({}, proving({ pairs: 3, ratio: 0.382, discarded: 1 }));
    expect(text).toContain(
      'Testing: 3 pairs of at most 12, 1 disturbed and repeated, so far −62 %, 24 s, 410 J'
    );
    expect(screen.getByRole('status').textContent).toContain('so far');
    expect(screen.queryByText('Test it here')).toBeNull();
    fireEvent.click(button('Stop'));
    expect(actions.stopProof).toHaveBeenLastCalledWith(fitting);
  });

  it('says how busy others keep the machine', () => {
    expect(card({}, proving({ others: 0.85 }))).toContain(
      'the machine is busy: 85 % by others'
    );
    expect(card({}, proving({ others: 0.02 }))).not.toContain('busy');
  });

  it('waits while a cell runs, and says so', () => {
    expect(card({}, proving({ stage: 'waiting', pairs: 0 }))).toContain(
      'waiting while a cell runs'
    );
  });

  it.each<[Partial<Verdict>, AdviceStatus, string]>([
    [{}, 'verified', 'verified: −62 % (−66 to −58 %), 5 pairs, modelled'],
    [
      { status: 'rejected', ratio: 1.2, low: 1.1, high: 1.3, reason: 'ruled out' },
      'rejected',
      'rejected: +20 % (+10 to +30 %), 5 pairs, modelledRuled out.'
    ],
    [
      { status: 'inconclusive', ratio: null, low: null, high: null, reason: 'stopped' },
      'inconclusive',
      'inconclusiveStopped.'
    ],
    [
      { ratio_of: 'added', before_j: 200, after_j: 100 },
      'verified',
      'Of the energy that the work adds; with idle power included: −50 %.'
    ],
    [
      { agreement: { compared: ['y', 'total'], unlike: [], largest: 0 } },
      'verified',
      'Same result: y, total.'
    ],
    [
      { agreement: { compared: ['y'], unlike: [], largest: 1e-6 } },
      'verified',
      'Results differ by at most 0.0001 %: y.'
    ],
    [
      { agreement: { compared: ['y', 'z'], unlike: ['z'], largest: 0 } },
      'verified',
      'Results differ in kind, shape or text: z.'
    ],
    [
      { status: 'inconclusive', low: null, high: null, pairs: 1, reason: 'stopped' },
      'inconclusive',
      'inconclusive: −62 %, 1 pair, modelledStopped.'
    ],
    [
      { status: 'unsafe', ratio: null, low: null, high: null, reason: 'it asks (line 2)' },
      'shown',
      'unsafe to run againIt asks (line 2).'
    ],
    [
      {
        status: 'quality-failed',
        quality: { metric: 'f(x)', before: 0.9712, after: 0.5, drop_high: 0.5, max_drop: 0 }
      },
      'rejected',
      'f(x): 0.9712 → 0.5'
    ]
  ])('tells the verdict with its reason: %j', (fields, status, words) => {
    expect(card({ status, verdict: verdict(fields) })).toContain(words);
    expect(button('Test it again').disabled).toBe(false);
    const primary = button('Apply').className === 'jp-greenlab-primary';
    expect(primary).toBe(status !== 'rejected');
  });

  it('can be had of what was applied, and not of a cell that was edited since', () => {
    expect(card({ status: 'applied' }, null, fitting.change!.text)).toContain('Undo');
    expect(button('Test it here').disabled).toBe(false);
  });

  it('is not to be had of other code, nor while another one runs', () => {
    card({}, null, 'mine()');
    expect(button('Test it here').disabled).toBe(true);
  });

  it('is one at a time', () => {
    card({}, proving({}, 'another'));
    expect(button('Test it here').disabled).toBe(true);
    expect(button('Test it here').title).toContain('Another test');
  });

  it('is not offered by a kernel that cannot', () => {
    card({ effort: null });
    expect(screen.queryByText('Test it here')).toBeNull();
  });
});
