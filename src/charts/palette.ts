/** The chart's colours, read from the theme: plotly draws with colours, not with variables. */

import { ComponentKind } from '../types';

export interface Palette {
  kinds: Readonly<Record<ComponentKind, string>>;
  text: string;
  quiet: string;
  grid: string;
  surface: string;
  font: string;
}

/** What `src/style/base.css` and the theme say now. */
export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    kinds: {
      cpu: read('--jp-greenlab-cpu'),
      ram: read('--jp-greenlab-ram'),
      gpu: read('--jp-greenlab-gpu')
    },
    text: read('--jp-ui-font-color1'),
    quiet: read('--jp-greenlab-quiet'),
    grid: read('--jp-border-color2'),
    surface: read('--jp-layout-color1'),
    font: read('--jp-ui-font-family')
  };
}
