import { nullTranslator, TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Draft } from '../kernel/notebookSession';
import { Advice } from '../types';
import { EnergyUnit } from '../model/units';
import type { Check } from './proof';

/** What the user can do from the panel. */
export interface Actions {
  apply(advice: Advice): void;
  copy(text: string): void;
  dismiss(advice: Advice): void;
  /** `line`: from 1. */
  goTo(cellId: string, line?: number): void;
  load(): void;
  /** Have every Python kernel load greenlab, this one at once. */
  loadEverywhere(): void;
  /** Ask for the electricity's zone. */
  nameZone(): void;
  prove(advice: Advice, check: Check): void;
  /** Take a dismissal back. */
  restore(advice: Advice): void;
  stopProof(advice: Advice): void;
  /** Put the code before an applied change back. */
  undo(advice: Advice): void;
}

/** What every part of the panel needs: the language, the unit, the theme, the actions. */
export interface View {
  trans: TranslationBundle;
  unit: EnergyUnit;
  /** Counts theme changes, for what is drawn rather than styled. */
  theme: number;
  actions: Actions;
  /** What was typed into the fields of each piece of advice, by its id. */
  drafts?: Map<string, Draft>;
}

const nothing = () => undefined;

export const ViewContext = React.createContext<View>({
  trans: nullTranslator.load('greenlab'),
  unit: 'J',
  theme: 0,

  actions: {
    apply: nothing,
    copy: nothing,
    dismiss: nothing,
    goTo: nothing,
    load: nothing,
    loadEverywhere: nothing,
    nameZone: nothing,
    prove: nothing,
    restore: nothing,
    stopProof: nothing,
    undo: nothing
  }
});

export const useView = (): View => React.useContext(ViewContext);
