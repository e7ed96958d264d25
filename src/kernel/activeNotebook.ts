/** Which notebook the panel shows: the active one, with a session kept for each open one. */

import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { ISignal, Signal } from '@lumino/signaling';

import { NotebookSession } from './notebookSession';
import { LiveSettings } from '../model/settings';

/**
 * Follows the active notebook; `changed` tells when what it shows may have changed. `opened`
 * is called once for each notebook that is open or opens.
 */
export class Follower {
  constructor(
    private _tracker: INotebookTracker,
    readonly settings: LiveSettings,
    private _opened: (session: NotebookSession) => void = () => undefined
  ) {
    _tracker.currentChanged.connect(this._onCurrent, this);
    _tracker.widgetAdded.connect((_, panel) => this._sessionOf(panel), this);
    _tracker.forEach(panel => this._sessionOf(panel));
    settings.changed.connect(() => this._changed.emit(), this);
    this._onCurrent();
  }

  /** The active notebook's session, or `null` when no notebook is open. */
  get current(): NotebookSession | null {
    return this._current;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  private _onCurrent(): void {
    const panel = this._tracker.currentWidget;
    this._current = panel ? this._sessionOf(panel) : null;
    this._changed.emit();
  }

  private _sessionOf(panel: NotebookPanel): NotebookSession {
    const known = this._sessions.get(panel);
    if (known) {
      return known;
    }
    const session = new NotebookSession(panel, this.settings);
    this._sessions.set(panel, session);
    this._opened(session);
    session.changed.connect(() => {
      if (session === this._current) {
        this._changed.emit();
      }
    }, this);
    panel.disposed.connect(() => {
      session.dispose();
      this._sessions.delete(panel);
    }, this);
    return session;
  }

  private _changed = new Signal<this, void>(this);
  private _current: NotebookSession | null = null;
  private _sessions = new Map<NotebookPanel, NotebookSession>();
}
