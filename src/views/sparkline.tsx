import * as React from 'react';

const WIDTH = 96;
const HEIGHT = 20;

/** The last two minutes of power as a small curve. The number next to it says the same. */
export function Sparkline({ values }: { values: readonly number[] }): JSX.Element | null {
  if (values.length < 2) {
    return null;
  }
  const top = Math.max(...values) || 1;
  const step = WIDTH / (values.length - 1);
  const points = values.map((value, index) => {
    const y = HEIGHT - 1 - (value / top) * (HEIGHT - 2);
    return `${(index * step).toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg
      className="jp-greenlab-sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <polygon points={`0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`} />
      <polyline points={points.join(' ')} />
    </svg>
  );
}
