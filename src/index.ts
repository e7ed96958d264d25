import {
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, InputDialog, IThemeManager } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator, TranslationBundle } from '@jupyterlab/translation';

import { addCommands, Commands } from './commands';
import { Follower } from './kernel/activeNotebook';
import { CellLines } from './views/cellFooter';
import { HeatMargins } from './views/heatMargin';
import { LiveSettings } from './model/settings';
import { reopen } from './reopening';
import { StatusItem } from './views/statusItem';
import { addToolbarButton } from './toolbar';
import { PanelWidget } from './views/panelWidget';

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
  const follower = new Follower(tracker, settings, session => {
    new CellLines(session, settings, trans);
    new HeatMargins(session, settings, trans);
  });
  const panel = new PanelWidget(follower, trans, themes, () => nameZone(settings, trans));
  app.shell.add(panel, 'right', { rank: 800, type: 'greenlab' });
  restorer ? restorer.add(panel, panel.id) : reopen(app, panel);
  addCommands(app, follower, panel, trans, palette);
  if (statusBar) {
    const show = () => void app.commands.execute(Commands.show);
    const item = new StatusItem(follower, trans, show);
    statusBar.registerStatusItem(ID, { item, align: 'right', rank: 100 });
  } else {
    addToolbarButton(app, Commands.show);
  }
  if (registry) {
    settings.follow(registry, ID).catch(error => {
      console.warn('greenlab: the settings could not be read, the defaults hold.', error);
    });
  }
}

/** Ask for the electricity's zone; not every front end has an editor of settings. */
async function nameZone(settings: LiveSettings, trans: TranslationBundle): Promise<void> {
  const { button, value } = await InputDialog.getText({
    title: trans.__('Where the electricity comes from'),
    label: trans.__('Code of a country or region, such as FR or US-CA; empty: a guess.'),
    text: settings.current.zone,
    okLabel: trans.__('Set')
  });
  if (button.accept && value !== null) {
    await settings.set('zone', value.trim());
  }
}

export default plugin;
