import { nullTranslator } from '@jupyterlab/translation';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';

import { changedCell } from '../../../src/model/adviceTarget';
import { sourceHash } from '../../../src/model/cellHash';
import type { Advice } from '../../../src/types';
import { AdviceCards } from '../../../src/views/advice';
import { ViewContext } from '../../../src/views/context';
import { advice } from '../make';
import { actions, show } from './show';

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
