import * as React from 'react';

import { Drawing } from './charts';
import { Palette, readPalette } from './palette';

interface Props {
  draw: (palette: Palette) => Drawing;
  label: string;
  onPick: (cellId: string) => void;
}

interface PlotlyNode extends HTMLDivElement {
  on?(event: 'plotly_click', listener: (click: Click) => void): void;
  removeAllListeners?(event: 'plotly_click'): void;
}

interface Click {
  points: readonly { customdata?: unknown }[];
}

const CONFIG = { displayModeBar: false, doubleClick: false, scrollZoom: false };

/** How long a picture waits, in ms: the numbers come first, and changes at once are drawn once. */
const PATIENCE = 50;

/** A graph that redraws in place; plotly is fetched when the first one is drawn. */
export function Plot({ draw, label, onPick }: Props): JSX.Element {
  const place = React.useRef<PlotlyNode>(null);
  const [failed, setFailed] = React.useState('');
  React.useEffect(() => {
    const node = place.current!;
    let stopped = false;
    let waiting = 0;
    let redraw = () => undefined as void;
    const observer = new ResizeObserver(() => redraw());
    const begin = async () => {
      const plotly = await import('plotly.js-basic-dist-min');
      const render = () => {
        if (!stopped && node.clientWidth) {
          const { data, layout } = draw(readPalette(node));
          plotly.react(node, data, { ...layout, width: node.clientWidth }, CONFIG);
          node.removeAllListeners?.('plotly_click');
          node.on?.('plotly_click', click => {
            const cellId = click.points[0]?.customdata;
            if (typeof cellId === 'string') {
              onPick(cellId);
            }
          });
        }
      };
      redraw = () => {
        clearTimeout(waiting);
        waiting = window.setTimeout(render, PATIENCE);
      };
      observer.observe(node); // calls back once at once, and at every change of width
    };
    begin().catch(error => setFailed(String(error)));
    return () => {
      stopped = true;
      clearTimeout(waiting);
      observer.disconnect();
    };
  }, [draw, onPick]);
  return (
    <>
      <div ref={place} className="jp-greenlab-plot" role="img" aria-label={label} />
      {failed && <p className="jp-greenlab-note">{failed}</p>}
    </>
  );
}
