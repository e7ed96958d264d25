import { nullTranslator } from '@jupyterlab/translation';
import { fireEvent, render } from '@testing-library/react';
import * as React from 'react';

import { heaviest } from '../../../src/model/lines';
import { View, ViewContext } from '../../../src/views/context';
import { HeaviestLines, tipOf } from '../../../src/views/lines';
import { LineEnergies, LineUse } from '../../../src/types';
import { figure, lines, lineUse, record } from '../make';

const trans = nullTranslator.load('greenlab');
const goTo = jest.fn();

function shown(
  uses: readonly LineUse[],
  cells: readonly string[] = ['c1'],
  fields: Partial<LineEnergies> = {},
  source = 'work()'
): HTMLElement {
  const of = record(10, { cell_id: 'c1', execution_count: 1, lines: lines(uses, fields) });
  const view = { trans, unit: 'J', theme: 0, actions: { goTo } } as unknown as View;
  const { container } = render(
    <ViewContext.Provider value={view}>
      <HeaviestLines lines={heaviest([of])} sources={new Map(cells.map(id => [id, source]))} />
    </ViewContext.Provider>
  );
  return container;
}

describe('the heaviest lines below a cell', () => {
  it('name the line, its code and its part, and lead there', () => {
    const uses = [lineUse(6, { line: 2, text: 'train(model)' })];
    const found = shown(uses, ['c1'], {}, 'if ready:\n    train(model)  # now');
    expect(found.textContent).toBe('2train(model)60 %');
    expect(found.querySelector<HTMLElement>('[style]')!.style.width).toBe('60%');
    fireEvent.click(found.querySelector('button')!);
    expect(goTo).toHaveBeenCalledWith('c1', 2);
  });

  it.each(['if ready:\n    fit(model)', 'train(model)'])(
    'lead nowhere once edited: %j',
    code => {
      const found = shown([lineUse(6, { line: 2, text: 'train(model)' })], ['c1'], {}, code);
      expect(found.textContent).toBe('2train(model)60 %');
      expect(found.querySelector('button')).toBeNull();
    }
  );

  it('name another cell or file, and lead to what is in the notebook only', () => {
    const found = shown([
      lineUse(6, { cell_id: 'c0', execution_count: 7, text: 'other' }),
      lineUse(2, { file: '/home/u/train.py', cell_id: null, line: 12, text: 'step()' })
    ]);
    expect(found.textContent).toBe('[7]:1other60 %train.py:12step()20 %');
    expect(found.querySelector('button')).toBeNull();
  });

  it('say how much of the run was not sampled', () => {
    const unseen = (sampled_s: number) =>
      shown([lineUse(6)], ['c1'], { sampled_s }).textContent;
    expect(unseen(0.25)).toBe('1work()60 %750 ms of 1 s not sampled');
    expect(unseen(0.95)).toBe('1work()60 %');
  });

  it('are no list at all where there are none', () => {
    expect(shown([]).innerHTML).toBe('');
  });
});

describe('what a line’s tip says', () => {
  const tip = (use: LineUse, fields = {}) => {
    const of = record(10, { execution_count: 3, lines: lines([use], fields) });
    return tipOf(trans, heaviest([of])[0]!, 'J');
  };

  it('its part, its figure and its interval', () => {
    expect(tip(lineUse(6, { line: 5, execution_count: 3 }))).toBe(
      'line 5: 60 % of what [3] used, with idle power · 6 J · 5.4 to 6.6 J'
    );
  });

  it('of a figure that is a bound alone, the bound', () => {
    const bound = { value: 2, low: 0, high: 7, tier: 'measured' as const };
    const use = lineUse(2, {
      line: 5,
      execution_count: 3,
      energy_j: { ...figure(2), ...bound }
    });
    expect(tip(use)).toBe('line 5: 20 % of what [3] used, with idle power · ≤ 7 J');
  });

  it('whom the GPU is charged to', () => {
    const use = lineUse(6, { gpu_j: 4 });
    expect(tip(use, { gpu: 'waiting' })).toContain('on the line that waits for it');
    expect(tip(use, { gpu: 'synchronised' })).toContain('on the line that gave it the work');
    expect(tip(lineUse(6, { gpu_j: 0 }), { gpu: 'waiting' })).not.toContain('GPU');
  });
});
