/** One notebook's kernel as the panel sees it: a phase, and what the kernel has reported. */

import { ISessionContext } from '@jupyterlab/apputils';
import { NotebookPanel } from '@jupyterlab/notebook';
import { Kernel } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { CellNames } from './cellNames';
import { Link } from './comm';
import { Loaded } from './loadExtension';
import { Loader } from './loader';
import { Phase, phaseOf, phaseWithout } from './phase';
import { Data, isWhole, MANY, reduce, Turn } from '../model/state';
import { RunningCell } from './runningCell';
import { LiveSettings } from '../model/settings';
import { FromKernel, FromPage, Hello, Running } from '../types';

/** A kernel that comes does so within this time of the notebook's opening, in ms. */
export const GRACE = 2000;

/** What the user has typed to check a proof by, kept while another notebook is looked at. */
export interface Draft {
  metric: string;
  drop: string;
}

/** Follows the kernel of one notebook through changes, restarts and deaths. */
export class NotebookSession implements IDisposable {
  constructor(
    readonly panel: NotebookPanel,
    private _settings: LiveSettings
  ) {
    this._loader = new Loader(_settings, () => this._changed.emit());
    this._names = new CellNames(panel);
    const context = this._context;
    context.kernelChanged.connect(this._onKernel, this);
    context.statusChanged.connect(this._onStatus, this);
    _settings.changed.connect(this._onSettings, this);
    panel.context.pathChanged.connect(this._onPath, this);
    void panel.context.ready.then(() => {
      this._grace = setTimeout(() => {
        this._grace = null;
        this._changed.emit();
      }, GRACE);
    });
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
    return this._loader.error;
  }

  get language(): string {
    return this._language;
  }

  /** The first lines of the cells' code when it last ran: a name for those that are gone. */
  get names(): ReadonlyMap<string, string> {
    return this._names.all;
  }

  /** The cell that runs, as the page itself can tell, where the kernel does not report yet. */
  get running(): Running | null {
    return this._seen;
  }

  /** What is typed into the fields of each piece of advice, by its id. */
  readonly drafts = new Map<string, Draft>();

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get phase(): Phase {
    const kernel = this._context.session?.kernel;
    if (!kernel) {
      const { isReady, hasNoKernel } = this._context;
      const [shutDown, mayCome] = [this._shutDown, this._grace !== null];
      return phaseWithout({ isReady, hasNoKernel, shutDown, mayCome });
    }
    return phaseOf({
      status: kernel.status,
      language: this._language,
      hasData: this._data !== null,
      link: this._link?.state ?? null
    });
  }

  /** Tell the kernel; it answers with what changed. */
  send(message: FromPage): void {
    this._link?.send(message);
  }

  /** Read the figures from the kernel again. */
  refresh(): void {
    this._link?.refresh();
  }

  /** Load the extension in this kernel, and again whenever it restarts. */
  async load(): Promise<void> {
    const kernel = this._context.session?.kernel;
    if (kernel) {
      await this._loader.load(kernel);
    }
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      clearTimeout(this._grace ?? undefined);
      this._link?.dispose();
      this._running?.dispose();
      Signal.clearData(this);
    }
  }

  private get _context(): ISessionContext {
    return this.panel.sessionContext;
  }

  private _follow(kernel: Kernel.IKernelConnection | null): void {
    if (kernel && kernel === this._link?.kernel && !this._link.isDisposed) {
      return; // restarted: the link has seen it
    }
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
      this._loader.loadIfWanted(kernel); // before whatever is run next
      this._link = new Link(kernel, () => this._hello());
      this._link.received.connect(this._onMessage, this);
      this._link.stateChanged.connect(this._onLink, this);
      this._running = new RunningCell(kernel);
      this._running.turned.connect(this._onTurn, this);
    }
    this._changed.emit();
  }

  private _hello(): Hello {
    const notebook = this.panel.context.localPath;
    const settings = this._wishes();
    this._told = JSON.stringify(settings);
    return { type: 'hello', ...settings, notebook };
  }

  /** The settings that the kernel goes by. */
  private _wishes(): Pick<Hello, 'zone' | 'live_power' | 'sample_lines'> {
    const { zone, livePower, sampleLines } = this._settings.current;
    return { zone, live_power: livePower, sample_lines: sampleLines };
  }

  private _onPath(): void {
    this._link?.send({ type: 'renamed', notebook: this.panel.context.localPath });
    this._changed.emit();
  }

  private _onKernel(
    _: ISessionContext,
    change: { newValue: Kernel.IKernelConnection | null }
  ): void {
    this._shutDown = change.newValue === null;
    this._follow(change.newValue);
  }

  private _onStatus(): void {
    const kernel = this._context.session?.kernel;
    const status = kernel?.status;
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
      this._forget();
    }
    if (kernel && kernel === this._link?.kernel && status !== this._status) {
      this._status = status ?? null;
      if (status === 'restarting' || status === 'autorestarting') {
        // JupyterLab forgets what waits to be sent right after it has told of the restart;
        // what is asked for then is sent first, before the cells of "Run All".
        setTimeout(() => this._loader.loadIfWanted(kernel));
      }
    }
    if (!this._data) {
      this._changed.emit();
    }
  }

  private _onLink(link: Link): void {
    if (link.state === 'absent') {
      this._data = null;
    }
    if (link.state === 'open') {
      this._loader.opened();
    }
    this._changed.emit();
  }

  private _onMessage(link: Link, message: FromKernel): void {
    if (!isWhole(message)) {
      console.warn('greenlab: a message from the kernel was not understood', message.type);
      return;
    }
    const first = this._data === null;
    this._data = reduce(this._data, message);
    this._loader.succeeded();
    if (message.type === 'state') {
      this._asked = false;
      if (message.loaded_by_page) {
        this._loader.loadedByPage();
      }
    } else if (message.type === 'unloaded') {
      this._loader.unloaded();
    }
    if (first && this._data) {
      this._names.noteAll();
    }
    if (this._data && this._data.records.length >= MANY && !this._asked) {
      this._asked = true;
      link.refresh();
    }
    this._changed.emit();
  }

  private _onTurn(_: RunningCell, turn: Turn): void {
    this._seen = turn.running;
    const id = turn.running?.cell_id;
    if (id) {
      this._names.note(id);
    }
    this._data = reduce(this._data, turn);
    this._changed.emit();
  }

  private _onSettings(): void {
    const settings = this._wishes();
    const told = JSON.stringify(settings);
    if (this._link) {
      if (told !== this._told) {
        this._told = told;
        this._link.send({ type: 'configure', ...settings });
      }
      this._loader.loadIfWanted(this._link.kernel);
    }
    this._changed.emit();
  }

  private _forget(): void {
    this._data = this._seen = null;
    this._asked = false;
    this._loader.restarted();
  }

  /** Whether the kernel was asked to sum up the older records. */
  private _asked = false;
  private _changed = new Signal<this, void>(this);
  private _data: Data | null = null;
  /** Runs while a kernel may still come by itself; `null` when that time is over. */
  private _grace: ReturnType<typeof setTimeout> | null | undefined;
  private _isDisposed = false;
  private _language = '';
  private _link: Link | null = null;
  private _loader: Loader;
  private _names: CellNames;
  private _running: RunningCell | null = null;
  private _seen: Running | null = null;
  /** A context without its kernel is not ready, and so looks as if one were to come. */
  private _shutDown = false;
  private _status: Kernel.Status | null = null;
  /** The settings that the kernel knows: the other ones are the page's own affair. */
  private _told = '';
}
