/**
 * Figures in words, with no more digits than are known. The same rules as
 * `greenlab/record/figure_display.py`.
 */

import { TranslationBundle } from '@jupyterlab/translation';

import { isFloor, scaled, upperBound } from './sums';
import { Figure, J_PER_WH, PREFIXES } from '../types';
import {
  atMost,
  energy,
  EnergyUnit,
  inUnit as fromJoules,
  isWide,
  quantity,
  rough
} from './units';

/** What a figure is shown in: a unit of energy, watts, or grams of CO2e. */
export type Unit = EnergyUnit | 'W' | 'g';

/** Before a rough figure; the space keeps it from being left alone at the end of a line. */
export const ROUGHLY = '≈\u00a0';

/** `6.41 kJ`; `≈ 3 kJ` where the bounds lie far apart; `≤ 4 J` where no more is known. */
export function amount(figure: Figure, unit: Unit): string {
  const { value, high } = inUnit(figure, unit);
  const bound = upperBound(figure);
  const text =
    bound !== null
      ? `≤ ${atMost(high!, unit)}`
      : isRough(figure)
        ? `${ROUGHLY}${rough([value!], unit)[0]}`
        : plain(value!, unit);
  return unit === 'g' ? `${text} CO2e` : text;
}

/** Whether a figure has one digit; without an upper bound, the lower one and the value tell. */
function isRough({ value, low, high }: Figure): boolean {
  return isWide(low, high ?? value);
}

/** Whether the value is about the least that it can be: some part is not known. */
export function isLeast(figure: Figure): boolean {
  return isFloor(figure) && !isRough(figure);
}

/** Joules without bounds of their own, with no more digits than `like`: a part of it, or a mean. */
export function energyLike(joules: number, like: Figure, unit: EnergyUnit): string {
  return isRough(like)
    ? `${ROUGHLY}${rough([fromJoules(joules, unit)], unit)[0]}`
    : energy(joules, unit);
}

/** Where the true value lies: `2.9 to 4 kJ`, `at least 2.9 kJ`, or why nobody knows. */
export function interval(trans: TranslationBundle, figure: Figure, unit: Unit): string {
  const { value, low, high } = inUnit(figure, unit);
  const gas = unit === 'g' ? ' CO2e' : '';
  if (value === null) {
    return figure.reason ?? trans.__('No source of this figure was found.');
  }
  if (isFloor(figure)) {
    const least = low ?? value;
    const text = isRough(figure) ? rough([value, least], unit)[1]! : plain(least, unit);
    return trans.__('at least %1', `${text}${gas}`);
  }
  const bounds = [low ?? value, high ?? value];
  const [from, to] = isRough(figure)
    ? rough([value, ...bounds], unit).slice(1)
    : bounds.map(one => plain(one, unit));
  if (from === to) {
    return trans.__('within the last digit');
  }
  const [number, symbol] = split(from!);
  const first = symbol === split(to!)[1] ? number : from!;
  return `${trans.__('%1 to %2', first, to!)}${gas}`;
}

/** Amount and interval where there is little room: `≈ 3 kJ (0.3 to 12)`. */
export function inShort(trans: TranslationBundle, figure: Figure, unit: Unit): string {
  const wide = upperBound(figure) === null && isWide(figure.low, figure.high);
  const bounds = wide ? ` (${split(interval(trans, figure, unit))[0]})` : '';
  return `${amount(figure, unit)}${bounds}`;
}

/** `3.42 kJ`, `≈ 3 kJ` or `0.3 to 12 kJ` as what stands before the unit, and the unit. */
export function split(text: string): [string, string] {
  const space = text.lastIndexOf(' ');
  return [text.slice(0, space), text.slice(space + 1)];
}

const ENERGIES = /(\d+(?:\.\d+)?)(?:( to | and | ± )(\d+(?:\.\d+)?))? ([µmkMG]?)J\b/g;
const FACTORS = new Map(PREFIXES.map(([factor, prefix]) => [prefix, factor]));

/**
 * A sentence of the kernel, which names energies in joules, in the unit that the user chose.
 * Where one of them is rough they have a digit or two: three in watt-hours would be made up.
 */
export function reworded(text: string, unit: EnergyUnit): string {
  const digits = text.includes('≈') ? 2 : 3;
  const show = (number: string, prefix: string) =>
    quantity((Number(number) * FACTORS.get(prefix)!) / J_PER_WH, unit, digits);
  const inChosen =
    unit === 'J'
      ? text
      : text.replace(ENERGIES, (_, first: string, joint = '', second = '', prefix: string) =>
          second ? `${show(first, prefix)}${joint}${show(second, prefix)}` : show(first, prefix)
        );
  return inChosen.replace(/≈ /g, ROUGHLY).replace(/(\d) %/g, '$1\u00a0%');
}

/** Begins small also where a sentence does. */
const NAME = /^(greenlab|codecarbon|pycountry|libcst|ipywidgets|nvidia-smi)\b/;

/** Words of the kernel as a whole sentence; it writes them so that they may follow others. */
export function sentence(text: string): string {
  const first = NAME.test(text) ? text.charAt(0) : text.charAt(0).toUpperCase();
  return `${first}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
}

function inUnit(figure: Figure, unit: Unit): Figure {
  return unit === 'Wh' ? scaled(figure, 1 / J_PER_WH) : figure;
}

function plain(value: number, unit: Unit): string {
  return quantity(value, unit, unit === 'g' ? 2 : 3); // grid figures carry no more
}
