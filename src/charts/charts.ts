/** The two charts as plotly understands them. */

import { activeJoules } from '../model/activeEnergy';
import { Palette } from './palette';
import { Row } from '../model/ranking';
import { Cumulative, perCell } from '../model/series';
import { COMPONENT_KINDS, ComponentKind } from '../types';
import { EnergyUnit, inUnit, quantity, scale, Scale } from '../model/units';

export interface Drawing {
  data: object[];
  layout: object;
}

/** Bars that fit side by side in a sidebar. */
export const BARS = 8;

/** Energy summed up over time, stacked by part; the heaviest cell marked by its number. */
export function overTime(
  series: Cumulative,
  heaviest: Row | null,
  unit: EnergyUnit,
  palette: Palette
): Drawing {
  const last = series.times.length - 1;
  const top = series.kinds.reduce((sum, kind) => sum + (series.joules[kind][last] ?? 0), 0);
  const axis = scale(inUnit(top, unit), unit);
  const x = series.times.map(local);
  const data = series.kinds.map(kind => ({
    type: 'scatter',
    mode: 'lines',
    stackgroup: 'energy',
    name: kind,
    x,
    y: series.joules[kind].map(joules => inUnit(joules, unit) / axis.factor),
    text: series.joules[kind].map(joules => quantity(inUnit(joules, unit), unit)),
    hovertemplate: '%{text}<extra>%{fullData.name}</extra>',
    line: { width: 0.5, color: palette.kinds[kind] },
    fillcolor: palette.kinds[kind]
  }));
  const span = last >= 0 ? series.times[last]! - series.times[0]! : 0;
  const heavy = heaviest && mark(heaviest, palette);
  return {
    data,
    layout: {
      ...layout(axis, palette, heavy ? [heavy.annotation] : []),
      shapes: heavy ? [heavy.line] : [],
      xaxis: {
        ...quiet(palette),
        type: 'date',
        nticks: span < NO_SECONDS ? 3 : 4, // what fits side by side at 250 px
        tickangle: 0,
        tickformat: clock(span)
      }
    }
  };
}

/** The heaviest cells side by side, in the order in which they last ran. */
export function byCell(rows: readonly Row[], unit: EnergyUnit, palette: Palette): Drawing {
  const shown = rows
    .filter(row => row.kind !== 'between' && row.joules !== null)
    .slice(0, BARS)
    .sort((a, b) => (a.count ?? 0) - (b.count ?? 0));
  const parts = perCell(shown);
  const tops = parts.map(({ joules }) =>
    COMPONENT_KINDS.reduce((sum, kind) => sum + (joules[kind] ?? 0), 0)
  );
  const axis = scale(inUnit(Math.max(0, ...tops), unit), unit);
  const kinds = COMPONENT_KINDS.filter(kind =>
    parts.some(({ joules }) => joules[kind] !== undefined)
  );
  return {
    data: kinds.map(kind => bars(kind, parts, axis, unit, palette)),
    layout: {
      ...layout(axis, palette),
      barmode: 'stack',
      bargap: 0.35,
      xaxis: { ...quiet(palette), type: 'category', tickangle: 0 }
    }
  };
}

/** A cell as the charts and the list name it: `[14]`. */
export function label(row: Row): string {
  return row.count === null ? (row.name ?? '·') : `[${row.count}]`;
}

function bars(
  kind: ComponentKind,
  parts: ReturnType<typeof perCell>,
  axis: Scale,
  unit: EnergyUnit,
  palette: Palette
): object {
  return {
    type: 'bar',
    name: kind,
    x: parts.map(({ row }) => label(row)),
    y: parts.map(({ joules }) => inUnit(joules[kind] ?? 0, unit) / axis.factor),
    text: parts.map(({ joules }) => quantity(inUnit(joules[kind] ?? 0, unit), unit)),
    textposition: 'none',
    customdata: parts.map(({ row }) => row.cellId),
    hovertemplate: '%{text}<extra>%{fullData.name}</extra>',
    marker: { color: palette.kinds[kind] }
  };
}

function layout(axis: Scale, palette: Palette, notes: object[] = []): object {
  // Above the number of the highest tick, which may be at the very top.
  const unit = { x: 0, xref: 'paper', xanchor: 'right', xshift: -8, yshift: 5 };
  return {
    height: 150,
    margin: { l: 38, r: 4, t: 22, b: 24 },
    paper_bgcolor: 'transparent',
    plot_bgcolor: 'transparent',
    font: { family: palette.font, size: 10, color: palette.quiet },
    showlegend: false,
    hoverlabel: {
      bgcolor: palette.surface,
      bordercolor: palette.grid,
      font: { color: palette.text, size: 11 }
    },
    yaxis: { ...quiet(palette), rangemode: 'tozero', nticks: 4, showgrid: true },
    annotations: [note(axis.unit, unit, palette), ...notes],
    dragmode: false
  };
}

function quiet(palette: Palette): object {
  return {
    color: palette.quiet,
    gridcolor: palette.grid,
    fixedrange: true,
    showgrid: false,
    showline: false,
    ticks: 'outside',
    ticklen: 4,
    tickcolor: 'transparent',
    zeroline: false
  };
}

function mark(row: Row, palette: Palette): { line: object; annotation: object } {
  const { peak_j = null, peak_at = null } = row.earlier ?? {};
  let most = peak_j ?? -1;
  let at = peak_at === null ? 0 : Date.parse(peak_at);
  for (const record of row.records) {
    const added = activeJoules(record) ?? 0;
    if (added > most) {
      most = added;
      at = Date.parse(record.started_at) + record.duration_s * 1000;
    }
  }
  const end = local(at);
  const line = { color: palette.quiet, width: 1, dash: 'dot' };
  return {
    line: { type: 'line', x0: end, x1: end, y0: 0, y1: 1, yref: 'paper', line },
    annotation: note(label(row), { x: end, xanchor: 'right', xshift: 2 }, palette)
  };
}

function note(text: string, place: object, palette: Palette): object {
  return {
    text,
    y: 1,
    yref: 'paper',
    yanchor: 'bottom',
    showarrow: false,
    font: { size: 10, color: palette.quiet },
    ...place
  };
}

/** From this span of milliseconds on, a clock needs no seconds. */
const NO_SECONDS = 4 * 60_000;

/** A clock as fine as the span of milliseconds asks for. */
function clock(span: number): string {
  return span < 4_000 ? '%H:%M:%S.%2f' : span < NO_SECONDS ? '%H:%M:%S' : '%H:%M';
}

/** Plotly reads times as UTC; people read the clock on the wall. */
function local(time: number): number {
  return time - new Date(time).getTimezoneOffset() * 60_000;
}
