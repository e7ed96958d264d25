/** The sidebar's widget: draws the panel when something changed and it can be seen. */

import { Clipboard, IThemeManager } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Throttler } from '@lumino/polling';
import * as React from 'react';

import { goTo, replaceSource, sources } from './cells';
import { Follower } from './follower';
import { meterIcon } from './icon';
import { Draft } from './session';
import { Advice, AdviceStatus } from './types';
import { Actions, ViewContext } from './views/context';
import { Panel } from './views/panel';

/** How long a change of the notebook's text may wait to be seen in the list, in ms. */
const TEXT_DELAY = 500;

export class PanelWidget extends ReactWidget {
  constructor(
    private _follower: Follower,
    private _trans: TranslationBundle,
    themes: IThemeManager | null,
    openSettings: () => void
  ) {
    super();
    this.id = 'jp-greenlab-panel';
    this.addClass('jp-greenlab-panel');
    this.title.icon = meterIcon;
    this.title.caption = _trans.__('Energy of this notebook');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', this.title.caption);
    this._actions = this._makeActions(openSettings);
    this._text = new Throttler(() => this._readSources(), TEXT_DELAY);
    _follower.changed.connect(this._onChanged, this);
    themes?.themeChanged.connect(this._onTheme, this);
  }

  override dispose(): void {
    this._text.dispose();
    super.dispose();
  }

  protected override onAfterShow(): void {
    this._onChanged();
    this._readSources();
  }

  protected override render(): JSX.Element {
    const view = {
      trans: this._trans,
      unit: this._follower.settings.current.unit,
      theme: this._theme,
      actions: this._actions,
      drafts: this._follower.current?.drafts ?? new Map<string, Draft>()
    };
    return (
      <ViewContext.Provider value={view}>
        <Panel session={this._follower.current} sources={this._sources} />
      </ViewContext.Provider>
    );
  }

  private _onChanged(): void {
    const content = this._follower.current?.panel.content ?? null;
    if (content !== this._content) {
      this._content?.modelContentChanged.disconnect(this._onText, this);
      content?.modelContentChanged.connect(this._onText, this);
      this._content = content;
      this._readSources();
    }
    this._redraw();
  }

  private _onText(): void {
    void this._text.invoke();
  }

  private _onTheme(): void {
    this._theme++;
    this._redraw();
  }

  private _readSources(): void {
    const panel = this._follower.current?.panel;
    this._sources = panel ? sources(panel) : new Map();
    this._redraw();
  }

  private _redraw(): void {
    if (this.isVisible) {
      this.update();
    }
  }

  private _makeActions(openSettings: () => void): Actions {
    const status = ({ id }: Advice, value: AdviceStatus) =>
      this._follower.current?.send({ type: 'set_advice_status', id, status: value });
    return {
      apply: advice => {
        const panel = this._follower.current?.panel;
        if (panel && advice.cell_id !== null && advice.change) {
          replaceSource(panel, advice.cell_id, advice.change.text);
          status(advice, 'applied');
          void goTo(panel, advice.cell_id);
        }
      },
      copy: text => Clipboard.copyToSystem(text),
      dismiss: advice => status(advice, 'dismissed'),
      goTo: cellId => {
        const panel = this._follower.current?.panel;
        if (panel) {
          void goTo(panel, cellId);
        }
      },
      load: () => void this._follower.current?.load(),
      openSettings,
      prove: ({ id }, check) => this._follower.current?.send({ type: 'prove', id, ...check }),
      stopProof: ({ id }) => this._follower.current?.send({ type: 'stop_proof', id })
    };
  }

  private _actions: Actions;
  private _content: NotebookContent | null = null;
  private _sources: ReadonlyMap<string, string> = new Map();
  private _text: Throttler;
  private _theme = 0;
}

type NotebookContent = NonNullable<Follower['current']>['panel']['content'];
