/** Shows one view of the panel, whose actions are watched. */

import { nullTranslator } from '@jupyterlab/translation';
import { render } from '@testing-library/react';
import * as React from 'react';

import { Actions, ViewContext } from '../../../src/views/context';

export const actions: { [K in keyof Actions]: jest.Mock } = {
  apply: jest.fn(),
  copy: jest.fn(),
  dismiss: jest.fn(),
  goTo: jest.fn(),
  load: jest.fn(),
  loadEverywhere: jest.fn(),
  nameZone: jest.fn(),
  prove: jest.fn(),
  restore: jest.fn(),
  stopProof: jest.fn(),
  undo: jest.fn()
};

export function show(content: JSX.Element, unit: 'J' | 'Wh' = 'J'): HTMLElement {
  const trans = nullTranslator.load('greenlab');
  return render(
    <ViewContext.Provider value={{ trans, unit, theme: 0, actions }}>
      {content}
    </ViewContext.Provider>
  ).container;
}
