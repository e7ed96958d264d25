import * as React from 'react';

import { reworded } from '../model/amounts';
import { isUsedElsewhere } from '../model/affected';
import { canBeTested, changedCell } from '../model/adviceTarget';
import { parseDiff } from '../model/unifiedDiff';
import { Row } from '../model/ranking';
import { sourceHash } from '../model/cellHash';
import { Advice, AdviceStatus, Edited, Proving } from '../types';
import { effortWords, savedWords, savingWords, whereWords } from '../model/adviceWords';
import { Applied, Saved } from './applied';
import { useView } from './context';
import { Outcome, Takes, useCheck } from './proof';
import { Section } from './section';
import { Sentence } from './sentence';

const OPEN: readonly AdviceStatus[] = [
  'shown',
  'applied',
  'verified',
  'rejected',
  'inconclusive'
];

interface Props {
  advice: readonly Advice[];
  /** The test that runs now, of whichever advice. */
  proving: Proving | null;
  sources: ReadonlyMap<string, string>;
  /** What edits changed, and the list of cells: what came of a change that was applied. */
  edited: readonly Edited[];
  rows: readonly Row[];
}

/** At most one card at a time; the others are a click away, and a dismissed one can come back. */
export const AdviceCards = React.memo(function AdviceCards(props: Props): JSX.Element | null {
  const { trans, actions } = useView();
  const { advice: all, ...others } = props;
  const [id, setId] = React.useState('');
  const [dismissed, setDismissed] = React.useState<Advice | null>(null);
  const [restored, setRestored] = React.useState<Advice | null>(null);
  const [heading, focusHeading] = useFocus<HTMLHeadingElement>();
  const [undo, focusUndo] = useFocus<HTMLButtonElement>();
  // The kernel may be busy: what was dismissed goes, and comes back, at once.
  const back = restored && !all.some(one => one.id === restored.id) ? [restored] : [];
  const open = [...all, ...back].filter(
    one =>
      OPEN.includes(one.status) &&
      one.id !== dismissed?.id &&
      !(one.status === 'shown' && isUsedElsewhere(one, props.sources))
  );
  const shown = open.find(one => one.id === id) ?? open[0];
  if (!shown && !dismissed) {
    return null;
  }
  const at = shown ? open.indexOf(shown) : -1;
  const next = open[(at + 1) % open.length];
  const aside =
    open.length > 1 ? (
      <button
        type="button"
        className="jp-greenlab-link"
        title={trans.__('Show the next one')}
        onClick={() => setId(next!.id)}
      >
        {trans.__('%1 of %2', at + 1, open.length)}
      </button>
    ) : null;
  const title =
    shown && shown.execution_count !== null
      ? trans.__('Advice for %1', `[${shown.execution_count}]`)
      : trans.__('Advice');
  const dismiss = () => {
    actions.dismiss(shown!);
    setDismissed(shown!);
    setRestored(null);
    setId(next!.id);
    // Whoever works by the keyboard goes on here, not at the top of the page.
    open.length > 1 ? focusHeading() : focusUndo();
  };
  const restore = () => {
    actions.restore(dismissed!);
    setRestored(dismissed);
    setDismissed(null);
    setId(dismissed!.id);
    focusHeading();
  };
  return (
    <Section title={title} aside={aside}>
      {shown && (
        <Card key={shown.id} advice={shown} heading={heading} dismiss={dismiss} {...others} />
      )}
      {dismissed && (
        <p className="jp-greenlab-quiet" role="status">
          {trans.__('Dismissed: %1.', dismissed.title)}{' '}
          <button type="button" className="jp-greenlab-link" ref={undo} onClick={restore}>
            {trans.__('Undo')}
          </button>
        </p>
      )}
      <Saved advice={all} {...others} />
    </Section>
  );
});

/** A place, and what moves the focus there once it is drawn. */
function useFocus<T extends HTMLElement>(): [React.RefObject<T>, () => void] {
  const place = React.useRef<T>(null);
  const [asked, setAsked] = React.useState(0);
  React.useEffect(() => {
    if (asked) {
      place.current?.focus();
    }
  }, [asked]);
  return [place, () => setAsked(asked + 1)];
}

interface CardProps extends Omit<Props, 'advice'> {
  advice: Advice;
  heading: React.RefObject<HTMLHeadingElement>;
  dismiss: () => void;
}

function Card(props: CardProps): JSX.Element {
  const { advice, heading, dismiss, proving, sources, edited, rows } = props;
  const { trans, unit, actions } = useView();
  const [check, checkFields] = useCheck(advice.id);
  const { change, effort, saving, verdict } = advice;
  const progress = proving?.id === advice.id ? proving.progress : null;
  const { place } = advice;
  const cellId = changedCell(advice, sources);
  const source = cellId === null ? undefined : sources.get(cellId);
  const ran = place ? place.source_hash : advice.source_hash;
  const fits = source !== undefined && sourceHash(source) === ran;
  // What was applied and then undone can be applied again.
  const applied =
    change !== null && (source === change.text || (advice.status === 'applied' && !fits));
  const testable = canBeTested(advice, sources);
  return (
    <article className="jp-greenlab-card" aria-label={advice.title}>
      <header>
        <h3 ref={heading} tabIndex={-1}>
          {advice.title}
        </h3>
        <Expected advice={advice} />
      </header>
      <ul>
        {advice.because.map(fact => (
          <li key={fact}>
            <Sentence text={reworded(fact, unit)} />
          </li>
        ))}
      </ul>
      {change && place && <p className="jp-greenlab-quiet">{whereWords(trans, place)}</p>}
      {change && <Diff diff={change.diff} />}
      <div className="jp-greenlab-buttons">
        {change && !applied && !place?.file && (
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
            disabled={proving !== null || !testable}
            title={
              proving
                ? trans.__('Another test is running.')
                : trans.__('Measure it here: %1', effortWords(trans, effort, unit))
            }
            onClick={() => actions.prove(advice, check)}
          >
            {verdict ? trans.__('Test it again') : trans.__('Test it here')}
          </button>
        )}
        {change && (
          <button type="button" onClick={() => actions.copy(change.text)}>
            {trans.__('Copy')}
          </button>
        )}
        {cellId !== null && source !== undefined && (
          <button type="button" onClick={() => actions.goTo(cellId)}>
            {trans.__('Show cell')}
          </button>
        )}
        <button
          type="button"
          className="jp-greenlab-dismiss"
          aria-label={trans.__('Dismiss this advice')}
          title={trans.__('Dismiss')}
          onClick={dismiss}
        >
          ×
        </button>
      </div>
      <Outcome progress={progress} verdict={verdict} stop={() => actions.stopProof(advice)} />
      {effort && !progress && (
        <>
          {!verdict && <Takes effort={effort} saving={saving} />}
          {checkFields}
        </>
      )}
      {applied && (
        <Applied
          advice={advice}
          cellId={cellId}
          unchanged={source === change.text}
          edited={edited}
          rows={rows}
        />
      )}
      {change && !applied && !fits && !place?.file && (
        <p className="jp-greenlab-quiet">
          {source === undefined
            ? trans.__('The cell is no longer in the notebook.')
            : trans.__('The cell was edited since it ran: run it again, or copy the change.')}
        </p>
      )}
      {effort && place && !testable && (fits || applied || place.file !== null) && (
        <p className="jp-greenlab-quiet">
          {trans.__('To test it, run the cell that uses it again: it was edited since.')}
        </p>
      )}
      {advice.risk && <p className="jp-greenlab-quiet">{reworded(advice.risk, unit)}</p>}
      {saving && <Source text={saving.source} />}
    </article>
  );
}

/** How much of the cell's energy it saves, as cited or as tested here. */
function Expected({ advice: { saving, status } }: { advice: Advice }): JSX.Element | null {
  const { trans, unit } = useView();
  if (!saving) {
    return null;
  }
  const joules = savedWords(trans, saving, unit);
  return (
    <span
      className="jp-greenlab-saving"
      data-status={status}
      title={trans.__('Of the energy that this cell adds to idle power.')}
    >
      {savingWords(trans, saving)}
      {joules && <small>{joules}</small>}
    </span>
  );
}

function Diff({ diff }: { diff: string }): JSX.Element {
  const { trans } = useView();
  const signs = { added: '+', removed: '−', same: ' ' };
  return (
    <pre
      className="jp-greenlab-diff"
      role="group"
      aria-label={trans.__('The change')}
      tabIndex={0}
    >
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
