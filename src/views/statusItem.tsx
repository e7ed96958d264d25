/** The status bar's item: the total, and a way to the panel. */

import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { amount, isLeast } from '../model/amounts';
import { Follower } from '../kernel/activeNotebook';
import { meterIcon } from '../icon';
import { totalsSoFar } from '../model/state';

export class StatusItem extends ReactWidget {
  constructor(
    private _follower: Follower,
    private _trans: TranslationBundle,
    private _open: () => void
  ) {
    super();
    this.addClass('jp-greenlab-status');
    _follower.changed.connect(this.update, this);
  }

  protected override render(): JSX.Element | null {
    const data = this._follower.current?.data;
    const totals = data && totalsSoFar(data);
    if (!totals || (totals.cells === 0 && totals.energy_j.value === null)) {
      return null;
    }
    const trans = this._trans;
    const { energy_j, emissions_g } = totals;
    const unit = this._follower.settings.current.unit;
    const text = energy_j.value === null ? trans.__('not known') : amount(energy_j, unit);
    const grams = emissions_g.value === null ? '' : `, ${amount(emissions_g, 'g')}`;
    return (
      <button
        type="button"
        title={trans.__('Energy of this notebook: %1%2. Click for the panel.', text, grams)}
        onClick={this._open}
      >
        <meterIcon.react tag="span" width="16px" height="16px" />
        {isLeast(energy_j) && '≥ '}
        {text}
      </button>
    );
  }
}
