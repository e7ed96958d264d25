/** The quiet line below a cell that took long or weighs much: what its last run used. */

import { TranslationBundle } from '@jupyterlab/translation';
import { PanelLayout, Widget } from '@lumino/widgets';

import { amount, inShort } from '../model/amounts';
import { lastRun, rank, Row } from '../model/ranking';
import { sourceHash } from '../model/cellHash';
import { Edited } from '../types';
import { duration, EnergyUnit } from '../model/units';
import { editNote } from '../model/changeWords';
import { statusWord, tierWord } from '../model/words';
import { perUnit, perUnitWords } from '../model/energyPerUnit';
import { Cell, NotebookDecorations } from './notebookDecorations';

/** Runs shorter than this leave no line, unless the cell is heavy; in seconds. */
export const LEAST_S = 1;

/** `▲ 1.24 kJ · 0.4 g CO2e · 61 s · modelled · this edit: …`; empty: no line. */
export function lineOf(
  row: Row,
  edited: Edited | null,
  unit: EnergyUnit,
  trans: TranslationBundle
): string {
  const last = lastRun(row);
  const { value, tier } = last.energy_j;
  if (row.kind !== 'cell' || value === null || (last.duration_s < LEAST_S && !row.heavy)) {
    return '';
  }
  return [
    `${row.heavy ? '▲ ' : ''}${inShort(trans, last.energy_j, unit)}`,
    last.emissions_g.value === null ? '' : amount(last.emissions_g, 'g'),
    duration(last.duration_s),
    perUnitWords(trans, perUnit({ records: row.records.slice(-1), earlier: null }), unit),
    tierWord(trans, tier),
    statusWord(trans, last.status),
    edited && edited.source_hash === last.source_hash ? editNote(trans, edited) : ''
  ]
    .filter(part => part)
    .join(' · ');
}

/** A line, and the code that it speaks of; `null` where nobody knows which that was. */
export interface LineText {
  text: string;
  hash: string | null;
}

/**
 * The line of each cell by its id. A line is shown only below the code that ran: not below what
 * it was edited to, nor below what another page has there. A cell that was pasted elsewhere
 * keeps its line, where no other cell has the same code.
 *
 * `cells`: the hash of each cell's code by its id, in the notebook's order.
 */
export function placed(
  texts: ReadonlyMap<string, LineText>,
  cells: ReadonlyMap<string, string>
): Map<string, string> {
  const found = new Map<string, string>();
  const homeless = [...texts].filter(([id]) => !cells.has(id)).map(([, line]) => line);
  for (const [id, hash] of cells) {
    const own = texts.get(id);
    if (own) {
      if (own.hash === null || own.hash === hash) {
        found.set(id, own.text);
      }
      continue;
    }
    const moved = homeless.filter(line => line.hash === hash);
    const twins = [...cells].filter(([one, other]) => other === hash && !texts.has(one));
    if (moved.length === 1 && twins.length === 1) {
      found.set(id, moved[0]!.text);
    }
  }
  return found;
}

/** Keeps the lines of one notebook. */
export class CellLines extends NotebookDecorations {
  override dispose(): void {
    super.dispose();
    this._lines.forEach(line => line.dispose());
    this._lines.clear();
  }

  protected inputs(): readonly unknown[] {
    const data = this.session.data;
    const { cellLines, unit } = this.settings.current;
    return [data?.records, data?.earlier, data?.edited, cellLines, unit];
  }

  protected prepare(): void {
    const data = this.session.data;
    const { cellLines, unit } = this.settings.current;
    this._texts = new Map();
    for (const row of data && cellLines ? rank(data.records, data.earlier) : []) {
      const edited = (data?.edited ?? []).find(one => one.cell_id === row.cellId) ?? null;
      const text = row.cellId === null ? '' : lineOf(row, edited, unit, this.trans);
      if (text) {
        this._texts.set(row.cellId!, { text, hash: lastRun(row).source_hash });
      }
    }
  }

  protected get isEmpty(): boolean {
    return !this._texts.size && !this._lines.size;
  }

  protected place(): void {
    const cells = this.session.panel.content.widgets;
    const hashes = new Map(
      this._texts.size ? cells.map(cell => [cell.model.id, this._hashOf(cell)]) : []
    );
    const texts = placed(this._texts, hashes);
    for (const [id, line] of this._lines) {
      if (!texts.has(id) || line.isDisposed) {
        line.dispose();
        this._lines.delete(id);
      }
    }
    for (const cell of cells) {
      const text = texts.get(cell.model.id);
      if (text !== undefined) {
        // A cell out of sight may not have been drawn yet; its line goes below what comes.
        void cell.ready.then(() => this._write(cell, text));
      }
    }
  }

  /** The hash of a cell's code, worked out once: notebooks are long, edits are few. */
  private _hashOf(cell: Cell): string {
    const source = cell.model.sharedModel.getSource();
    const known = this._hashes.get(cell.model);
    if (known?.source === source) {
      return known.hash;
    }
    const hash = sourceHash(source);
    this._hashes.set(cell.model, { source, hash });
    return hash;
  }

  private _write(cell: Cell, text: string): void {
    if (this.isDisposed || cell.isDisposed) {
      return;
    }
    let line = this._lines.get(cell.model.id);
    if (!line || line.isDisposed || line.parent !== cell) {
      line?.dispose();
      line = new Widget();
      line.addClass('jp-greenlab-cell-line');
      line.node.setAttribute('role', 'note');
      line.node.setAttribute('aria-label', this.trans.__('Energy of this cell'));
      (cell.layout as PanelLayout).addWidget(line);
      this._lines.set(cell.model.id, line);
    }
    line.node.textContent = text;
  }

  private _hashes = new WeakMap<Cell['model'], { source: string; hash: string }>();
  private _lines = new Map<string, Widget>();
  private _texts = new Map<string, LineText>();
}
