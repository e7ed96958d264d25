/** What came of changes that were applied. */

import * as React from 'react';

import { amount, ROUGHLY } from '../model/amounts';
import { lastRun, Row, Run } from '../model/ranking';
import { sourceHash } from '../model/cellHash';
import { Advice, Edited } from '../types';
import { energy, inUnit, rough } from '../model/units';
import { appliedElsewhere } from '../model/appliedElsewhere';
import { appliedWords } from '../model/changeWords';
import { useView } from './context';

interface Known {
  edited: readonly Edited[];
  rows: readonly Row[];
}

interface Props extends Known {
  advice: Advice;
  /** The cell that was changed; `null` if it is not in the notebook. */
  cellId: string | null;
  /** Whether the cell still holds the change as it was applied. */
  unchanged: boolean;
}

/** `Applied [9]: −88 %, 1 run each · run again to be sure · Undo` */
export function Applied(props: Props): JSX.Element {
  const { advice, unchanged, edited, rows } = props;
  const { trans, unit, actions } = useView();
  const elsewhere = advice.place && appliedElsewhere(advice, props.cellId, rows);
  const effect = elsewhere ? elsewhere.effect : editOf(advice, edited);
  const run = runOf(advice, rows);
  const count = (run || elsewhere) && rowOf(advice, rows)?.count;
  const label = count != null ? `[${count}]` : '';
  const words = effect
    ? appliedWords(trans, label, effect)
    : elsewhere
      ? elsewhere.defined
        ? trans.__('Applied. Run the cell that calls it to see what it uses now.')
        : trans.__('Applied. Run that cell again, then the one that calls it.')
      : !run
        ? trans.__('Applied. Run the cell to see what it uses now.')
        : run.status !== 'ok'
          ? trans.__('Applied %1: that run %2.', label, endWord(run))
          : run.energy_j.value === null
            ? trans.__('Applied %1: what it used is not known.', label)
            : trans.__(
                'Applied %1: it used %2, which cannot be compared.',
                label,
                amount(run.energy_j, unit)
              );
  const parts: React.ReactNode[] = [words];
  if (effect) {
    parts.push(effect.likely ? trans.__('likely') : trans.__('run again to be sure'));
  }
  if (unchanged) {
    parts.push(
      <button type="button" className="jp-greenlab-link" onClick={() => actions.undo(advice)}>
        {trans.__('Undo')}
      </button>
    );
  }
  return (
    <p className="jp-greenlab-applied" aria-live="polite">
      {parts.map((part, index) => (
        <React.Fragment key={index}>
          {index > 0 && ' · '}
          {part}
        </React.Fragment>
      ))}
    </p>
  );

  function endWord({ status }: Run): string {
    return status === 'error' ? trans.__('failed') : trans.__('was interrupted');
  }
}

/** `Saved so far by changes applied here: 1.2 kJ in 3 runs.` Nothing where it is not more. */
export function Saved({
  advice,
  edited
}: Known & { advice: readonly Advice[] }): JSX.Element | null {
  const { trans, unit } = useView();
  // Two changes of one cell are one edit.
  const edits = new Set(
    advice.filter(one => one.status === 'applied').flatMap(one => editOf(one, edited) ?? [])
  );
  let joules = 0;
  let runs = 0;
  let wide = false;
  edits.forEach(edit => {
    joules += edit.saved_j;
    runs += edit.saved_runs;
    wide ||= edit.wide;
  });
  if (!(joules > 0)) {
    return null;
  }
  const saved = wide
    ? `${ROUGHLY}${rough([inUnit(joules, unit)], unit)[0]}`
    : energy(joules, unit, 2);
  return (
    <p className="jp-greenlab-quiet">
      {trans._n(
        'Saved so far by changes applied here: %2 in %1 run.',
        'Saved so far by changes applied here: %2 in %1 runs.',
        runs,
        saved
      )}
    </p>
  );
}

/** How the cell compares with itself before the change. */
function editOf({ cell_id, change, source_hash }: Advice, edited: readonly Edited[]) {
  const after = change && sourceHash(change.text);
  return edited.find(
    one =>
      one.cell_id === cell_id && one.before_hash === source_hash && one.source_hash === after
  );
}

/** The last run of the changed cell. */
function runOf(advice: Advice, rows: readonly Row[]): Run | undefined {
  const row = rowOf(advice, rows);
  const last = row && lastRun(row);
  return last?.source_hash === (advice.change && sourceHash(advice.change.text))
    ? last
    : undefined;
}

function rowOf({ cell_id }: Advice, rows: readonly Row[]): Row | undefined {
  return rows.find(one => one.kind === 'cell' && one.cellId === cell_id);
}
