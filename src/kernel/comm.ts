/** The page's end of the comm `greenlab`: the one that the kernel opens, or one of its own. */

import { Kernel, KernelMessage } from '@jupyterlab/services';
import { JSONObject } from '@lumino/coreutils';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { FromKernel, FromPage, TARGET } from '../types';

/**
 * `asking`: the kernel has not answered yet; `waiting`: nor soon, as a cell is running;
 * `open`: messages flow; `absent`: the extension is not loaded in the kernel.
 */
export type LinkState = 'asking' | 'waiting' | 'open' | 'absent';

/** An idle kernel answers sooner than this, in ms. */
export const SOON = 1500;

/** A comm that was closed without a word is opened again after this time, in ms. */
export const AGAIN = 3000;

/** One kernel connection's comm. `hello` gives what to say when attached. */
export class Link implements IDisposable {
  constructor(
    readonly kernel: Kernel.IKernelConnection,
    hello: () => FromPage
  ) {
    this._hello = hello;
    // A kernel that loads the extension later opens the comm itself.
    kernel.registerCommTarget(TARGET, this._onOpened);
    kernel.statusChanged.connect(this._onStatus, this);
    kernel.connectionStatusChanged.connect(this._onConnection, this);
    kernel.iopubMessage.connect(this._onMessage, this);
    window.addEventListener('pagehide', this._onPageHide);
    void this.attach();
  }

  get state(): LinkState {
    return this._state;
  }

  get stateChanged(): ISignal<this, LinkState> {
    return this._stateChanged;
  }

  get received(): ISignal<this, FromKernel> {
    return this._received;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Open a comm that says `hello` as it opens, so that one step brings the kernel's state. */
  async attach(): Promise<void> {
    const attempt = ++this._attempt;
    const current = () => attempt === this._attempt && !this._isDisposed;
    this._setState('asking');
    const wait = setTimeout(() => current() && this._setState('waiting'), SOON);
    try {
      await this.kernel.info; // without it nobody knows of subshells
      if (current()) {
        await this._open(current);
      }
    } catch (error) {
      // A kernel that dies or restarts drops its pending requests; its status says so.
      if (current() && !this.kernel.isDisposed) {
        console.debug('greenlab: the kernel did not answer', error);
      }
    } finally {
      clearTimeout(wait);
    }
  }

  /** Send a message; without a comm it is dropped, as `hello` says all of it later. */
  send(message: FromPage): void {
    if (this._comm && !this._comm.isDisposed) {
      this._comm.send({ ...message } as JSONObject);
    }
  }

  /** Ask for the whole state again, or look for the kernel's end if there is no comm. */
  refresh(): void {
    if (this._state === 'open') {
      this.send(this._hello());
    } else {
      void this.attach();
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._leave();
    this._isDisposed = true;
    clearTimeout(this._again);
    window.removeEventListener('pagehide', this._onPageHide);
    if (!this.kernel.isDisposed) {
      this.kernel.removeCommTarget(TARGET, this._onOpened);
    }
    Signal.clearData(this);
  }

  private async _open(current: () => boolean): Promise<void> {
    const comm = this.kernel.createComm(TARGET);
    await this._subshell(comm);
    if (!current()) {
      comm.dispose();
      return;
    }
    let refused = false;
    let answered = false;
    comm.onMsg = message => {
      if (current()) {
        answered = true;
        this._adopt(comm, true);
        this._receive(message.content.data);
      }
    };
    comm.onClose = () => {
      refused = true;
    };
    await comm.open({ ...this._hello() } as JSONObject).done;
    if (answered) {
      return;
    }
    if (!current()) {
      comm.dispose();
    } else if (refused) {
      this._setState('absent');
    } else {
      this._adopt(comm, true);
      this.send(this._hello()); // a kernel of an older version did not read the first one
    }
  }

  /**
   * Where comms have a subshell of their own, messages need not wait for the running cell.
   * JupyterLab starts it once the comm is made.
   */
  private async _subshell(comm: Kernel.IComm): Promise<void> {
    const { subshellStarted } = comm as { subshellStarted?: Promise<void> };
    if (this.kernel.supportsSubshells && subshellStarted) {
      const patience = new Promise(resolve => setTimeout(resolve, SOON));
      await Promise.race([subshellStarted.catch(() => undefined), patience]);
    }
  }

  /** Use a comm. `own`: this page opened it, and it alone has it. */
  private _adopt(comm: Kernel.IComm, own: boolean): void {
    if (this._comm !== comm) {
      this._leave();
    }
    this._comm = comm;
    this._own = own;
    comm.onMsg = message => this._receive(message.content.data);
    comm.onClose = () => this._onClosed();
    this._setState('open');
  }

  /** Let the comm go; one that other pages may have too is only forgotten here. */
  private _leave(): void {
    const comm = this._comm;
    this._comm = null;
    if (!comm || comm.isDisposed || this.kernel.isDisposed) {
      return;
    }
    comm.onClose = () => undefined;
    if (this._own && this.kernel.connectionStatus === 'connected') {
      comm.close();
    } else {
      comm.dispose();
    }
  }

  private _receive(data: unknown): void {
    const message = data as Partial<FromKernel> | null;
    if (typeof message?.type !== 'string') {
      return;
    }
    this._unloaded = message.type === 'unloaded';
    this._received.emit(message as FromKernel);
  }

  /** Unloaded, or dropped as one of too many: then another one is opened. */
  private _onClosed(): void {
    this._comm = null;
    this._setState('absent');
    if (!this._unloaded) {
      clearTimeout(this._again);
      this._again = setTimeout(() => {
        if (this._state === 'absent' && !this._isDisposed) {
          void this.attach();
        }
      }, AGAIN);
    }
  }

  private _onOpened = (comm: Kernel.IComm, message: KernelMessage.ICommOpenMsg): void => {
    this._attempt++;
    this._adopt(comm, false);
    this._receive(message.content.data);
    void this._subshell(comm).then(() => {
      if (this._comm === comm) {
        this.send(this._hello());
      }
    });
  };

  /** While no comm is open, what a running cell's kernel says on others' comms is heard too. */
  private _onMessage(_: Kernel.IKernelConnection, msg: KernelMessage.IIOPubMessage): void {
    if (this._state === 'open' || !KernelMessage.isCommMsgMsg(msg)) {
      return;
    }
    const data = msg.content.data as Partial<FromKernel> | null;
    if (data?.type === 'brief' || data?.type === 'power') {
      this._receive(data);
    }
  }

  private _onStatus(_: Kernel.IKernelConnection, status: Kernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
      this._attempt++;
      this._comm = null;
      this._restarted = status !== 'dead';
      this._setState('asking');
    } else if (this._restarted && (status === 'idle' || status === 'busy')) {
      this._restarted = false;
      void this.attach();
    }
  }

  private _onConnection(_: Kernel.IKernelConnection, status: Kernel.ConnectionStatus): void {
    if (status === 'connected' && !this._restarted && this._comm) {
      this.send(this._hello()); // what was sent while the connection was down is lost
    }
  }

  private _onPageHide = (event: PageTransitionEvent): void => {
    if (!event.persisted) {
      this._leave(); // else the kernel would go on to write to a page that is gone
    }
  };

  private _again: ReturnType<typeof setTimeout> | undefined;
  private _attempt = 0;
  private _comm: Kernel.IComm | null = null;
  private _hello: () => FromPage;
  private _isDisposed = false;
  private _own = false;
  private _received = new Signal<this, FromKernel>(this);
  private _restarted = false;
  private _state: LinkState = 'asking';
  private _stateChanged = new Signal<this, LinkState>(this);
  private _unloaded = false;

  private _setState(state: LinkState): void {
    if (this._state !== state) {
      this._state = state;
      this._stateChanged.emit(state);
    }
  }
}
