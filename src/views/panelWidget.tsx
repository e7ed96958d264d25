/** The sidebar's widget: draws the panel when something changed and it can be seen. */

import { Clipboard, IThemeManager } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Throttler } from '@lumino/polling';
import { ISignal, Signal } from '@lumino/signaling';
import * as React from 'react';

import { goTo, replaceSource, sources } from '../kernel/cellAccess';
import { changedCell } from '../model/adviceTarget';
import { undo } from '../model/unifiedDiff';
import { Follower } from '../kernel/activeNotebook';
import { meterIcon } from '../icon';
import { Draft } from '../kernel/notebookSession';
import { Advice, AdviceStatus } from '../types';
import { Actions, ViewContext } from './context';
import { Panel } from './panel';

/** How long a change of the notebook's text may wait to be seen in the list, in ms. */
const TEXT_DELAY = 500;

export class PanelWidget extends ReactWidget {
  constructor(
    private _follower: Follower,
    private _trans: TranslationBundle,
    themes: IThemeManager | null,
    nameZone: () => void
  ) {
    super();
    this.id = 'jp-greenlab-panel';
    this.addClass('jp-greenlab-panel');
    this.title.icon = meterIcon;
    this.title.caption = _trans.__('Energy of this notebook');
    this.node.tabIndex = -1; // takes the focus when it is asked for
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', this.title.caption);
    this._actions = this._makeActions(nameZone);
    this._text = new Throttler(() => this._readSources(), TEXT_DELAY);
    _follower.changed.connect(this._onChanged, this);
    themes?.themeChanged.connect(this._onTheme, this);
  }

  override dispose(): void {
    this._text.dispose();
    super.dispose();
  }

  /** Tells when the panel is shown or hidden. */
  get visibilityChanged(): ISignal<this, boolean> {
    return this._visibilityChanged;
  }

  protected override onActivateRequest(): void {
    this.node.focus();
  }

  protected override onAfterShow(): void {
    this._onChanged();
    this._readSources();
    this._visibilityChanged.emit(true);
  }

  protected override onAfterHide(): void {
    this._visibilityChanged.emit(false);
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

  private _makeActions(nameZone: () => void): Actions {
    const status = ({ id }: Advice, value: AdviceStatus) =>
      this._follower.current?.send({ type: 'set_advice_status', id, status: value });
    const rewrite = (advice: Advice, text: string | null, value: AdviceStatus) => {
      const panel = this._follower.current?.panel;
      const cellId = changedCell(advice, this._sources);
      if (panel && cellId !== null && text !== null) {
        replaceSource(panel, cellId, text);
        status(advice, value);
        void goTo(panel, cellId);
      }
    };
    return {
      apply: advice => rewrite(advice, advice.change?.text ?? null, 'applied'),
      copy: text => Clipboard.copyToSystem(text),
      dismiss: advice => status(advice, 'dismissed'),
      goTo: (cellId, line) => {
        const panel = this._follower.current?.panel;
        if (panel) {
          void goTo(panel, cellId, line);
        }
      },
      load: () => void this._follower.current?.load(),
      loadEverywhere: () => {
        // Here first: whether greenlab is installed is then said.
        void this._follower.current
          ?.load()
          .then(() => this._follower.settings.set('autoLoad', true));
      },
      nameZone,
      prove: ({ id }, check) => this._follower.current?.send({ type: 'prove', id, ...check }),
      restore: advice => status(advice, advice.status),
      stopProof: ({ id }) => this._follower.current?.send({ type: 'stop_proof', id }),
      undo: advice => rewrite(advice, advice.change && undo(advice.change), 'shown')
    };
  }

  private _actions: Actions;
  private _content: NotebookContent | null = null;
  private _sources: ReadonlyMap<string, string> = new Map();
  private _text: Throttler;
  private _theme = 0;
  private _visibilityChanged = new Signal<this, boolean>(this);
}

type NotebookContent = NonNullable<Follower['current']>['panel']['content'];
