import * as React from 'react';

import { COMPONENT_KINDS, GridSince, Intensity, SensorStatus } from '../types';
import { sentence } from '../model/amounts';
import { gridLine, gridsWords } from '../model/gridWords';
import { kindWord } from '../model/words';
import { Chip } from './chip';
import { useView } from './context';
import { Section } from './section';

interface Props {
  sensors: readonly SensorStatus[];
  intensity: Intensity;
  /** The grids of earlier records. */
  grids?: readonly GridSince[];
}

/** Always there: one line a part, and for what is missing the way to fix it. */
export const Sources = React.memo(function Sources({
  sensors,
  intensity,
  grids
}: Props): JSX.Element {
  const { trans } = useView();
  const lines = COMPONENT_KINDS.flatMap(kind =>
    linesOf(sensors.filter(one => one.kind === kind))
  );
  const others = sensors.filter(one => one.present && !lines.includes(one));
  return (
    <Section title={trans.__('Where the figures come from')}>
      <ul className="jp-greenlab-sources">
        {lines.map(sensor => (
          <Sensor key={sensor.name} sensor={sensor} />
        ))}
        <Grid intensity={intensity} grids={grids} />
      </ul>
      {others.length > 0 && (
        <details className="jp-greenlab-others">
          <summary>
            {trans._n('%1 source not used', '%1 sources not used', others.length)}
          </summary>
          <ul className="jp-greenlab-sources">
            {others.map(sensor => (
              <Sensor key={sensor.name} sensor={sensor} />
            ))}
          </ul>
        </details>
      )}
    </Section>
  );
});

/**
 * What to show of one kind of device: what is used; without that, why there is nothing; and
 * the counter that a step of the user would make readable.
 */
function linesOf(sensors: readonly SensorStatus[]): SensorStatus[] {
  const used = sensors.filter(one => one.used);
  const counted = used.some(one => one.tier === 'measured');
  const mendable = sensors.find(one => !one.available && one.fix !== null);
  if (used.length) {
    return counted || !mendable ? used : [...used, mendable];
  }
  const absent = mendable ?? sensors.find(one => one.present) ?? sensors[0];
  return absent ? [absent] : [];
}

function Sensor({ sensor }: { sensor: SensorStatus }): JSX.Element {
  const { trans } = useView();
  const { available, used, reason, fix, covers, name } = sensor;
  return (
    <li>
      <span className="jp-greenlab-kind">{kindWord(trans, sensor.kind)}</span>
      <span className="jp-greenlab-covers">
        {available
          ? covers || name
          : reason
            ? sentence(reason)
            : trans.__('%1: not available', name)}
      </span>
      {available ? (
        used ? (
          <Chip tier={sensor.tier} />
        ) : (
          <span className="jp-greenlab-quiet">{trans.__('not used')}</span>
        )
      ) : (
        <Chip
          tier="missing"
          word={fix ? undefined : trans.__('none found')}
          sentence={trans.__('Looked for: %1.', covers || name)}
        />
      )}
      {!available && fix && <Fix text={fix} />}
    </li>
  );
}

/** The way to fix what is missing, ready to be copied. */
function Fix({ text }: { text: string }): JSX.Element {
  const { trans, actions } = useView();
  return (
    <span className="jp-greenlab-fix">
      <span>{trans.__('To fix it: %1', text)}</span>{' '}
      <button type="button" className="jp-greenlab-link" onClick={() => actions.copy(text)}>
        {trans.__('copy')}
      </button>
    </span>
  );
}

function Grid({ intensity, grids }: Pick<Props, 'intensity' | 'grids'>): JSX.Element {
  const { trans, actions } = useView();
  const changed = gridsWords(trans, grids ?? [], intensity);
  const guessed = intensity.guess !== null && intensity.guess !== '';
  const source = intensity.source ? trans.__('Source: %1.', intensity.source) : '';
  const about = guessed
    ? sentence(intensity.guess!)
    : intensity.value === null
      ? trans.__('Missing: name your zone in the settings to have emissions.')
      : intensity.basis === 'direct'
        ? trans.__('A published yearly figure of this zone: what leaves the chimneys alone.')
        : trans.__(
            'A published yearly figure of this zone, plants built and fuelled included.'
          );
  return (
    <li>
      <span className="jp-greenlab-kind">{trans.__('Grid')}</span>
      <span className="jp-greenlab-covers">
        {gridLine(trans, intensity)}
        {' · '}
        <button type="button" className="jp-greenlab-link" onClick={actions.nameZone}>
          {trans.__('change')}
        </button>
      </span>
      <Chip
        tier={intensity.value === null ? 'missing' : intensity.tier}
        word={guessed ? trans.__('guessed') : undefined}
        sentence={`${about} ${source}`}
      />
      {changed && <span className="jp-greenlab-fix">{changed}</span>}
    </li>
  );
}
