import * as React from 'react';

import { Data } from '../model';
import { rank } from '../ranking';
import { NotebookSession } from '../session';
import { Edited } from '../types';
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
  return <Figures key={session.panel.id} data={session.data} name={name} sources={sources} />;
}

interface FiguresProps {
  data: Data;
  name: string;
  sources: ReadonlyMap<string, string>;
}

function Figures({ data, name, sources }: FiguresProps): JSX.Element {
  const { trans } = useView();
  const rows = React.useMemo(() => rank(data.records), [data.records]);
  const known = rows.some(row => row.joules !== null);
  return (
    <>
      {!data.enabled && (
        <p className="jp-greenlab-note">
          {trans.__('Weighing is off in this kernel. Run %1 to go on.', '%greenlab on')}
        </p>
      )}
      {data.warnings.map(warning => (
        <p key={warning} className="jp-greenlab-note">
          {warning}
        </p>
      ))}
      {data.totals.cells === 0 && rows.length === 0 ? (
        <div className="jp-greenlab-empty">
          <p role="status">
            {data.running
              ? trans.__('The first cell is running. Its figures appear when it ends.')
              : trans.__('Ready. Run a cell to see what it uses.')}
          </p>
          <Now data={data} />
        </div>
      ) : (
        <>
          <Headline data={data} name={name} />
          {known && (
            <Chart records={data.records} rows={rows} totals={data.totals} older={data.older} />
          )}
          <Cells
            rows={rows}
            sources={sources}
            older={data.older}
            edited={data.edited ?? NO_EDITS}
          />
          <AdviceCards
            advice={data.advice}
            proving={data.proving}
            sources={sources}
            edited={data.edited ?? NO_EDITS}
            rows={rows}
          />
        </>
      )}
      <Sources sensors={data.sensors} intensity={data.intensity} />
    </>
  );
}
