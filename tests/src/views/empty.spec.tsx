import { fireEvent, screen } from '@testing-library/react';
import * as React from 'react';

import type { NotebookSession } from '../../../src/kernel/notebookSession';
import type { Phase } from '../../../src/kernel/phase';
import { Empty, INSTALL } from '../../../src/views/empty';
import { actions, show } from './show';

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
