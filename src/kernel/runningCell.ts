/** Which cell a kernel runs. Its usual messages tell: the meter sends none of its own. */

import { Kernel, KernelMessage } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { Turn } from '../model/state';
import { Running } from '../types';

/** Listens to one kernel connection; `turned` tells of each begin and end of a cell. */
export class RunningCell implements IDisposable {
  constructor(readonly kernel: Kernel.IKernelConnection) {
    kernel.anyMessage.connect(this._onMessage, this);
  }

  get turned(): ISignal<this, Turn> {
    return this._turned;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this.kernel.anyMessage.disconnect(this._onMessage, this);
      Signal.clearData(this);
    }
  }

  private _onMessage(
    _: Kernel.IKernelConnection,
    { msg, direction }: Kernel.IAnyMessageArgs
  ): void {
    if (direction === 'send') {
      const cell = msg.metadata.cellId;
      if (msg.header.msg_type === 'execute_request' && typeof cell === 'string') {
        this._asked.set(msg.header.msg_id, cell);
      }
      return;
    }
    const request = (msg.parent_header as Partial<KernelMessage.IHeader>).msg_id;
    if (request === undefined) {
      return;
    }
    if (KernelMessage.isExecuteInputMsg(msg)) {
      this._request = request;
      this._tell({
        cell_id: this._asked.get(request) ?? null, // another page's cell has no id here
        execution_count: msg.content.execution_count,
        started_at: msg.header.date
      });
    } else if (KernelMessage.isStatusMsg(msg) && msg.content.execution_state === 'idle') {
      this._asked.delete(request);
      if (this._request === request) {
        this._request = null;
        this._tell(null);
      }
    }
  }

  private _tell(running: Running | null): void {
    this._turned.emit({ type: 'turn', running });
  }

  /** The cells of the requests that have not ended. */
  private _asked = new Map<string, string>();
  private _isDisposed = false;
  /** The request whose cell runs. */
  private _request: string | null = null;
  private _turned = new Signal<this, Turn>(this);
}
