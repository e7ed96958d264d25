/** Access to the notebook's cells: read their code, scroll to them, change them. */

import { NotebookPanel } from '@jupyterlab/notebook';

/** The code of each cell by its id; a cell that is gone has none. */
export function sources(panel: NotebookPanel): Map<string, string> {
  const found = new Map<string, string>();
  const cells = panel.content.model?.cells;
  for (let index = 0; cells && index < cells.length; index++) {
    const cell = cells.get(index);
    found.set(cell.id, cell.sharedModel.getSource());
  }
  return found;
}

/** The code of one cell; `null` if it is gone. */
export function sourceOf(panel: NotebookPanel, cellId: string): string | null {
  const cell = panel.content.model?.cells.get(indexOf(panel, cellId));
  return cell ? cell.sharedModel.getSource() : null;
}

/** Scroll to a cell and select it; with a line, from 1, put the cursor there. */
export async function goTo(panel: NotebookPanel, cellId: string, line?: number): Promise<void> {
  const index = indexOf(panel, cellId);
  if (index >= 0) {
    panel.content.deselectAll();
    panel.content.activeCellIndex = index;
    panel.content.mode = 'command';
    await panel.content.scrollToItem(index, 'smart');
    panel.content.activate();
    const editor = panel.content.activeCell?.editor;
    if (line !== undefined && editor) {
      panel.content.mode = 'edit';
      const position = { line: Math.min(line, editor.lineCount) - 1, column: 0 };
      editor.setCursorPosition(position);
      editor.revealPosition(position);
      editor.focus();
    }
  }
}

/** Replace a cell's code as one step of undo. */
export function replaceSource(panel: NotebookPanel, cellId: string, text: string): void {
  const cell = panel.content.model?.cells.get(indexOf(panel, cellId));
  if (cell) {
    // Without this, what was typed half a second earlier would be undone with it.
    const { undoManager } = cell.sharedModel as {
      undoManager?: { stopCapturing(): void } | null;
    };
    undoManager?.stopCapturing();
    cell.sharedModel.setSource(text);
    undoManager?.stopCapturing();
  }
}

function indexOf(panel: NotebookPanel, cellId: string): number {
  return [...(panel.content.model?.cells ?? [])].findIndex(cell => cell.id === cellId);
}
