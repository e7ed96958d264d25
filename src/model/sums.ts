/** Sums of figures, by the rules of `greenlab/record/figure.py`. */

import { Figure, Tier } from '../types';

const TIERS: readonly Tier[] = ['measured', 'modelled', 'assumed', 'missing'];

/** Lower over upper bound, as in `greenlab/record/figure.py`. */
const NOISE = 0.01;

/** The least trustworthy of some tiers; `missing` when there are none. */
export function worst(tiers: readonly Tier[]): Tier {
  return tiers.length ? TIERS[Math.max(...tiers.map(tier => TIERS.indexOf(tier)))]! : 'missing';
}

/**
 * The sum of figures. A missing one leaves it without an upper bound; without any known
 * one the sum is missing itself, and never 0.
 */
export function total(figures: readonly Figure[]): Figure {
  const known = figures.filter(figure => figure.value !== null);
  const lacks = unique(figures.flatMap(figure => figure.lacks ?? []));
  const reasons = unique(figures.flatMap(figure => figure.reason ?? []));
  const gaps = {
    ...(lacks.length && { lacks }),
    ...(reasons.length && { reason: reasons.join('; ') })
  };
  if (!known.length) {
    return { value: null, low: null, high: null, level: 0.95, tier: 'missing', ...gaps };
  }
  const bounded = known.length === figures.length && known.every(one => one.high !== null);
  return {
    value: sum(known.map(one => one.value)),
    low: sum(known.map(one => one.low)),
    high: bounded ? sum(known.map(one => one.high)) : null,
    level: Math.min(...known.map(one => one.level)),
    tier: worst(known.map(one => one.tier)),
    ...gaps
  };
}

/** True when the figure is only a floor: a part of it is not known. */
export function isFloor(figure: Figure): boolean {
  return figure.value !== null && (figure.high === null || Boolean(figure.lacks?.length));
}

/** Where the interval reaches down to next to nothing: the upper bound is all it says. */
export function upperBound(figure: Figure): number | null {
  const { low, high } = figure;
  return low !== null && high !== null && low <= NOISE * high ? high : null;
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((before, value) => before + (value ?? 0), 0);
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)];
}
