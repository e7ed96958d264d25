import * as React from 'react';

import { amount, interval, isLeast, split } from '../model/amounts';
import { isFloor } from '../model/sums';
import { Data, totalsSoFar } from '../model/state';
import { duration } from '../model/units';
import { aboutWork, lackSentence } from '../model/words';
import { Chip } from './chip';
import { useView } from './context';
import { Section } from './section';
import { Sparkline } from './sparkline';

/** One number first: the energy of this notebook's kernel, and how sure it is. */
export function Headline({ data, name }: { data: Data; name: string }): JSX.Element {
  const { trans, unit } = useView();
  const { energy_j, emissions_g, cells, duration_s, active_j, between_j } = totalsSoFar(data);
  const known = energy_j.value !== null;
  const [number, symbol] = known ? split(amount(energy_j, unit)) : ['', ''];
  const grams =
    emissions_g.value === null
      ? trans.__('emissions not known')
      : isLeast(emissions_g)
        ? trans.__('at least %1', amount(emissions_g, 'g'))
        : amount(emissions_g, 'g');
  const aside = (
    <span className="jp-greenlab-name" title={name}>
      {name}
    </span>
  );
  return (
    <Section title={trans.__('This notebook')} aside={aside}>
      <div className="jp-greenlab-headline">
        <div>
          <p className="jp-greenlab-total">
            {isLeast(energy_j) && <small>{trans.__('at least')} </small>}
            {known ? (
              <>
                <strong>{number}</strong> <span>{symbol}</span>
              </>
            ) : (
              <strong className="jp-greenlab-unknown">{trans.__('not known')}</strong>
            )}
          </p>
          <div className="jp-greenlab-line">
            <span>{interval(trans, energy_j, unit)}</span>
            <Chip tier={energy_j.tier} />
          </div>
        </div>
        <Now data={data} />
      </div>
      <p className="jp-greenlab-quiet">
        <span title={interval(trans, emissions_g, 'g')}>{grams}</span>
        {' · '}
        {trans._n('%1 cell run', '%1 cell runs', cells)}
        {' · '}
        {duration(duration_s)}
      </p>
      {/* An older kernel says nothing of it. */}
      {active_j && active_j.value !== null && (
        <p className="jp-greenlab-quiet" title={aboutWork(trans)}>
          {trans.__('%1 by your code, the rest is idle power', amount(active_j, unit))}
        </p>
      )}
      {between_j && between_j.value !== null && (
        <p className="jp-greenlab-quiet">
          {trans.__('%1 of the total between cells', amount(between_j, unit))}
        </p>
      )}
      {isFloor(energy_j) && <p className="jp-greenlab-note">{lackSentence(trans, energy_j)}</p>}
    </Section>
  );
}

/** The power of the running cell, quieter than the total. */
export function Now({ data }: { data: Data }): JSX.Element | null {
  const { trans, unit } = useView();
  const { running, power: samples } = data;
  if (!running) {
    return null;
  }
  const latest = samples[samples.length - 1];
  const watts = samples.flatMap(sample => sample.power_w.value ?? []);
  const cell = running.execution_count === null ? '' : `[${running.execution_count}] `;
  return (
    <div className="jp-greenlab-now">
      <p>
        {latest && latest.power_w.value !== null
          ? trans.__('%1 now', amount(latest.power_w, 'W'))
          : trans.__('running')}
      </p>
      <Sparkline values={watts} />
      <p className="jp-greenlab-quiet">
        {cell}
        {latest && latest.energy_j.value !== null && amount(latest.energy_j, unit)}
      </p>
    </div>
  );
}
