/**
 * Sums and multiples of figures. Sums go by the rules of `greenlab/record/figure_sum.py`: both are tested on
 * `tests/sums_cases.json`.
 */

import { Figure, MOST_REASONS, NOISE, SOME_CELLS, Tier, TIERS } from '../types';

/** The least trustworthy of some tiers; `missing` when there are none. */
export function worst(tiers: readonly Tier[]): Tier {
  return tiers.length ? TIERS[Math.max(...tiers.map(tier => TIERS.indexOf(tier)))]! : 'missing';
}

/** A figure and its name, which a sum lacks where the figure is missing. */
export type Part = readonly [name: string, figure: Figure];

/**
 * The sum of named figures. A missing one leaves it without an upper bound; without any known
 * one the sum is missing itself, and never 0.
 */
export function total(parts: readonly Part[]): Figure {
  const known = parts.map(([, figure]) => figure).filter(figure => figure.value !== null);
  const lacks = unique(parts.flatMap(gapsOf));
  const reason = joined(unique(parts.flatMap(([, figure]) => figure.reason || [])));
  const gaps = { ...(lacks.length && { lacks }), ...(reason && { reason }) };
  if (!known.length) {
    const missing = {
      value: null,
      low: null,
      high: null,
      level: 0.95,
      tier: 'missing'
    } as const;
    return { ...missing, reason: 'no sensor', ...gaps };
  }
  const bounded = !lacks.length && known.every(one => one.high !== null);
  return {
    value: sum(known.map(one => one.value)),
    low: Math.max(0, sum(known.map(one => one.low))),
    high: bounded ? sum(known.map(one => one.high)) : null,
    level: Math.min(...known.map(one => one.level)),
    tier: worst(known.map(one => one.tier)),
    ...gaps
  };
}

/** The sum over cells, which need no names. */
export function totalOfCells(figures: readonly Figure[]): Figure {
  return total(figures.map(figure => [SOME_CELLS, figure]));
}

/** A figure times an exact factor, as of a unit. As `Figure.scaled` in `greenlab/record`. */
export function scaled(figure: Figure, factor: number): Figure {
  const { value, low, high } = figure;
  const times = (one: number | null) => one && one * factor;
  return { ...figure, value: times(value), low: times(low), high: times(high) };
}

function gapsOf([name, { lacks, value }]: Part): readonly string[] {
  return lacks?.length ? lacks : value === null ? [name] : [];
}

function joined(reasons: readonly string[]): string {
  const more = reasons.length - MOST_REASONS;
  const first = reasons.slice(0, MOST_REASONS);
  return [...first, ...(more > 0 ? [`and ${more} more reasons`] : [])].join('; ');
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
