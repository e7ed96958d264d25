import * as React from 'react';

import { activeOf } from '../model/activeEnergy';
import { amount } from '../model/amounts';
import { byCell, overTime } from '../charts/charts';
import { totalOfCells } from '../model/sums';
import { Palette } from '../charts/palette';
import { Row } from '../model/ranking';
import { beyond, cumulative, knownByKind } from '../model/series';
import { CellRecord, COMPONENT_KINDS, Curve, Figure, Power, Totals } from '../types';
import { kindWord } from '../model/words';
import { useView } from './context';
import { Plot } from '../charts/plot';

type Tab = 'time' | 'cell';

interface Props {
  records: readonly CellRecord[];
  rows: readonly Row[];
  totals: Totals;
  older: number;
  /** How the earlier records' energy came about. */
  curve?: Curve | null;
  /** What is no record yet. */
  soFar?: Power | null;
  /** When the running cell began. */
  since?: string;
}

/** The same energy over time and by cell, stacked by part of the machine. */
export const Chart = React.memo(function Chart(props: Props): JSX.Element {
  const { records, rows, older, curve, soFar, since } = props;
  const totals = soFar?.totals ?? props.totals;
  const { trans, unit, theme, actions } = useView();
  const [tab, setTab] = React.useState<Tab>('time');
  const draw = React.useCallback(
    (palette: Palette) => {
      const heaviest = rows.find(row => row.kind === 'cell' && row.heavy) ?? null;
      const before = older > 0 ? beyond(props.totals, records) : {};
      const now = soFar?.totals && {
        time: soFar.at * 1000,
        joules: knownByKind(soFar.totals),
        since: since === undefined ? undefined : Date.parse(since)
      };
      const drawing =
        tab === 'time'
          ? overTime(cumulative(records, before, curve, now), heaviest, unit, palette)
          : byCell(rows, unit, palette);
      const named = drawing.data.map(trace => {
        const { name } = trace as { name: 'cpu' | 'ram' | 'gpu' };
        return { ...trace, name: kindWord(trans, name) };
      });
      return { ...drawing, data: named };
    },
    [records, rows, props.totals, older, curve, soFar, since, unit, tab, trans, theme]
  );
  const tabs: [Tab, string][] = [
    ['time', trans.__('Over time')],
    ['cell', trans.__('By cell')]
  ];
  const parts = React.useMemo(() => {
    const figures = tab === 'time' ? totals.by_kind : activeByKind(rows);
    const kinds = [...COMPONENT_KINDS].reverse();
    return kinds
      .filter(
        kind => figures[kind]?.value != null && (tab === 'time' || figures[kind]!.value! > 0)
      )
      .map(kind => ({
        kind,
        word: kindWord(trans, kind),
        joules: amount(figures[kind]!, unit)
      }));
  }, [tab, totals, rows, unit, trans]);
  const summary = parts.map(({ word, joules }) => `${word} ${joules}`).join(', ');
  return (
    <section className="jp-greenlab-section" aria-label={trans.__('Chart')}>
      <div
        className="jp-greenlab-tabs"
        role="group"
        aria-label={trans.__('What the chart shows')}
      >
        {tabs.map(([key, word]) => (
          <button
            key={key}
            type="button"
            aria-pressed={tab === key}
            disabled={key === 'cell' && rows.length === 0}
            onClick={() => setTab(key)}
          >
            {word}
          </button>
        ))}
      </div>
      <Plot draw={draw} label={trans.__('Energy by part: %1', summary)} onPick={actions.goTo} />
      <ul className="jp-greenlab-legend">
        {parts.map(({ kind, word, joules }) => (
          <li key={kind} data-kind={kind}>
            {word} {joules}
          </li>
        ))}
      </ul>
    </section>
  );
});

/** What the code of cells and spans added, by kind of device. */
function activeByKind(rows: readonly Row[]): Record<string, Figure> {
  const work = rows.filter(row => row.kind !== 'between');
  const parts = work.flatMap(row => row.records.flatMap(record => record.components));
  const of = (kind: string) => [
    ...work.flatMap(row => row.earlier?.active_by_kind[kind] ?? []),
    ...parts.filter(part => part.kind === kind).map(activeOf)
  ];
  return Object.fromEntries(COMPONENT_KINDS.map(kind => [kind, totalOfCells(of(kind))]));
}
