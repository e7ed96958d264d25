/** The heaviest source lines of a cell, below its row; a click goes to the line. */

import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { amount, interval } from '../model/amounts';
import { HotLine, isUnchanged, unseenS } from '../model/lines';
import { upperBound } from '../model/sums';
import { CellRecord } from '../types';
import { duration, EnergyUnit } from '../model/units';
import { useView } from './context';

interface Props {
  lines: readonly HotLine[];
  /** The notebook's code by cell id: of cells that are gone there is no line to go to. */
  sources: ReadonlyMap<string, string>;
}

export function HeaviestLines({ lines, sources }: Props): JSX.Element | null {
  const { trans, unit, actions } = useView();
  if (lines.length === 0) {
    return null;
  }
  const unseen = unseenWords(trans, lines[0]!.record);
  return (
    <ol className="jp-greenlab-lines" aria-label={trans.__('The heaviest lines')}>
      {lines.map(line => {
        const { use } = line;
        const content = (
          <>
            <span className="jp-greenlab-hot-line-number">{numberOf(line)}</span>
            <span className="jp-greenlab-code">{use.text ?? placeOf(trans, line)}</span>
            <span className="jp-greenlab-hot-line-part">{percent(line.part)}</span>
            <span className="jp-greenlab-hot-line-bar" aria-hidden="true">
              <span style={{ width: `${line.part * 100}%` }} />
            </span>
          </>
        );
        const source = use.file === null ? sources.get(use.cell_id ?? '') : undefined;
        const here = source !== undefined && (use.text === null || isUnchanged(use, source));
        return (
          <li key={`${use.file} ${use.cell_id} ${use.line}`} title={tipOf(trans, line, unit)}>
            {here ? (
              <button
                type="button"
                className="jp-greenlab-hot-line"
                onClick={() => actions.goTo(use.cell_id!, use.line)}
              >
                {content}
              </button>
            ) : (
              <div className="jp-greenlab-hot-line">{content}</div>
            )}
          </li>
        );
      })}
      {unseen && <li className="jp-greenlab-quiet">{unseen}</li>}
    </ol>
  );
}

/** `line 5: 34 % of [3], ≈ 20 J (2 to 77) with idle power`, and whom a GPU's part is charged to. */
export function tipOf(trans: TranslationBundle, line: HotLine, unit: EnergyUnit): string {
  const { use, record, part } = line;
  const parts = [
    trans.__(
      '%1: %2 of what %3 used, with idle power',
      placeOf(trans, line),
      percent(part),
      record.execution_count === null ? trans.__('it') : `[${record.execution_count}]`
    ),
    amount(use.energy_j, unit)
  ];
  if (upperBound(use.energy_j) === null) {
    parts.push(interval(trans, use.energy_j, unit));
  }
  if (use.gpu_j !== null && use.gpu_j > 0) {
    parts.push(
      record.lines?.gpu === 'synchronised'
        ? trans.__('the GPU’s part is on the line that gave it the work')
        : trans.__('the GPU’s part is on the line that waits for it')
    );
  }
  return [...parts, unseenWords(trans, record)].filter(part => part).join(' · ');
}

/** That lines stand for a part of the run alone: `1 s of 1.26 s not sampled`. */
function unseenWords(trans: TranslationBundle, record: CellRecord): string {
  const seconds = unseenS(record);
  return seconds === 0
    ? ''
    : trans.__('%1 of %2 not sampled', duration(seconds, 2), duration(record.duration_s));
}

/** `line 5`, `[2] line 5`, `train.py line 12`. */
function placeOf(trans: TranslationBundle, { use, record }: HotLine): string {
  const name =
    use.file !== null
      ? use.file.split(/[\\/]/).pop()!
      : use.execution_count === null || use.execution_count === record.execution_count
        ? ''
        : `[${use.execution_count}]`;
  const line = trans.__('line %1', use.line);
  return name ? `${name} ${line}` : line;
}

/** The narrow column: the line's number, and the cell or file where that is another one. */
function numberOf({ use, record }: HotLine): string {
  if (use.file !== null) {
    return `${use.file.split(/[\\/]/).pop()}:${use.line}`;
  }
  const own = use.execution_count === null || use.execution_count === record.execution_count;
  return own ? `${use.line}` : `[${use.execution_count}]:${use.line}`;
}

function percent(part: number): string {
  return part < 0.01 ? '< 1 %' : `${Math.round(part * 100)} %`;
}
