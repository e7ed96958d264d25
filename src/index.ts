import {
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, IThemeManager } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { addCommands, Commands } from './commands';
import { Follower } from './follower';
import { CellLines } from './lines';
import { LiveSettings } from './settings';
import { StatusItem } from './status';
import { PanelWidget } from './widget';

const SETTINGS = 'settingeditor:open';
const ID = 'jupyterlab-greenlab:plugin';

/** Everything but the notebooks is optional: Notebook has no status bar, some have less. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Shows the energy and emissions of the active notebook, live.',
  autoStart: true,
  optional: [
    INotebookTracker,
    ISettingRegistry,
    ITranslator,
    IThemeManager,
    ICommandPalette,
    ILayoutRestorer,
    IStatusBar
  ],
  activate
};

function activate(
  app: JupyterFrontEnd,
  tracker: INotebookTracker | null,
  registry: ISettingRegistry | null,
  translator: ITranslator | null,
  themes: IThemeManager | null,
  palette: ICommandPalette | null,
  restorer: ILayoutRestorer | null,
  statusBar: IStatusBar | null
): void {
  if (!tracker) {
    return; // a page without notebooks, such as Notebook's file list
  }
  const trans = (translator ?? nullTranslator).load('greenlab');
  const settings = new LiveSettings();
  const follower = new Follower(
    tracker,
    settings,
    session => new CellLines(session, settings, trans)
  );
  const panel = new PanelWidget(follower, trans, themes, () => {
    if (app.commands.hasCommand(SETTINGS)) {
      void app.commands.execute(SETTINGS, { query: 'greenlab' });
    }
  });
  app.shell.add(panel, 'right', { rank: 800, type: 'greenlab' });
  restorer?.add(panel, panel.id);
  addCommands(app, follower, panel.id, trans, palette);
  statusBar?.registerStatusItem(ID, {
    item: new StatusItem(follower, trans, () => void app.commands.execute(Commands.show)),
    align: 'right',
    rank: 100
  });
  if (registry) {
    settings.follow(registry, ID).catch(error => {
      console.warn('greenlab: the settings could not be read, the defaults hold.', error);
    });
  }
}

export default plugin;
