/** A button in each notebook's toolbar, for front ends without a status bar, as Notebook. */

import { JupyterFrontEnd } from '@jupyterlab/application';
import { NotebookPanel } from '@jupyterlab/notebook';
import { CommandToolbarButton } from '@jupyterlab/ui-components';
import { IDisposable } from '@lumino/disposable';

/** Show the button that runs this command. */
export function addToolbarButton({ commands, docRegistry }: JupyterFrontEnd, id: string): void {
  docRegistry.addWidgetExtension('Notebook', {
    createNew: (panel: NotebookPanel): IDisposable => {
      const button = new CommandToolbarButton({ commands, id, label: '' });
      panel.toolbar.addItem('greenlab', button);
      return button;
    }
  });
}
