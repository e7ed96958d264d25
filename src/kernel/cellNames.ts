/** The first lines of the cells' code when it last ran: a name for those that are gone. */

import { NotebookPanel } from '@jupyterlab/notebook';

import { firstLine } from '../model/cellHash';
import { sourceOf, sources } from './cellAccess';

export class CellNames {
  constructor(private _panel: NotebookPanel) {}

  /** Names by the ids of cells. */
  get all(): ReadonlyMap<string, string> {
    return this._names;
  }

  /** Name a cell that runs now. */
  note(id: string): void {
    const source = sourceOf(this._panel, id);
    if (source) {
      this._names.set(id, firstLine(source));
    }
  }

  /** Name the cells that ran before this page was there. */
  noteAll(): void {
    for (const [id, source] of sources(this._panel)) {
      this._names.set(id, firstLine(source));
    }
  }

  private _names = new Map<string, string>();
}
