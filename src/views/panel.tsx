import * as React from 'react';

import { Data, latest } from '../model/state';
import { rank } from '../model/ranking';
import { NotebookSession } from '../kernel/notebookSession';
import { Edited } from '../types';
import { sentence } from '../model/amounts';
import { beforeWords } from '../model/words';
import { AdviceCards } from './advice';
import { Cells } from './cells';
import { Chart } from './chart';
import { useView } from './context';
import { Empty } from './empty';
import { Headline, Now } from './headline';
import { Sources } from './sources';

/** The same one each time, so that nothing is drawn anew for it. */
const NO_EDITS: readonly Edited[] = [];

interface Props {
  session: NotebookSession | null;
  sources: ReadonlyMap<string, string>;
}

/** The whole panel for one notebook. */
export function Panel({ session, sources }: Props): JSX.Element {
  if (!session?.data || session.phase !== 'loaded') {
    return <Empty session={session} />;
  }
  const name = session.panel.title.label;
  const { data, names, panel } = session;
  return <Figures key={panel.id} data={data} name={name} names={names} sources={sources} />;
}

interface FiguresProps {
  data: Data;
  name: string;
  /** What the cells were that have run, by id: for those that are gone. */
  names: ReadonlyMap<string, string>;
  sources: ReadonlyMap<string, string>;
}

function Figures({ data, name, names, sources }: FiguresProps): JSX.Element {
  const { trans } = useView();
  const rows = React.useMemo(
    () => rank(data.records, data.earlier),
    [data.records, data.earlier]
  );
  // An older kernel does not sum them up.
  const unlisted = data.brief || data.earlier.length ? 0 : data.older;
  const running = data.running ? latest(data)?.totals : null;
  const measuring = running != null && running.energy_j.value !== null;
  const known = measuring || rows.some(row => row.joules !== null);
  return (
    <>
      {!data.enabled && (
        <p className="jp-greenlab-note">
          {trans.__('Weighing is off in this kernel. Run %1 to go on.', '%greenlab on')}
        </p>
      )}
      {data.warnings.map(warning => (
        <p key={warning} className="jp-greenlab-note">
          {sentence(warning)}
        </p>
      ))}
      {data.cells_before > 0 && (
        <p className="jp-greenlab-note">{beforeWords(trans, data.cells_before)}</p>
      )}
      {data.totals.cells === 0 && rows.length === 0 && !measuring ? (
        <div className="jp-greenlab-empty">
          <p role="status">
            {data.running
              ? trans.__('The first cell is running. Its figures will appear here.')
              : trans.__('Ready. Run a cell to see what it uses.')}
          </p>
          <Now data={data} />
        </div>
      ) : (
        <>
          <Headline data={data} name={name} />
          {known && (
            <Chart
              records={data.records}
              rows={rows}
              totals={data.totals}
              older={data.older}
              curve={data.curve}
              soFar={latest(data)}
              since={data.running?.started_at}
            />
          )}
          {(rows.length > 0 || unlisted > 0) && (
            <Cells
              rows={rows}
              names={names}
              sources={sources}
              older={unlisted}
              edited={data.edited ?? NO_EDITS}
            />
          )}
          {data.brief && (
            <p className="jp-greenlab-note">
              {trans.__('All cells are listed when the running one has ended.')}
            </p>
          )}
          <AdviceCards
            advice={data.advice}
            proving={data.proving}
            sources={sources}
            edited={data.edited ?? NO_EDITS}
            rows={rows}
          />
        </>
      )}
      <Sources sensors={data.sensors} intensity={data.intensity} grids={data.grids} />
    </>
  );
}
