import * as React from 'react';

import { parseDiff } from '../diff';
import { sourceHash } from '../source';
import { Advice, AdviceStatus, Proving } from '../types';
import { effortWords, savingWords } from '../words';
import { useView } from './context';
import { Outcome, Takes, useCheck } from './proof';
import { Section } from './section';

const OPEN: readonly AdviceStatus[] = [
  'shown',
  'applied',
  'verified',
  'rejected',
  'inconclusive'
];

interface Props {
  advice: readonly Advice[];
  /** The proof that runs now, of whichever advice. */
  proving: Proving | null;
  sources: ReadonlyMap<string, string>;
}

/** At most one card at a time; the others are a click away. */
export const AdviceCards = React.memo(function AdviceCards(props: Props): JSX.Element | null {
  const { trans } = useView();
  const { advice: all, ...others } = props;
  const [index, setIndex] = React.useState(0);
  const open = all.filter(advice => OPEN.includes(advice.status));
  const shown = open[Math.min(index, open.length - 1)];
  if (!shown) {
    return null;
  }
  const at = open.indexOf(shown);
  const aside =
    open.length > 1 ? (
      <button
        type="button"
        className="jp-greenlab-link"
        title={trans.__('Show the next one')}
        onClick={() => setIndex((at + 1) % open.length)}
      >
        {trans.__('%1 of %2', at + 1, open.length)}
      </button>
    ) : null;
  const title =
    shown.execution_count === null
      ? trans.__('Advice')
      : trans.__('Advice for %1', `[${shown.execution_count}]`);
  return (
    <Section title={title} aside={aside}>
      <Card key={shown.id} advice={shown} {...others} />
    </Section>
  );
});

interface CardProps extends Omit<Props, 'advice'> {
  advice: Advice;
}

function Card({ advice, proving, sources }: CardProps): JSX.Element {
  const { trans, unit, actions } = useView();
  const [check, checkFields] = useCheck(advice.id);
  const { change, effort, saving, verdict } = advice;
  const progress = proving?.id === advice.id ? proving.progress : null;
  const source = advice.cell_id === null ? undefined : sources.get(advice.cell_id);
  const fits = source !== undefined && sourceHash(source) === advice.source_hash;
  // What was applied and then undone can be applied again.
  const applied =
    change !== null && (source === change.text || (advice.status === 'applied' && !fits));
  return (
    <article className="jp-greenlab-card">
      <header>
        <h3>{advice.title}</h3>
        <Expected advice={advice} />
      </header>
      <ul>
        {advice.because.map(fact => (
          <li key={fact}>{fact}</li>
        ))}
      </ul>
      {change && <Diff diff={change.diff} />}
      <div className="jp-greenlab-buttons">
        {change && !applied && (
          <button
            type="button"
            className={advice.status === 'rejected' ? undefined : 'jp-greenlab-primary'}
            disabled={!fits}
            onClick={() => actions.apply(advice)}
          >
            {trans.__('Apply')}
          </button>
        )}
        {effort && !progress && (
          <button
            type="button"
            disabled={proving !== null || !(fits || applied)}
            title={
              proving
                ? trans.__('Another proof is running.')
                : trans.__('Measure it here: %1', effortWords(trans, effort, unit))
            }
            onClick={() => actions.prove(advice, check)}
          >
            {verdict ? trans.__('Prove again') : trans.__('Prove it')}
          </button>
        )}
        {change && (
          <button type="button" onClick={() => actions.copy(change.text)}>
            {trans.__('Copy')}
          </button>
        )}
        {advice.cell_id !== null && source !== undefined && (
          <button type="button" onClick={() => actions.goTo(advice.cell_id!)}>
            {trans.__('Show cell')}
          </button>
        )}
        <button
          type="button"
          className="jp-greenlab-dismiss"
          aria-label={trans.__('Dismiss this advice')}
          title={trans.__('Dismiss')}
          onClick={() => actions.dismiss(advice)}
        >
          ×
        </button>
      </div>
      <Outcome progress={progress} verdict={verdict} stop={() => actions.stopProof(advice)} />
      {effort && !progress && (
        <>
          {!verdict && <Takes effort={effort} />}
          {checkFields}
        </>
      )}
      {applied && (
        <p className="jp-greenlab-quiet">
          {trans.__(
            'Applied. Run the cell to see what it uses now; Undo in the Edit menu takes it back.'
          )}
        </p>
      )}
      {change && !applied && !fits && (
        <p className="jp-greenlab-quiet">
          {source === undefined
            ? trans.__('The cell is no longer in the notebook.')
            : trans.__('The cell was edited since it ran: run it again, or copy the change.')}
        </p>
      )}
      {advice.risk && <p className="jp-greenlab-quiet">{advice.risk}</p>}
      {saving && <Source text={saving.source} />}
    </article>
  );
}

/** How much of the cell's energy it saves, as cited or as proven here. */
function Expected({ advice: { saving, status } }: { advice: Advice }): JSX.Element | null {
  const { trans } = useView();
  return (
    saving && (
      <span
        className="jp-greenlab-saving"
        data-status={status}
        title={trans.__("Of this cell's energy.")}
      >
        {savingWords(trans, saving)}
      </span>
    )
  );
}

function Diff({ diff }: { diff: string }): JSX.Element {
  const { trans } = useView();
  const signs = { added: '+', removed: '−', same: ' ' };
  return (
    <pre className="jp-greenlab-diff" aria-label={trans.__('The change')} tabIndex={0}>
      {parseDiff(diff).map((line, index) => (
        <div key={index} data-kind={line.kind}>
          {signs[line.kind]} {line.text}
        </div>
      ))}
    </pre>
  );
}

function Source({ text }: { text: string }): JSX.Element {
  const { trans } = useView();
  const address = /https?:\/\/[^\s)]+/.exec(text)?.[0];
  return (
    <p className="jp-greenlab-quiet">
      {address ? (
        <a href={address} target="_blank" rel="noopener noreferrer" title={text}>
          {trans.__('Source')}
        </a>
      ) : (
        trans.__('Source: %1', text)
      )}
    </p>
  );
}
