/** Testing a piece of advice: what it takes, how it goes, what came of it. */

import * as React from 'react';

import { reworded, sentence } from '../model/amounts';
import { Draft } from '../kernel/notebookSession';
import { Effort, Progress, Prove, Saving, Verdict } from '../types';
import { duration, energy } from '../model/units';
import { effortWords, paybackRuns } from '../model/adviceWords';
import { agreementWords, idleWords, progressWords, verdictWords } from '../model/provingWords';
import { useView } from './context';

const EXAMPLE = 'model.score(X_test, y_test)';

/** What a test should check besides the energy. */
export type Check = Pick<Prove, 'metric' | 'max_drop'>;

/** The check as the user typed it, and the fields for that, folded away. */
export function useCheck(id: string): [Check, JSX.Element] {
  const { trans, drafts } = useView();
  const [{ metric, drop }, setDraft] = React.useState(
    () => drafts?.get(id) ?? { metric: '', drop: '' }
  );
  const [open] = React.useState(metric !== '' || drop !== '');
  const change = (part: Partial<Draft>) => {
    const draft = { metric, drop, ...part };
    drafts?.set(id, draft); // another notebook may be shown by then
    setDraft(draft);
  };
  const max_drop = metric.trim() && drop !== '' ? Math.max(0, Number(drop)) : null;
  const fields = (
    <details className="jp-greenlab-check" open={open || undefined}>
      <summary>{trans.__('Check a metric too')}</summary>
      <label>
        {trans.__('Expression, more is better')}
        <input
          type="text"
          spellCheck={false}
          placeholder={EXAMPLE}
          value={metric}
          onChange={event => change({ metric: event.target.value })}
        />
      </label>
      <label>
        {trans.__('May drop by')}
        <input
          type="number"
          min={0}
          step="any"
          placeholder="0.005"
          value={drop}
          onChange={event => change({ drop: event.target.value })}
        />
      </label>
    </details>
  );
  return [{ metric: metric.trim() || null, max_drop }, fields];
}

interface TakesProps {
  effort: Effort;
  saving: Saving | null;
}

/** `Testing it takes about 11 runs: 2.4 kJ, 2 min. It pays back after about 4 runs.` */
export function Takes({ effort, saving }: TakesProps): JSX.Element {
  const { trans, unit } = useView();
  const takes = effortWords(trans, effort, unit);
  const runs = paybackRuns(saving, effort);
  const sentences = [trans.__('Testing it takes %1, in a copy of this kernel.', takes)];
  if (runs !== null) {
    sentences.push(
      trans._n('It pays back after about %1 run.', 'It pays back after about %1 runs.', runs)
    );
  }
  return <p className="jp-greenlab-quiet">{sentences.join(' ')}</p>;
}

interface OutcomeProps {
  progress: Progress | null;
  verdict: Verdict | null;
  stop: () => void;
}

/** How the test goes or, once it is done, what came of it. Said aloud by screen readers. */
export function Outcome({ progress, verdict, stop }: OutcomeProps): JSX.Element {
  const { trans, unit } = useView();
  return (
    <div className="jp-greenlab-proof">
      <div role="status">
        {progress ? (
          <p>{unbroken(progressWords(trans, progress, unit))}</p>
        ) : (
          verdict && (
            <>
              <p data-status={verdict.status}>{unbroken(verdictWords(trans, verdict))}</p>
              <Details verdict={verdict} />
            </>
          )
        )}
      </div>
      {progress && (
        <button type="button" onClick={stop}>
          {trans.__('Stop')}
        </button>
      )}
    </div>
  );
}

function Details({ verdict }: { verdict: Verdict }): JSX.Element {
  const { trans, unit } = useView();
  const { quality, one_off_j, cost_j, duration_s } = verdict;
  const digits = (value: number) => String(Number(value.toPrecision(4)));
  const lines = [
    idleWords(trans, verdict),
    verdict.reason && sentence(reworded(verdict.reason, unit)),
    quality && `${quality.metric}: ${digits(quality.before)} → ${digits(quality.after)}`,
    verdict.agreement && sentence(agreementWords(trans, verdict.agreement)),
    one_off_j !== null &&
      trans.__('Its first run used %1 more, once.', energy(one_off_j, unit)),
    cost_j !== null &&
      duration_s !== null &&
      trans.__('The test used about %1 in %2.', energy(cost_j, unit, 2), duration(duration_s)),
    verdict.note && sentence(reworded(verdict.note, unit))
  ];
  return (
    <>
      {lines.map(
        line =>
          line && (
            <p key={line} className="jp-greenlab-quiet">
              {line}
            </p>
          )
      )}
    </>
  );
}

/** Numbers stay with their units. */
function unbroken(text: string): string {
  return text.replace(/(\d) /g, '$1\u00a0');
}
