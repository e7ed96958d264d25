import { nullTranslator } from '@jupyterlab/translation';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';

import { rank } from '../../../src/model/ranking';
import type { NotebookSession } from '../../../src/kernel/notebookSession';
import type { Phase } from '../../../src/kernel/phase';
import { sourceHash } from '../../../src/model/cellHash';
import { changedCell } from '../../../src/model/adviceTarget';
import { AdviceCards } from '../../../src/views/advice';
import { Cells } from '../../../src/views/cells';
import { Actions, ViewContext } from '../../../src/views/context';
import { Empty, INSTALL } from '../../../src/views/empty';
import { Headline } from '../../../src/views/headline';
import { Sources } from '../../../src/views/sources';
import { reduce } from '../../../src/model/state';
import type {
  Advice,
  AdviceStatus,
  CellRecord,
  Proving,
  Totals,
  Verdict
} from '../../../src/types';
import {
  advice,
  component,
  edited as makeEdited,
  figure,
  intensity,
  proving,
  record,
  sensor,
  state,
  verdict,
  worked
} from '../make';

const actions: { [K in keyof Actions]: jest.Mock } = {
  apply: jest.fn(),
  copy: jest.fn(),
  dismiss: jest.fn(),
  goTo: jest.fn(),
  load: jest.fn(),
  loadEverywhere: jest.fn(),
  nameZone: jest.fn(),
  prove: jest.fn(),
  restore: jest.fn(),
  stopProof: jest.fn(),
  undo: jest.fn()
};

function show(content: JSX.Element, unit: 'J' | 'Wh' = 'J'): HTMLElement {
  const trans = nullTranslator.load('greenlab');
  return render(
    <ViewContext.Provider value={{ trans, unit, theme: 0, actions }}>
      {content}
    </ViewContext.Provider>
  ).container;
}

const data = (fields = {}) => reduce(null, state([record(6412)], fields))!;

describe('the headline', () => {
  it('is one number with its interval, tier and emissions', () => {
    const text = show(<Headline data={data()} name="n.ipynb" />).textContent;
    expect(text).toContain('6.41 kJ');
    expect(text).toContain('5.77 to 7.05 kJ');
    expect(text).toContain('modelled');
    expect(text).toContain('CO2e');
  });

  it.each(['measured', 'modelled', 'assumed', 'missing'] as const)(
    'explains %s in a sentence of its own',
    tier => {
      const totals = {
        ...data().totals,
        energy_j: figure(tier === 'missing' ? null : 1, tier)
      };
      show(<Headline data={data({ totals })} name="n" />);
      fireEvent.click(screen.getByText(tier));
      const said = screen.getByText(/^(Measured|Modelled|Assumed|Missing): /).textContent!;
      expect(said.toLowerCase().startsWith(`${tier}: `)).toBe(true);
    }
  );

  it('names the part of it that fell between cells', () => {
    const totals = { ...data().totals, between_j: figure(1570) };
    const text = show(<Headline data={data({ totals })} name="n" />).textContent;
    expect(text).toContain('1.57 kJ of the total between cells');
    expect(show(<Headline data={data()} name="n" />).textContent).not.toContain('between');
  });

  it('tells what work added from what the machine draws anyway', () => {
    const totals = { ...data().totals, energy_j: figure(155), active_j: figure(19.1) };
    const text = show(<Headline data={data({ totals })} name="n" />).textContent;
    expect(text).toContain('19.1 J by your code, the rest is idle power');
    const older = { ...totals, active_j: undefined } as unknown as Totals;
    expect(
      show(<Headline data={data({ totals: older })} name="n" />).textContent
    ).not.toContain('by your code');
  });

  it('has no more digits than are known', () => {
    const energy_j = { ...figure(3090), low: 340, high: 12300 };
    const emissions_g = { ...figure(0.0041), low: 0.0005, high: 0.016 };
    const totals = { ...data().totals, energy_j, emissions_g };
    const text = show(<Headline data={data({ totals })} name="n" />).textContent;
    expect(text).toContain('≈\u00a03 kJ');
    expect(text).toContain('0.3 to 12 kJ');
    expect(text).toContain('≈\u00a04 mg CO2e');
    const inWh = show(<Headline data={data({ totals })} name="n" />, 'Wh').textContent;
    expect(inWh).toContain('≈\u00a0900 mWh');
  });

  it('says at least, and names what is left out', () => {
    const energy_j = { ...figure(6412), high: null, lacks: ['GPU 0'], reason: 'driver lost' };
    const totals = { ...data().totals, energy_j };
    const text = show(<Headline data={data({ totals })} name="n" />).textContent;
    expect(text).toContain('at least 6.41 kJ');
    expect(text).toContain('Not included: GPU 0 (driver lost).');
  });

  it('says not known with the reason, and never 0', () => {
    const totals = { ...data().totals, energy_j: figure(null), emissions_g: figure(null) };
    const text = show(<Headline data={data({ totals })} name="n" />).textContent;
    expect(text).toContain('not known');
    expect(text).toContain('no sensor');
    expect(text).toContain('emissions not known');
    expect(text).not.toContain('0 J');
  });
});

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

describe('the advice card', () => {
  const fitting = advice({ source_hash: sourceHash('slow()') });

  it('shows what, how much, why, the change and its risk, one card at a time', () => {
    const second = advice({ ...fitting, id: 'a2', title: 'Keep the result' });
    const sources = new Map([['c1', 'slow()']]);
    const shown = show(
      <AdviceCards
        advice={[fitting, second]}
        proving={null}
        sources={sources}
        edited={[]}
        rows={[]}
      />
    );
    for (const part of ['Use the faster one', '−60 to −95 %', '61 s', 'fast()', 'a little']) {
      expect(shown.textContent).toContain(part);
    }
    fireEvent.click(screen.getByText('Apply'));
    expect(actions.apply).toHaveBeenCalledWith(fitting);
    fireEvent.click(screen.getByText('1 of 2'));
    expect(shown.textContent).toContain('Keep the result');
    fireEvent.click(screen.getByLabelText('Dismiss this advice'));
    expect(actions.dismiss).toHaveBeenCalledWith(second);
  });

  it('never applies to a cell that was edited since', () => {
    show(
      <AdviceCards
        advice={[fitting]}
        proving={null}
        sources={new Map([['c1', 'mine()']])}
        edited={[]}
        rows={[]}
      />
    );
    expect((screen.getByText('Apply') as HTMLButtonElement).disabled).toBe(true);
    expect(screen.getByText(/edited since it ran/)).toBeTruthy();
  });

  it('applies a change to the cell whose function is called, as that cell stands', () => {
    const cell = (fields: object) => ({
      cell_id: null,
      execution_count: 3,
      source_hash: sourceHash('slow()'),
      file: null,
      function: 'train',
      ...fields
    });
    const card = (one: Advice, sources: [string, string][]) => {
      cleanup();
      return show(
        <AdviceCards
          advice={[one]}
          proving={null}
          sources={new Map(sources)}
          edited={[]}
          rows={[]}
        />
      );
    };
    const placed = advice({ ...fitting, effort: null, place: cell({ cell_id: 'c0' }) });
    const other: [string, string] = ['c1', 'train()'];
    expect(card(placed, [other, ['c0', 'slow()']]).textContent).toContain(
      'In cell [3], train():'
    );
    expect((screen.getByText('Apply') as HTMLButtonElement).disabled).toBe(false);
    fireEvent.click(screen.getByText('Show cell'));
    expect(actions.goTo).toHaveBeenCalledWith('c0');
    expect(changedCell(placed, new Map([other, ['c0', 'slow()']]))).toBe('c0');
    card(placed, [other, ['c0', 'mine()']]);
    expect((screen.getByText('Apply') as HTMLButtonElement).disabled).toBe(true);

    const byCode = advice({ ...fitting, place: cell({}) });
    expect(changedCell(byCode, new Map([other, ['x', 'slow()']]))).toBe('x');
    expect(changedCell(byCode, new Map([other]))).toBeNull();

    const file = advice({ ...fitting, place: cell({ file: '/home/me/train.py' }) });
    expect(card(file, [other]).textContent).toContain(
      'In your file /home/me/train.py, train()'
    );
    expect(screen.queryByText('Apply')).toBeNull();
    expect(screen.getByText('Copy')).toBeTruthy();
  });

  it('tests a change elsewhere as long as both places are as they ran', () => {
    const train = 'train()';
    const place = {
      cell_id: 'c0',
      execution_count: 3,
      source_hash: sourceHash('slow()'),
      file: null,
      function: 'train'
    };
    const inCell = advice({ ...fitting, source_hash: sourceHash(train), place });
    const inFile = advice({ ...inCell, place: { ...place, file: '/home/me/train.py' } });
    const test = (one: Advice, heavy: string, defining: string) => {
      cleanup();
      const sources = new Map([
        ['c1', heavy],
        ['c0', defining]
      ]);
      show(
        <AdviceCards advice={[one]} proving={null} sources={sources} edited={[]} rows={[]} />
      );
      return screen.getByText('Test it here') as HTMLButtonElement;
    };
    expect(test(inCell, train, 'slow()').disabled).toBe(false);
    expect(test(inCell, train, inCell.change!.text).disabled).toBe(false);
    expect(test(inCell, train, 'mine()').disabled).toBe(true);
    expect(test(inCell, 'train(2)', 'slow()').disabled).toBe(true);
    expect(screen.getByText(/run the cell that uses it again/)).toBeTruthy();
    const ready = test(inFile, train, 'anything');
    expect(ready.disabled).toBe(false);
    fireEvent.click(ready);
    expect(actions.prove).toHaveBeenCalledWith(inFile, { metric: null, max_drop: null });
    expect(test(inFile, 'train(2)', 'anything').disabled).toBe(true);
  });

  it('can apply again what was applied and undone', () => {
    const applied = advice({ ...fitting, status: 'applied' });
    const after = applied.change!.text;
    const card = (source: string) => (
      <AdviceCards
        advice={[applied]}
        proving={null}
        sources={new Map([['c1', source]])}
        edited={[]}
        rows={[]}
      />
    );
    expect(show(card(after)).textContent).toContain('Run the cell to see what it uses now');
    expect(screen.queryByText('Apply')).toBeNull();
    fireEvent.click(screen.getByText('Undo'));
    expect(actions.undo).toHaveBeenCalledWith(applied);
    expect(show(card('slow()')).textContent).not.toContain('Run the cell to see');
    expect((screen.getByText('Apply') as HTMLButtonElement).disabled).toBe(false);
  });

  it('keeps the focus when one is dismissed, and takes that back', () => {
    const sources = new Map([['c1', 'slow()']]);
    const second = advice({ ...fitting, id: 'a2', title: 'Keep the result' });
    show(
      <AdviceCards
        advice={[fitting, second]}
        proving={null}
        sources={sources}
        edited={[]}
        rows={[]}
      />
    );
    const dismiss = () => fireEvent.click(screen.getByLabelText('Dismiss this advice'));
    dismiss();
    expect(document.activeElement!.textContent).toBe('Keep the result');
    expect(screen.getByText(/Dismissed: Use the faster one/)).toBeTruthy();
    fireEvent.click(screen.getByText('Undo'));
    expect(actions.restore).toHaveBeenLastCalledWith(fitting);
    expect(document.activeElement!.textContent).toBe('Use the faster one');
  });

  it('keeps the focus and an Undo when the only one is dismissed', () => {
    const sources = new Map([['c1', 'slow()']]);
    const card = (all: Advice[]) => (
      <AdviceCards advice={all} proving={null} sources={sources} edited={[]} rows={[]} />
    );
    const trans = nullTranslator.load('greenlab');
    const within = (content: JSX.Element) => (
      <ViewContext.Provider value={{ trans, unit: 'J', theme: 0, actions }}>
        {content}
      </ViewContext.Provider>
    );
    const view = render(within(card([fitting])));
    fireEvent.click(screen.getByLabelText('Dismiss this advice'));
    view.rerender(within(card([]))); // the kernel's answer
    expect(document.activeElement).toBe(screen.getByText('Undo'));
    expect(screen.queryByText('Apply')).toBeNull();
    fireEvent.click(screen.getByText('Undo')); // a busy kernel answers late
    expect(screen.getByText('Apply')).toBeTruthy();
    expect(document.activeElement!.textContent).toBe('Use the faster one');
    view.rerender(within(card([fitting])));
    expect(screen.getAllByText('Apply')).toHaveLength(1);
  });

  it('stays with its card when heavier cells bring advice', () => {
    const sources = new Map([['c1', 'slow()']]);
    const trans = nullTranslator.load('greenlab');
    const second = advice({ ...fitting, id: 'a2', title: 'Keep the result' });
    const third = advice({ ...fitting, id: 'a3', title: 'Something new' });
    const cards = (all: Advice[]) => (
      <ViewContext.Provider value={{ trans, unit: 'J', theme: 0, actions }}>
        <AdviceCards advice={all} proving={null} sources={sources} edited={[]} rows={[]} />
      </ViewContext.Provider>
    );
    const view = render(cards([fitting, second]));
    fireEvent.click(screen.getByText('1 of 2'));
    view.rerender(cards([third, fitting, second]));
    expect(screen.getByText('Keep the result')).toBeTruthy();
    expect(screen.getByText('3 of 3')).toBeTruthy();
  });

  it('shows code within a fact as code, and keeps figures whole', () => {
    const heavy = advice({ ...fitting, because: ['Line 3, `a * b`: 98 % of it.'] });
    const shown = show(
      <AdviceCards advice={[heavy]} proving={null} sources={new Map()} edited={[]} rows={[]} />
    );
    expect(shown.querySelector('li code')!.textContent).toBe('a * b');
    expect(shown.textContent).toContain('Line 3, a * b: 98\u00a0% of it.');
  });

  it('names energies in the unit that the user chose', () => {
    const heavy = advice({ ...fitting, because: ['It used 3.6 kJ (modelled).'] });
    const shown = show(
      <AdviceCards advice={[heavy]} proving={null} sources={new Map()} edited={[]} rows={[]} />,
      'Wh'
    );
    expect(shown.textContent).toContain('It used 1 Wh (modelled).');
  });

  it('is absent when all was dismissed', () => {
    const dismissed = advice({ status: 'dismissed' });
    expect(
      show(
        <AdviceCards
          advice={[dismissed]}
          proving={null}
          sources={new Map()}
          edited={[]}
          rows={[]}
        />
      ).textContent
    ).toBe('');
  });
});

describe('a change that was applied', () => {
  const applied = advice({ source_hash: sourceHash('slow()'), status: 'applied' });
  const after = sourceHash(applied.change!.text);
  const edit = makeEdited({
    cell_id: 'c1',
    before_hash: applied.source_hash,
    source_hash: after,
    ratio: 0.12,
    before_runs: 1,
    after_runs: 1,
    likely: false,
    saved_j: 217,
    saved_runs: 1
  });
  const run = (fields: Partial<CellRecord> = {}) =>
    record(30, { cell_id: 'c1', execution_count: 9, source_hash: after, ...fields });
  const card = (runs: CellRecord[], edits = [edit], source = 'fast()') =>
    show(
      <AdviceCards
        advice={[applied]}
        proving={null}
        sources={new Map([['c1', source]])}
        edited={edits}
        rows={rank(runs)}
      />
    ).textContent!;

  it('says what came of it, how sure that is, and what was saved in all', () => {
    const text = card([run()]);
    expect(text).toContain('Applied [9]: −88 %, 1 run each · run again to be sure · Undo');
    expect(text).toContain('Saved so far by changes applied here: 220 J in 1 run.');
    expect(text).not.toContain('Run the cell');
    expect(card([run()], [{ ...edit, wide: true }])).toContain(
      'applied here: ≈\u00a0200 J in 1 run.'
    );
    const sure = { ...edit, before_runs: 3, after_runs: 3, likely: true, saved_runs: 4 };
    expect(card([run()], [sure])).toContain('3 runs each · likely · Undo');
  });

  it('says so when it used more', () => {
    const text = card([run()], [{ ...edit, ratio: 3.5, saved_j: -500 }]);
    expect(text).toContain('Applied [9]: 3.5× as much, 1 run each · run again to be sure');
    expect(text).not.toContain('Saved');
  });

  it('says why there is nothing to compare', () => {
    expect(card([], [])).toContain('Run the cell to see what it uses now. · Undo');
    expect(card([run({ source_hash: 'older' })], [])).toContain('Run the cell to see');
    expect(card([run({ status: 'error' })], [])).toContain('Applied [9]: that run failed.');
    expect(card([run({ status: 'interrupted' })], [])).toContain('that run was interrupted.');
    const bound = { ...figure(1), low: 0, high: 2.5 };
    expect(card([run({ energy_j: bound })], [])).toContain('it used ≤ 2.5 J, which cannot');
    expect(card([run({ energy_j: figure(null) })], [])).toContain('is not known');
  });

  it('cannot be taken back once it was edited further', () => {
    expect(card([run()], [edit], 'mine()')).not.toContain('Undo');
  });
});

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

describe('where the figures come from', () => {
  it('shows what is used, what would be better with the way to it, and the grid', () => {
    const model = sensor({ name: 'model', tier: 'modelled', covers: 'model of this CPU' });
    const rapl = sensor({
      name: 'rapl',
      available: false,
      used: false,
      reason: 'only root may read the counter',
      fix: 'sudo chmod a+r energy_uj'
    });
    const gpu = sensor({
      name: 'nvml',
      kind: 'gpu',
      available: false,
      used: false,
      reason: 'no NVIDIA driver is installed',
      present: false
    });
    const other = { ...gpu, name: 'amdsmi', reason: 'no AMD GPU is seen' };
    const text = show(
      <Sources sensors={[model, rapl, gpu, other]} intensity={intensity} />
    ).textContent;
    expect(text).toContain('model of this CPU');
    expect(text).toContain('Only root may read the counter.');
    expect(text).toContain('To fix it: sudo chmod a+r energy_uj');
    expect(text).toContain('No NVIDIA driver is installed.none found');
    expect(text).not.toContain('AMD');
    expect(text).not.toContain('not used');
    expect(text).toContain('France, 56 g/kWh, 2023');
    fireEvent.click(screen.getByText('copy'));
    expect(actions.copy).toHaveBeenCalledWith('sudo chmod a+r energy_uj');
  });

  it('explains a chip in one sentence when asked', () => {
    show(<Sources sensors={[sensor({})]} intensity={intensity} />);
    fireEvent.click(screen.getByText('guessed'));
    expect(screen.getByText(/From the time zone Europe\/Paris\./)).toBeTruthy();
    fireEvent.keyDown(document.activeElement!, { key: 'Escape' });
    expect(screen.queryByText(/From the time zone Europe\/Paris\./)).toBeNull();
  });

  it.each([
    ['lifecycle', /plants built and fuelled included/],
    ['direct', /the chimneys alone/]
  ] as const)('says what a %s figure of the grid counts', (basis, words) => {
    const named = { ...intensity, basis, guess: null, tier: 'modelled' as const };
    show(<Sources sensors={[]} intensity={named} />);
    fireEvent.click(screen.getByText('modelled'));
    expect(screen.getByText(words)).toBeTruthy();
  });
});

describe('with nothing to show', () => {
  const session = (phase: Phase, loadError: NotebookSession['loadError'] = null) =>
    ({ phase, loadError, language: 'julia' }) as NotebookSession;

  it.each<[Phase, RegExp]>([
    ['no-kernel', /no kernel/],
    ['undecided', /^Looking for/],
    ['starting', /is starting/],
    ['dead', /Restart it/],
    ['restarting', /restarting/],
    ['busy', /busy/],
    ['other-language', /this kernel runs Julia/]
  ])('says why in a sentence: %s', (phase, words) => {
    show(<Empty session={session(phase)} />);
    expect(screen.getByRole('status').textContent).toMatch(words);
  });

  it('asks for a notebook', () => {
    show(<Empty session={null} />);
    expect(screen.getByRole('status').textContent).toMatch(/Open a notebook/);
  });

  it('loads greenlab at a click, and says what to do where it is not installed', () => {
    const error = { ok: false, notInstalled: true, error: 'ModuleNotFoundError' };
    show(<Empty session={session('not-loaded', error)} />);
    fireEvent.click(screen.getByText('Load greenlab'));
    expect(actions.load).toHaveBeenCalled();
    fireEvent.click(screen.getByText('Load it in every kernel'));
    expect(actions.loadEverywhere).toHaveBeenCalled();
    expect(screen.getByRole('alert').textContent).toContain(INSTALL);
  });
});
