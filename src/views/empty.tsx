import * as React from 'react';

import { NotebookSession } from '../kernel/notebookSession';
import { useView } from './context';
import { Sentence } from './sentence';

/** As the README has it. */
export const INSTALL = 'pip install .';

/** Why there is nothing to show, in a sentence, with the step that changes that. */
export function Empty({ session }: { session: NotebookSession | null }): JSX.Element {
  const { trans, actions } = useView();
  const phase = session?.phase ?? 'no-notebook';
  const count = session?.running?.execution_count ?? null;
  const running = count === null ? '' : `[${count}]`;
  const sentences: Record<typeof phase, string> = {
    'no-notebook': trans.__('Open a notebook to see what its cells use.'),
    'no-kernel': trans.__('This notebook has no kernel. Choose one to measure its cells.'),
    undecided: trans.__("Looking for this notebook's kernel."),
    starting: trans.__('The kernel is starting.'),
    restarting: trans.__('The kernel is restarting. The figures begin again with it.'),
    dead: trans.__(
      'The kernel is dead. Restart it to continue; its figures are in the ledger.'
    ),
    'other-language': trans.__(
      'greenlab measures Python kernels only; this kernel runs %1.',
      capitalised(session?.language ?? '')
    ),
    busy: running
      ? trans.__('The kernel is busy with %1. The figures appear when it ends.', running)
      : trans.__('The kernel is busy. The figures appear when its cell ends.'),
    asking: trans.__('Waiting for the kernel.'),
    'not-loaded': trans.__(
      'greenlab is not loaded in this kernel, so its cells are not measured.'
    ),
    loaded: ''
  };
  return (
    <div className="jp-greenlab-empty">
      <p role="status">{sentences[phase]}</p>
      {phase === 'not-loaded' && (
        <>
          <button type="button" className="jp-greenlab-primary" onClick={actions.load}>
            {trans.__('Load greenlab')}
          </button>
          <p className="jp-greenlab-quiet">
            <Sentence
              text={trans.__('The same as running %1 in a cell.', '`%load_ext greenlab`')}
            />{' '}
            <button type="button" className="jp-greenlab-link" onClick={actions.loadEverywhere}>
              {trans.__('Load it in every kernel')}
            </button>
          </p>
          {session?.loadError && (
            <p className="jp-greenlab-note" role="alert">
              {session.loadError.notInstalled ? (
                <Sentence
                  text={trans.__(
                    'greenlab is not installed where this kernel runs. Run %1 in a clone of greenlab, ' +
                      "in this kernel's environment, then try again.",
                    `\`${INSTALL}\``
                  )}
                />
              ) : (
                trans.__('It did not load: %1', session.loadError.error)
              )}
            </p>
          )}
        </>
      )}
    </div>
  );
}

/** `r` is R, `julia` Julia. */
function capitalised(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
