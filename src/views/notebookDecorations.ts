/** What is drawn into the cells of one notebook, and redrawn when it changes. */

import { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { Throttler } from '@lumino/polling';

import { NotebookSession } from '../kernel/notebookSession';
import { LiveSettings } from '../model/settings';

export type Cell = NotebookSession['panel']['content']['widgets'][number];

/** How long a change of the notebook may wait to be seen, in ms. */
const DELAY = 300;

/** Follows a notebook's records, settings and cells; what it draws is no part of its document. */
export abstract class NotebookDecorations implements IDisposable {
  constructor(
    protected readonly session: NotebookSession,
    protected readonly settings: LiveSettings,
    protected readonly trans: TranslationBundle
  ) {
    session.changed.connect(this._update, this);
    settings.changed.connect(this._update, this);
    // A cell that is moved, or comes back by undo, is redrawn, without its decoration.
    session.panel.content.modelContentChanged.connect(this._onContent, this);
    session.panel.disposed.connect(this.dispose, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._content.dispose();
      this.session.changed.disconnect(this._update, this);
      this.settings.changed.disconnect(this._update, this);
    }
  }

  /** What the decorations depend on; they are worked out anew only if one of these changed. */
  protected abstract inputs(): readonly unknown[];

  /** Work out what is to be drawn. */
  protected abstract prepare(): void;

  /** Draw it into the cells that are there. */
  protected abstract place(): void;

  /** Whether nothing is drawn, nor is to be. */
  protected abstract get isEmpty(): boolean;

  private _onContent(): void {
    if (!this._isDisposed && !this.isEmpty) {
      void this._content.invoke();
    }
  }

  private _update(): void {
    const seen = this.inputs();
    if (this._seen && seen.every((part, index) => part === this._seen![index])) {
      return; // live power changes all the time, what is drawn does not
    }
    this._seen = seen;
    this.prepare();
    this._place();
  }

  private _place(): void {
    if (!this._isDisposed && !this.session.panel.isDisposed) {
      this.place();
    }
  }

  private _content = new Throttler(() => this._place(), DELAY);
  private _isDisposed = false;
  private _seen: readonly unknown[] | null = null;
}
