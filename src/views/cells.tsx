import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { amount, energyLike, interval, isLeast } from '../model/amounts';
import { label } from '../charts/charts';
import { heaviest } from '../model/lines';
import { figures, lost, Row, start } from '../model/ranking';
import { firstLine, sourceHash } from '../model/cellHash';
import { Edited, Figure } from '../types';
import { duration, EnergyUnit } from '../model/units';
import { editNote } from '../model/changeWords';
import { backgroundWords, proofWords, statusWord, tailWords, tierWord } from '../model/words';
import { perUnit, perUnitTip, perUnitWords } from '../model/energyPerUnit';
import { useView } from './context';
import { HeaviestLines } from './lines';
import { Section } from './section';

const FEW = 5;
const MORE = 200;
const NONE: ReadonlyMap<string, string> = new Map();

interface Props {
  rows: readonly Row[];
  /** What the cells were that have run, by id: for those that are gone. */
  names?: ReadonlyMap<string, string>;
  /** The notebook's code by cell id. */
  sources: ReadonlyMap<string, string>;
  older: number;
  /** What edits changed, by cell. */
  edited: readonly Edited[];
}

/** Which cell? The heaviest first, each with a bar; a click goes there. */
export const Cells = React.memo(function Cells(props: Props): JSX.Element {
  const { rows, names = NONE, sources, older, edited } = props;
  const { trans } = useView();
  const [shown, setShown] = React.useState(FEW);
  const work = rows.filter(row => row.kind !== 'between');
  const between = rows.filter(row => row.kind === 'between');
  const aside =
    work.length > FEW ? (
      <button
        type="button"
        className="jp-greenlab-link"
        aria-expanded={shown > FEW}
        onClick={() => setShown(shown > FEW ? FEW : MORE)}
      >
        {shown > FEW ? trans.__('fewer') : trans.__('all %1', work.length)}
      </button>
    ) : null;
  const top = work[0]?.joules ?? 0;
  const listed = [...work.slice(0, shown), ...between];
  const widest = Math.max(...listed.map(row => countOf(row).length));
  return (
    <Section title={trans.__('Heaviest cells')} aside={aside}>
      <p className="jp-greenlab-quiet">
        {trans.__('What their code added, without idle power')}
      </p>
      <ul
        className="jp-greenlab-cells"
        style={{ '--jp-greenlab-digits': widest } as React.CSSProperties}
      >
        {listed.map(row => (
          <Line
            key={row.key}
            row={row}
            top={top}
            names={names}
            sources={sources}
            edited={edited.find(one => one.cell_id === row.cellId) ?? null}
          />
        ))}
      </ul>
      {shown > FEW && work.length > shown && (
        <button
          type="button"
          className="jp-greenlab-link"
          onClick={() => setShown(shown + MORE)}
        >
          {trans.__('more')}
        </button>
      )}
      {older > 0 && (
        <p className="jp-greenlab-quiet">
          {trans._n(
            '%1 earlier run is in the total but not listed.',
            '%1 earlier runs are in the total but not listed.',
            older
          )}
        </p>
      )}
    </Section>
  );
});

interface LineProps {
  row: Row;
  top: number;
  names: ReadonlyMap<string, string>;
  sources: ReadonlyMap<string, string>;
  edited: Edited | null;
}

function Line({ row, top, names, sources, edited }: LineProps): JSX.Element {
  const { trans, unit, actions } = useView();
  const source = row.cellId === null ? undefined : sources.get(row.cellId);
  const { activeJ, energyJ, emissionsG, durationS } = React.useMemo(() => figures(row), [row]);
  const lines = React.useMemo(() => heaviest(row.records), [row]);
  const counted = React.useMemo(() => perUnit(row), [row]);
  const each = perUnitWords(trans, counted, unit);
  const value = activeJ.value;
  const figure = value === null ? trans.__('not known') : amount(activeJ, unit);
  const all =
    energyJ.value === null ? '' : trans.__('%1 with idle power', amount(energyJ, unit));
  const state = stateOf(row, source);
  const first = start(row);
  const states = {
    here: '',
    edited: trans.__('edited since'),
    gone: trans.__('no longer in the notebook')
  };
  const notes = [
    states[state],
    each && trans.__('%1 with idle power', each),
    row.kind === 'between' ? all : failure(row, activeJ, trans, unit),
    row.kind !== 'between' && row.runs > 1 ? trans._n('%1 run', '%1 runs', row.runs) : '',
    first &&
      trans.__(
        'the first %1, then %2',
        energyLike(first.first, activeJ, unit),
        energyLike(first.later, activeJ, unit)
      ),
    edited && edited.source_hash === row.sourceHash ? editNote(trans, edited) : '',
    proofWords(trans, row.records, unit, row.earlier),
    backgroundWords(trans, row.records, row.earlier),
    tailWords(trans, row.records, row.earlier)
  ].filter(note => note);
  const title = [
    trans.__('by your code: %1', interval(trans, activeJ, unit)),
    tierWord(trans, activeJ.tier),
    all,
    emissionsG.value === null ? '' : amount(emissionsG, 'g'),
    duration(durationS),
    perUnitTip(trans, counted, unit)
  ];
  const words =
    row.kind === 'between'
      ? trans.__('between cells')
      : source === undefined
        ? goneWords(row, names, trans)
        : firstLine(source) || trans.__('an empty cell');
  const content = (
    <>
      <span className="jp-greenlab-count">{countOf(row)}</span>
      <span className={source === undefined ? 'jp-greenlab-words' : 'jp-greenlab-code'}>
        {words}
      </span>
      <span className="jp-greenlab-figure">
        {row.heavy && (
          <span
            className="jp-greenlab-heavy"
            role="img"
            aria-label={trans.__('heavy')}
            title={trans.__('A quarter or more of what the code of all cells used.')}
          >
            ▲
          </span>
        )}{' '}
        {isLeast(activeJ) && '≥ '}
        {figure}
      </span>
      {notes.length > 0 && <span className="jp-greenlab-notes">{notes.join(' · ')}</span>}
      {row.kind !== 'between' && (
        <span className="jp-greenlab-bar" aria-hidden="true">
          <span style={{ width: `${top > 0 ? ((value ?? 0) / top) * 100 : 0}%` }} />
        </span>
      )}
    </>
  );
  const tip = title.filter(part => part).join(' · ');
  return (
    <li title={tip}>
      {source === undefined ? (
        <div className="jp-greenlab-row">{content}</div>
      ) : (
        <button
          type="button"
          className="jp-greenlab-row"
          onClick={() => actions.goTo(row.cellId!)}
        >
          {content}
        </button>
      )}
      <HeaviestLines lines={lines} sources={sources} />
    </li>
  );
}

/** The narrow column before the code: all bars begin right of it. */
function countOf(row: Row): string {
  return row.kind === 'cell' && row.count !== null ? label(row) : '·';
}

/** A span's name, or what a cell was that is no longer there. */
function goneWords(
  row: Row,
  names: ReadonlyMap<string, string>,
  trans: TranslationBundle
): string {
  const name = row.name ?? (row.cellId === null ? null : names.get(row.cellId));
  if (name) {
    return name;
  }
  if (row.kind === 'span' || (row.cellId === null && row.sourceHash === null)) {
    return row.kind === 'span' ? trans.__('other measurements') : trans.__('other cells');
  }
  return row.cellId === null ? trans.__('a cell') : trans.__('a deleted cell');
}

/** What a cell that failed or was interrupted used all the same. */
function failure(
  row: Row,
  activeJ: Figure,
  trans: TranslationBundle,
  unit: EnergyUnit
): string {
  const joules = lost(row);
  if (joules === null || row.runs === 1) {
    return statusWord(trans, row.status);
  }
  return trans.__('%1 of it in runs that failed', energyLike(joules, activeJ, unit));
}

function stateOf(row: Row, source: string | undefined): 'here' | 'edited' | 'gone' {
  if (row.kind !== 'cell' || row.cellId === null) {
    return 'here';
  }
  if (source === undefined) {
    return 'gone';
  }
  return row.sourceHash === null || sourceHash(source) === row.sourceHash ? 'here' : 'edited';
}
