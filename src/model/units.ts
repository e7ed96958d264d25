/** Joules, watt-hours and grams for people. The same rules as `greenlab/units.py`. */

import { J_PER_WH, PREFIXES, WIDE } from '../types';

export type EnergyUnit = 'J' | 'Wh';

/** A factor and the unit it gives: `{ factor: 1000, unit: 'kJ' }`. */
export interface Scale {
  factor: number;
  unit: string;
}

/** The SI prefix in which a value is read most easily. */
export function scale(value: number, unit: string, digits = 3): Scale {
  const rounded = Math.abs(Number(value.toPrecision(digits)));
  const step = [...PREFIXES].reverse().find(([size]) => rounded >= size) ?? PREFIXES[0]!;
  return { factor: value === 0 ? 1 : step[0], unit: value === 0 ? unit : step[1] + unit };
}

/** A value with an SI prefix and a number of significant digits: `6.41 kJ`. */
export function quantity(value: number, unit: string, digits = 3): string {
  if (value === 0) {
    return `0 ${unit}`;
  }
  const chosen = scale(value, unit, digits);
  const number = Number(value.toPrecision(digits)) / chosen.factor;
  return `${plain(number, digits)} ${chosen.unit}`;
}

/** Whether bounds lie so far apart that a value between them has one digit. */
export function isWide(low: number | null, high: number | null): boolean {
  return low !== null && high !== null && high >= WIDE * low && high > 0;
}

/**
 * Values with one digit, and one more after a leading 1, as 1.4 is far from 1 and from 2. All
 * with the prefix of the first: `3 kJ`, `0.3 kJ`, `12 kJ`.
 */
export function rough(values: readonly number[], unit: string): string[] {
  const [first, ...others] = values as [number, ...number[]];
  const chosen = scale(first, unit, roughDigits(first));
  return [
    quantity(first, unit, roughDigits(first)),
    ...others.map(value => {
      const digits = roughDigits(value);
      return `${plain(Number(value.toPrecision(digits)) / chosen.factor, digits)} ${chosen.unit}`;
    })
  ];
}

/** An upper bound with two digits, as bounds are no surer, and never below it: `1.2 kJ`. */
export function atMost(value: number, unit: string): string {
  const [mantissa, exponent] = value.toExponential(8).split('e') as [string, string];
  // Digits that conversions leave behind do not count as above a number.
  const up = Math.ceil(Number((Number(mantissa) * 10).toPrecision(9)));
  return quantity(Number(`${up}e${Number(exponent) - 1}`), unit, 2);
}

function roughDigits(value: number): number {
  return Number(value.toPrecision(2)).toExponential().startsWith('1') ? 2 : 1;
}

/** Joules in the unit the user chose. */
export function energy(energyJ: number, unit: EnergyUnit = 'J', digits = 3): string {
  return quantity(inUnit(energyJ, unit), unit, digits);
}

/** Joules as a number in the unit the user chose, without a prefix. */
export function inUnit(energyJ: number, unit: EnergyUnit): number {
  return unit === 'Wh' ? energyJ / J_PER_WH : energyJ;
}

/** Watts. */
export function power(powerW: number): string {
  return quantity(powerW, 'W');
}

/** Grams of CO2e: two digits, as grid figures carry no more. */
export function emissions(emissionsG: number): string {
  return `${quantity(emissionsG, 'g', 2)} CO2e`;
}

/** Seconds: `12 ms`, `3.4 s`, `2 min 5 s`, `1 h 2 min`. */
export function duration(durationS: number, digits = 3): string {
  if (durationS < 60) {
    return quantity(durationS, 's', digits);
  }
  const seconds = roundHalfEven(durationS);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return pair(minutes, 'min', seconds % 60, 's');
  }
  return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small ? `${large} ${largeUnit} ${small} ${smallUnit}` : `${large} ${largeUnit}`;
}

function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  return value - down === 0.5 ? down + (down % 2) : Math.round(value);
}

function plain(number: number, digits: number): string {
  const rounded = Number(number.toPrecision(digits));
  return Math.abs(rounded) < 1e-4 ? rounded.toFixed(0) : String(rounded);
}
