/** What the command palette offers. */

import { JupyterFrontEnd } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';

import { Follower } from './kernel/activeNotebook';
import { meterIcon } from './icon';
import { PanelWidget } from './views/panelWidget';

export const Commands = {
  show: 'greenlab:show-panel',
  load: 'greenlab:load-extension',
  reload: 'greenlab:reload-figures',
  toggleLivePower: 'greenlab:toggle-live-power',
  toggleUnit: 'greenlab:toggle-unit'
} as const;

const describedBy = { args: { type: 'object', properties: {} } } as const;

/** Add the commands, and to the palette if there is one. */
export function addCommands(
  app: JupyterFrontEnd,
  follower: Follower,
  panel: PanelWidget,
  trans: TranslationBundle,
  palette: ICommandPalette | null
): void {
  const { commands, shell } = app;
  const { settings } = follower;

  commands.addCommand(Commands.show, {
    label: trans.__('Show the energy panel'),
    caption: trans.__('Show the energy panel'),
    icon: meterIcon,
    describedBy,
    execute: () => {
      shell.activateById(panel.id);
      panel.activate(); // Notebook only shows it
    }
  });
  commands.addCommand(Commands.load, {
    label: trans.__('Load greenlab in this kernel'),
    describedBy,
    isEnabled: () => follower.current?.phase === 'not-loaded',
    execute: () => follower.current?.load()
  });
  commands.addCommand(Commands.reload, {
    label: trans.__('Refresh the energy figures'),
    describedBy,
    isEnabled: () => follower.current !== null,
    execute: () => follower.current?.refresh()
  });
  commands.addCommand(Commands.toggleLivePower, {
    label: trans.__('Show live power while a cell runs'),
    describedBy,
    isToggled: () => settings.current.livePower,
    execute: () => settings.set('livePower', !settings.current.livePower)
  });
  commands.addCommand(Commands.toggleUnit, {
    label: trans.__('Show energy in watt-hours'),
    describedBy,
    isToggled: () => settings.current.unit === 'Wh',
    execute: () => settings.set('unit', settings.current.unit === 'Wh' ? 'J' : 'Wh')
  });

  const category = trans.__('Energy (greenlab)'); // the palette searches it too
  Object.values(Commands).forEach(command => palette?.addItem({ command, category }));
}
