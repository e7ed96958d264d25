/** Keeps the panel open over a reload where the front end does not, as in Notebook. */

import { JupyterFrontEnd } from '@jupyterlab/application';

import { PanelWidget } from './views/panelWidget';

const KEY = 'greenlab:panel-open';

/** Open the panel as it was left, and remember from then on. */
export function reopen(app: JupyterFrontEnd, panel: PanelWidget): void {
  void app.restored.then(() => {
    const shell = app.shell as { expandRight?: (id: string) => void };
    if (read()) {
      shell.expandRight?.(panel.id); // unlike activateById, leaves the focus where it is
    }
    panel.visibilityChanged.connect((_, visible) => write(visible));
  });
}

// Browsers may deny the storage: then the panel begins closed.
function read(): boolean {
  try {
    return localStorage.getItem(KEY) === 'true';
  } catch {
    return false;
  }
}

function write(open: boolean): void {
  try {
    localStorage.setItem(KEY, String(open));
  } catch {
    // nothing is lost but this
  }
}
