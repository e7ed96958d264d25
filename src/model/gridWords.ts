/** Whose grid the grams are of, in words. */

import { TranslationBundle } from '@jupyterlab/translation';

import { sentence } from './amounts';
import { isSameGrid } from './state';
import { GridSince, Intensity } from '../types';

/**
 * Whose figures earlier records have, where that changed:
 * `since 10:42: France; before: World`. Empty: it did not.
 */
export function gridsWords(
  trans: TranslationBundle,
  grids: readonly GridSince[],
  now: Intensity
): string {
  const used = grids.filter(
    (one, index) => index === 0 || !isSameGrid(grids[index - 1]!.intensity, one.intensity)
  );
  const last = used[used.length - 1];
  if (!last) {
    return '';
  }
  const current = isSameGrid(last.intensity, now);
  const before = current ? used.slice(0, -1) : used;
  if (!before.length) {
    return '';
  }
  const names = before.map(({ intensity }) => gridName(trans, intensity)).join(', ');
  return current
    ? trans.__('since %1: %2; before: %3', clock(last.since), gridName(trans, now), names)
    : trans.__('from the next cell on: %1; before: %2', gridName(trans, now), names);
}

/** Whose grid, how clean, how old. */
export function gridLine(trans: TranslationBundle, intensity: Intensity): string {
  const place = intensity.zone_name || intensity.zone;
  if (intensity.value === null) {
    return intensity.reason ? sentence(intensity.reason) : trans.__('%1: not known', place);
  }
  const grams = trans.__('%1 g/kWh', String(Number(intensity.value.toPrecision(3))));
  const parts = [place, grams, intensity.year === null ? '' : String(intensity.year)];
  return parts.filter(part => part).join(', ');
}

function gridName(trans: TranslationBundle, intensity: Intensity): string {
  const name = intensity.zone_name || intensity.zone;
  return intensity.value === null ? trans.__('%1 (not known)', name) : name;
}

function clock(iso: string): string {
  const time = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}`;
}
