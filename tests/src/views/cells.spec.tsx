import { fireEvent, screen } from '@testing-library/react';
import * as React from 'react';

import { sourceHash } from '../../../src/model/cellHash';
import { rank } from '../../../src/model/ranking';
import { Cells } from '../../../src/views/cells';
import { component, edited as makeEdited, figure, record, worked } from '../make';
import { actions, show } from './show';

describe('the list of cells', () => {
  const here = record(30, { cell_id: 'a', source_hash: sourceHash('fit()') });
  const edited = record(20, { cell_id: 'b', source_hash: sourceHash('old()') });
  const gone = record(10, { cell_id: 'c' });
  const sources = new Map([
    ['a', '# first\nfit()'],
    ['b', 'new()']
  ]);

  it('names cells by their code and says what became of them', () => {
    const rows = rank([{ ...here, source_hash: sourceHash('# first\nfit()') }, edited, gone]);
    show(<Cells rows={rows} sources={sources} older={2} edited={[]} />);
    const lines = screen.getAllByRole('listitem').map(item => item.textContent);
    expect(lines[0]).toContain('fit()');
    expect(lines[0]).not.toContain('since');
    expect(lines[1]).toContain('edited since');
    expect(lines[2]).toContain('no longer in the notebook');
    expect(screen.getByText(/2 earlier runs/)).toBeTruthy();
  });

  it('says what the last edit changed, what the first run and what failures cost', () => {
    const run = (joules: number, status: 'ok' | 'error' = 'ok') =>
      record(joules, { cell_id: 'a', source_hash: sourceHash('fit()'), status });
    const rows = rank([run(90), run(20), run(40), run(7, 'error')]);
    const change = makeEdited({ source_hash: sourceHash('fit()') });
    const other = { ...change, source_hash: 'of code that is gone' };
    const sources = new Map([['a', 'fit()']]);
    const text = (edits: (typeof change)[]) =>
      show(<Cells rows={rows} sources={sources} older={0} edited={edits} />).textContent;
    expect(text([change])).toContain(
      '7 J of it in runs that failed · 4 runs · the first 90 J, then 30 J · ' +
        'this edit: −38 % (−45 % to −30 %), 3 runs each, likely'
    );
    expect(text([other])).not.toContain('this edit');
    const unsure = { ...change, before_runs: 1, after_runs: 1, likely: false, ratio: 1.2 };
    expect(text([{ ...unsure, ratio: 0.0002 }])).toContain('this edit: −99.9 %, 1 run each');
    expect(text([unsure])).toContain('this edit: +20 %, 1 run each, not certain yet');
  });

  it('gives what the first run and failures cost no more digits than the sum has', () => {
    const wide = (joules: number, status: 'ok' | 'error' = 'ok') => {
      const known = { ...figure(joules), low: joules / 10, high: joules * 3 };
      const components = [{ ...component('cpu', joules), active_j: known }];
      const fields = { cell_id: 'a', source_hash: sourceHash('fit()'), status, components };
      return record(joules, { ...fields, energy_j: known });
    };
    const rows = rank([wide(0.885), wide(0.253), wide(0.0712, 'error')]);
    const sources = new Map([['a', 'fit()']]);
    show(<Cells rows={rows} sources={sources} older={0} edited={[]} />);
    const notes = document.querySelector('.jp-greenlab-notes')!.textContent!;
    expect(notes.replace(/\u00a0/g, ' ')).toBe(
      '≈ 70 mJ of it in runs that failed · 3 runs · the first ≈ 900 mJ, then ≈ 300 mJ'
    );
  });

  it('says what of the time between cells was a proof', () => {
    const between = { kind: 'between', cell_id: null, execution_count: null } as const;
    const proven = record(30, { ...between, name: 'proof' });
    show(
      <Cells
        rows={rank([proven, record(5, { ...between, name: null })])}
        sources={sources}
        older={0}
        edited={[]}
      />
    );
    const text = screen.getAllByRole('listitem')[0]!.textContent;
    expect(text).toContain('30 J of it while changes were tested');
    expect(text).toContain('35');
  });

  it('says whose threads surely ran meanwhile', () => {
    const part = { low_s: 0.5, high_s: 0.6, record_id: 'r1', execution_count: 3 };
    const sure = record(30, { cell_id: 'a', background: [part] });
    const maybe = record(20, { cell_id: 'b', background: [{ ...part, low_s: 0 }] });
    show(<Cells rows={rank([sure, maybe])} sources={sources} older={0} edited={[]} />);
    const lines = screen.getAllByRole('listitem').map(item => item.textContent);
    expect(lines[0]).toContain('threads of [3] were still running');
    expect(lines[1]).not.toContain('threads');
  });

  it('says where the GPU worked on after a cell', () => {
    const rows = rank([
      record(30, { cell_id: 'a', async_tail: true }),
      record(20, { cell_id: 'b', async_tail: false })
    ]);
    show(<Cells rows={rows} sources={sources} older={0} edited={[]} />);
    const lines = screen.getAllByRole('listitem').map(item => item.textContent);
    expect(lines[0]).toContain('its GPU work continued after it ended');
    expect(lines[1]).not.toContain('GPU');
  });

  it('shows the energy per unit that was counted, and its interval in the tooltip', () => {
    const counted = { energy_j: null, counted_elsewhere: 0, counted_beside: 0 };
    const work = [{ unit: 'token', count: 1200, ...counted }];
    const rows = rank([record(30, { cell_id: 'a', work }), record(20, { cell_id: 'b' })]);
    show(<Cells rows={rows} sources={sources} older={0} edited={[]} />, 'Wh');
    const [first, last] = screen.getAllByRole('listitem');
    expect(first!.textContent).toContain('6.94 µWh per token with idle power');
    expect(first!.title).toContain(
      'per token: 6.25 to 7.64 µWh with idle power (1,200 counted)'
    );
    expect(last!.textContent).not.toContain(' per ');
  });

  it('shows what code added, and what the time between cells drew with it', () => {
    const slept = worked(0.139, 64, { cell_id: 'a' });
    const between = worked(43, 480, { kind: 'between', cell_id: null, name: null });
    show(<Cells rows={rank([slept, between])} sources={sources} older={0} edited={[]} />);
    const [first, last] = screen.getAllByRole('listitem');
    expect(first!.textContent).toContain('139 mJ');
    expect(first!.title).toContain('64 J with idle power');
    expect(last!.textContent).toContain('43 J480 J with idle power');
  });

  it.each([
    ['error', 'failed'],
    ['interrupted', 'interrupted']
  ] as const)('says how a run ended: %s', (status, word) => {
    show(<Cells rows={rank([{ ...here, status }])} sources={sources} older={0} edited={[]} />);
    expect(screen.getByRole('listitem').textContent).toContain(word);
  });

  it('has one width for all numbers, so that the bars begin below each other', () => {
    const rows = rank([record(9, { execution_count: 456 }), record(5, { execution_count: 7 })]);
    const list = show(<Cells rows={rows} sources={sources} older={0} edited={[]} />);
    const style = list.querySelector('ul')!.getAttribute('style');
    expect(style).toContain('--jp-greenlab-digits: 5');
  });

  it('goes to the cell that is clicked', () => {
    show(<Cells rows={rank([here])} sources={sources} older={0} edited={[]} />);
    fireEvent.click(screen.getByRole('button'));
    expect(actions.goTo).toHaveBeenCalledWith('a');
  });

  it('shows a few until asked for all, and many in steps', () => {
    const rows = rank(Array.from({ length: 300 }, () => record(1)));
    show(<Cells rows={rows} sources={sources} older={0} edited={[]} />);
    expect(screen.getAllByRole('listitem')).toHaveLength(5);
    fireEvent.click(screen.getByText('all 300'));
    expect(screen.getAllByRole('listitem')).toHaveLength(200);
    fireEvent.click(screen.getByText('more'));
    expect(screen.getAllByRole('listitem')).toHaveLength(300);
  });
});
