/** One notebook's kernel as the panel sees it: a phase, and what the kernel has told. */

import { ISessionContext } from '@jupyterlab/apputils';
import { NotebookPanel } from '@jupyterlab/notebook';
import { Kernel } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { Link } from './link';
import { Loaded, load, loadIfInstalled } from './loading';
import { Data, reduce } from './model';
import { RunningCell, Turn } from './running';
import { LiveSettings } from './settings';
import { FromKernel, FromPage } from './types';

/** Why there is nothing to show, or `loaded`. */
export type Phase =
  | 'no-kernel'
  | 'starting'
  | 'restarting'
  | 'dead'
  | 'other-language'
  | 'busy'
  | 'asking'
  | 'not-loaded'
  | 'loaded';

/** Follows the kernel of one notebook through changes, restarts and deaths. */
export class NotebookSession implements IDisposable {
  constructor(
    readonly panel: NotebookPanel,
    private _settings: LiveSettings
  ) {
    const context = this._context;
    context.kernelChanged.connect(this._onKernel, this);
    context.statusChanged.connect(this._onStatus, this);
    _settings.changed.connect(this._onSettings, this);
    this._follow(context.session?.kernel ?? null);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get data(): Data | null {
    return this._data;
  }

  /** What went wrong when the extension was last loaded from here. */
  get loadError(): Loaded | null {
    return this._loadError;
  }

  get language(): string {
    return this._language;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get phase(): Phase {
    const kernel = this._context.session?.kernel;
    const status = kernel?.status;
    if (!kernel) {
      return this._shutDown || this._context.isReady ? 'no-kernel' : 'starting';
    }
    if (status === 'dead') {
      return 'dead';
    }
    if (status === 'restarting' || status === 'autorestarting') {
      return 'restarting';
    }
    if (this._data) {
      return 'loaded';
    }
    if (this._language && this._language !== 'python') {
      return 'other-language';
    }
    if (this._link?.state === 'absent') {
      return 'not-loaded';
    }
    const waits = status === 'busy' || this._link?.state === 'waiting';
    return waits ? 'busy' : status === 'starting' ? 'starting' : 'asking';
  }

  /** Tell the kernel; it answers with what changed. */
  send(message: FromPage): void {
    this._link?.send(message);
  }

  /** Read the figures from the kernel again. */
  refresh(): void {
    this._link?.refresh();
  }

  /** Load the extension in this kernel. */
  async load(): Promise<void> {
    const kernel = this._context.session?.kernel;
    if (kernel) {
      const result = await load(kernel);
      this._loadError = result.ok ? null : result;
      this._changed.emit();
    }
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._link?.dispose();
      this._running?.dispose();
      Signal.clearData(this);
    }
  }

  private get _context(): ISessionContext {
    return this.panel.sessionContext;
  }

  private _follow(kernel: Kernel.IKernelConnection | null): void {
    this._link?.dispose();
    this._running?.dispose();
    this._link = this._running = null;
    this._forget();
    this._language = '';
    this._changed.emit();
    if (kernel) {
      void this._begin(kernel);
    }
  }

  private async _begin(kernel: Kernel.IKernelConnection): Promise<void> {
    const spec = await kernel.spec;
    if (this._isDisposed || this._context.session?.kernel !== kernel) {
      return;
    }
    this._language = (spec?.language ?? 'python').toLowerCase();
    if (this._language === 'python') {
      this._link = new Link(kernel, () => this._hello());
      this._link.received.connect(this._onMessage, this);
      this._link.stateChanged.connect(this._onLink, this);
      this._running = new RunningCell(kernel);
      this._running.turned.connect(this._onTurn, this);
    }
    this._changed.emit();
  }

  private _hello(): FromPage {
    const { zone, livePower } = this._settings.current;
    this._told = `${zone} ${livePower}`;
    return { type: 'hello', zone, live_power: livePower };
  }

  private _onKernel(
    _: ISessionContext,
    change: { newValue: Kernel.IKernelConnection | null }
  ): void {
    this._shutDown = change.newValue === null;
    this._follow(change.newValue);
  }

  private _onStatus(): void {
    const status = this._context.session?.kernel?.status;
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
      this._forget();
    }
    if (!this._data) {
      this._changed.emit();
    }
  }

  private _onLink(link: Link): void {
    if (link.state !== 'open') {
      this._data = null;
    }
    if (link.state === 'open') {
      this._mayAutoLoad = false; // one who unloads it later means it
    }
    this._autoLoad(link);
    this._changed.emit();
  }

  private _onMessage(_: Link, message: FromKernel): void {
    this._data = reduce(this._data, message);
    this._loadError = null;
    this._changed.emit();
  }

  private _onTurn(_: RunningCell, turn: Turn): void {
    if (this._data) {
      this._data = reduce(this._data, turn);
      this._changed.emit();
    }
  }

  private _onSettings(): void {
    const { zone, livePower } = this._settings.current;
    const told = `${zone} ${livePower}`;
    if (this._link) {
      if (told !== this._told) {
        this._told = told;
        this._link.send({ type: 'configure', zone, live_power: livePower });
      }
      this._autoLoad(this._link);
    }
    this._changed.emit();
  }

  private _autoLoad(link: Link): void {
    if (link.state === 'absent' && this._settings.current.autoLoad && this._mayAutoLoad) {
      this._mayAutoLoad = false;
      void loadIfInstalled(link.kernel);
    }
  }

  private _forget(): void {
    this._data = null;
    this._loadError = null;
    this._mayAutoLoad = true;
  }

  private _changed = new Signal<this, void>(this);
  private _data: Data | null = null;
  private _isDisposed = false;
  private _language = '';
  private _link: Link | null = null;
  private _loadError: Loaded | null = null;
  private _mayAutoLoad = true;
  private _running: RunningCell | null = null;
  /** A context without its kernel is not ready, and so looks as if one were to come. */
  private _shutDown = false;
  /** The settings that the kernel knows: the other ones are the page's own affair. */
  private _told = '';
}
