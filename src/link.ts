/** The page's end of the comm `greenlab`: one comm per kernel, found or opened. */

import { Kernel, KernelMessage } from '@jupyterlab/services';
import { JSONObject } from '@lumino/coreutils';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { FromKernel, FromPage, TARGET } from './types';

/**
 * `asking`: the kernel has not answered yet; `waiting`: nor soon, as a cell is running;
 * `open`: messages flow; `absent`: the extension is not loaded in the kernel.
 */
export type LinkState = 'asking' | 'waiting' | 'open' | 'absent';

/** An idle kernel answers sooner than this, in ms. */
const SOON = 1500;

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

  /** Find the kernel's comm or open one, and ask for its state. */
  async attach(): Promise<void> {
    const attempt = ++this._attempt;
    this._setState('asking');
    const wait = setTimeout(() => {
      if (this._attempt === attempt && !this._isDisposed) {
        this._setState('waiting');
      }
    }, SOON);
    try {
      const found = await this._find();
      if (attempt !== this._attempt || this._isDisposed) {
        return; // the kernel restarted, or opened a comm itself, while we asked
      }
      if (found) {
        this._adopt(found);
      } else {
        await this._open(attempt);
      }
    } catch (error) {
      // A kernel that dies or restarts drops its pending requests; its status says so.
      if (attempt === this._attempt && !this.kernel.isDisposed) {
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

  /** Ask for the whole state again, or look for the comm if there is none. */
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
    this._isDisposed = true;
    if (!this.kernel.isDisposed) {
      this.kernel.removeCommTarget(TARGET, this._onOpened);
      this._comm?.dispose(); // locally: closing it would end it for other pages too
    }
    Signal.clearData(this);
  }

  private async _find(): Promise<Kernel.IComm | null> {
    const reply = await this.kernel.requestCommInfo({ target_name: TARGET });
    const content = reply.content;
    const ids = content.status === 'ok' ? Object.keys(content.comms) : [];
    const id = ids.find(one => !this.kernel.hasComm(one));
    return id === undefined ? null : this.kernel.createComm(TARGET, id);
  }

  private async _open(attempt: number): Promise<void> {
    const comm = this.kernel.createComm(TARGET);
    let refused = false;
    comm.onClose = () => {
      refused = true;
    };
    await comm.open().done;
    if (attempt !== this._attempt || this._isDisposed) {
      comm.dispose();
    } else if (refused) {
      this._setState('absent');
    } else {
      this._adopt(comm);
    }
  }

  private _adopt(comm: Kernel.IComm): void {
    if (this._comm && this._comm !== comm && !this.kernel.isDisposed) {
      this._comm.onClose = () => undefined;
      this._comm.dispose();
    }
    this._comm = comm;
    comm.onMsg = message => {
      this._received.emit(message.content.data as unknown as FromKernel);
    };
    comm.onClose = () => {
      this._comm = null;
      this._setState('absent');
    };
    this._setState('open');
    this.send(this._hello());
  }

  private _onOpened = (comm: Kernel.IComm, message: KernelMessage.ICommOpenMsg): void => {
    this._attempt++;
    this._adopt(comm);
    const data = message.content.data as { type?: string };
    if (data.type) {
      this._received.emit(data as unknown as FromKernel);
    }
  };

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

  private _attempt = 0;
  private _comm: Kernel.IComm | null = null;
  private _hello: () => FromPage;
  private _isDisposed = false;
  private _received = new Signal<this, FromKernel>(this);
  private _restarted = false;
  private _state: LinkState = 'asking';
  private _stateChanged = new Signal<this, LinkState>(this);

  private _setState(state: LinkState): void {
    if (this._state !== state) {
      this._state = state;
      this._stateChanged.emit(state);
    }
  }
}
