/** The quiet line below a cell that took long or weighs much: what its last run used. */

import { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { PanelLayout, Widget } from '@lumino/widgets';

import { amount, inShort } from './amounts';
import { rank, Row } from './ranking';
import { NotebookSession } from './session';
import { LiveSettings } from './settings';
import { Edited } from './types';
import { duration, EnergyUnit } from './units';
import { editNote, statusWord, tierWord } from './words';

type Cell = NotebookSession['panel']['content']['widgets'][number];

/** Runs shorter than this leave no line, unless the cell is heavy; in seconds. */
export const LEAST_S = 1;

/** `▲ 1.24 kJ · 0.4 g CO2e · 61 s · modelled · this edit: …`; empty: no line. */
export function lineOf(
  row: Row,
  edited: Edited | null,
  unit: EnergyUnit,
  trans: TranslationBundle
): string {
  const last = row.records[row.records.length - 1]!;
  const { value, tier } = last.energy_j;
  if (row.kind !== 'cell' || value === null || (last.duration_s < LEAST_S && !row.heavy)) {
    return '';
  }
  return [
    `${row.heavy ? '▲ ' : ''}${inShort(trans, last.energy_j, unit)}`,
    last.emissions_g.value === null ? '' : amount(last.emissions_g, 'g'),
    duration(last.duration_s),
    tierWord(trans, tier),
    statusWord(trans, last.status),
    edited && edited.source_hash === last.source_hash ? editNote(trans, edited) : ''
  ]
    .filter(part => part)
    .join(' · ');
}

/** Keeps the lines of one notebook; they are no part of its document. */
export class CellLines implements IDisposable {
  constructor(
    private _session: NotebookSession,
    private _settings: LiveSettings,
    private _trans: TranslationBundle
  ) {
    _session.changed.connect(this._update, this);
    _settings.changed.connect(this._update, this);
    _session.panel.disposed.connect(this.dispose, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._session.changed.disconnect(this._update, this);
      this._settings.changed.disconnect(this._update, this);
      this._lines.forEach(line => line.dispose());
    }
  }

  private _update(): void {
    const data = this._session.data;
    const { cellLines, unit } = this._settings.current;
    const seen = [data?.records, data?.edited, cellLines, unit];
    if (seen.every((part, index) => part === this._seen[index])) {
      return; // live power changes all the time, the lines do not
    }
    this._seen = seen;
    const texts = new Map<string, string>();
    for (const row of data && cellLines ? rank(data.records) : []) {
      const edited = (data?.edited ?? []).find(one => one.cell_id === row.cellId) ?? null;
      const text = row.cellId === null ? '' : lineOf(row, edited, unit, this._trans);
      if (text) {
        texts.set(row.cellId!, text);
      }
    }
    this._show(texts);
  }

  private _show(texts: ReadonlyMap<string, string>): void {
    for (const [id, line] of this._lines) {
      if (!texts.has(id) || line.isDisposed) {
        line.dispose();
        this._lines.delete(id);
      }
    }
    for (const cell of this._session.panel.content.widgets) {
      const text = texts.get(cell.model.id);
      if (text !== undefined) {
        // A cell out of sight may not have been drawn yet; its line goes below what comes.
        void cell.ready.then(() => this._write(cell, text));
      }
    }
  }

  private _write(cell: Cell, text: string): void {
    if (this._isDisposed || cell.isDisposed) {
      return;
    }
    let line = this._lines.get(cell.model.id);
    if (!line || line.isDisposed || line.parent !== cell) {
      line?.dispose();
      line = new Widget();
      line.addClass('jp-greenlab-cell-line');
      line.node.setAttribute('role', 'note');
      line.node.setAttribute('aria-label', this._trans.__('Energy of this cell'));
      (cell.layout as PanelLayout).addWidget(line);
      this._lines.set(cell.model.id, line);
    }
    line.node.textContent = text;
  }

  private _isDisposed = false;
  private _lines = new Map<string, Widget>();
  private _seen: readonly unknown[] = [];
}
