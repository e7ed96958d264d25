import { fireEvent, screen } from '@testing-library/react';
import * as React from 'react';

import { Sources } from '../../../src/views/sources';
import { intensity, sensor } from '../make';
import { actions, show } from './show';

describe('where the figures come from', () => {
  it('shows what is used, what would be better with the way to it, and the grid', () => {
    const model = sensor({ name: 'model', tier: 'modelled', covers: 'model of this CPU' });
    const rapl = sensor({
      name: 'rapl',
      available: false,
      used: false,
      reason: 'only root may read the counter',
      fix: 'sudo chmod a+r energy_uj'
    });
    const gpu = sensor({
      name: 'nvml',
      kind: 'gpu',
      available: false,
      used: false,
      reason: 'no NVIDIA driver is installed',
      present: false
    });
    const other = { ...gpu, name: 'amdsmi', reason: 'no AMD GPU is seen' };
    const text = show(
      <Sources sensors={[model, rapl, gpu, other]} intensity={intensity} />
    ).textContent;
    expect(text).toContain('model of this CPU');
    expect(text).toContain('Only root may read the counter.');
    expect(text).toContain('To fix it: sudo chmod a+r energy_uj');
    expect(text).toContain('No NVIDIA driver is installed.none found');
    expect(text).not.toContain('AMD');
    expect(text).not.toContain('not used');
    expect(text).toContain('France, 56 g/kWh, 2023');
    fireEvent.click(screen.getByText('copy'));
    expect(actions.copy).toHaveBeenCalledWith('sudo chmod a+r energy_uj');
  });

  it('explains a chip in one sentence when asked', () => {
    show(<Sources sensors={[sensor({})]} intensity={intensity} />);
    fireEvent.click(screen.getByText('guessed'));
    expect(screen.getByText(/From the time zone Europe\/Paris\./)).toBeTruthy();
    fireEvent.keyDown(document.activeElement!, { key: 'Escape' });
    expect(screen.queryByText(/From the time zone Europe\/Paris\./)).toBeNull();
  });

  it.each([
    ['lifecycle', /plants built and fuelled included/],
    ['direct', /the chimneys alone/]
  ] as const)('says what a %s figure of the grid counts', (basis, words) => {
    const named = { ...intensity, basis, guess: null, tier: 'modelled' as const };
    show(<Sources sensors={[]} intensity={named} />);
    fireEvent.click(screen.getByText('modelled'));
    expect(screen.getByText(words)).toBeTruthy();
  });
});
