import { fireEvent, screen } from '@testing-library/react';
import * as React from 'react';

import { reduce } from '../../../src/model/state';
import type { Totals } from '../../../src/types';
import { Headline } from '../../../src/views/headline';
import { figure, record, state } from '../make';
import { show } from './show';

const data = (fields = {}) => reduce(null, state([record(6412)], fields))!;

describe('the headline', () => {
  it('is one number with its interval, tier and emissions', () => {
    const text = show(<Headline data={data()} name="n.ipynb" />).textContent;
    expect(text).toContain('6.41 kJ');
    expect(text).toContain('5.77 to 7.05 kJ');
    expect(text).toContain('modelled');
    expect(text).toContain('CO2e');
  });

  it.each(['measured', 'modelled', 'assumed', 'missing'] as const)(
    'explains %s in a sentence of its own',
    tier => {
      const totals = {
        ...data().totals,
        energy_j: figure(tier === 'missing' ? null : 1, tier)
      };
      show(<Headline data={data({ totals })} name="n" />);
      fireEvent.click(screen.getByText(tier));
      const said = screen.getByText(/^(Measured|Modelled|Assumed|Missing): /).textContent!;
      expect(said.toLowerCase().startsWith(`${tier}: `)).toBe(true);
    }
  );

  it('names the part of it that fell between cells', () => {
    const totals = { ...data().totals, between_j: figure(1570) };
    const text = show(<Headline data={data({ totals })} name="n" />).textContent;
    expect(text).toContain('1.57 kJ of the total between cells');
    expect(show(<Headline data={data()} name="n" />).textContent).not.toContain('between');
  });

  it('tells what work added from what the machine draws anyway', () => {
    const totals = { ...data().totals, energy_j: figure(155), active_j: figure(19.1) };
    const text = show(<Headline data={data({ totals })} name="n" />).textContent;
    expect(text).toContain('19.1 J by your code, the rest is idle power');
    const older = { ...totals, active_j: undefined } as unknown as Totals;
    expect(
      show(<Headline data={data({ totals: older })} name="n" />).textContent
    ).not.toContain('by your code');
  });

  it('has no more digits than are known', () => {
    const energy_j = { ...figure(3090), low: 340, high: 12300 };
    const emissions_g = { ...figure(0.0041), low: 0.0005, high: 0.016 };
    const totals = { ...data().totals, energy_j, emissions_g };
    const text = show(<Headline data={data({ totals })} name="n" />).textContent;
    expect(text).toContain('≈\u00a03 kJ');
    expect(text).toContain('0.3 to 12 kJ');
    expect(text).toContain('≈\u00a04 mg CO2e');
    const inWh = show(<Headline data={data({ totals })} name="n" />, 'Wh').textContent;
    expect(inWh).toContain('≈\u00a0900 mWh');
  });

  it('says at least, and names what is left out', () => {
    const energy_j = { ...figure(6412), high: null, lacks: ['GPU 0'], reason: 'driver lost' };
    const totals = { ...data().totals, energy_j };
    const text = show(<Headline data={data({ totals })} name="n" />).textContent;
    expect(text).toContain('at least 6.41 kJ');
    expect(text).toContain('Not included: GPU 0 (driver lost).');
  });

  it('says not known with the reason, and never 0', () => {
    const totals = { ...data().totals, energy_j: figure(null), emissions_g: figure(null) };
    const text = show(<Headline data={data({ totals })} name="n" />).textContent;
    expect(text).toContain('not known');
    expect(text).toContain('no sensor');
    expect(text).toContain('emissions not known');
    expect(text).not.toContain('0 J');
  });
});
