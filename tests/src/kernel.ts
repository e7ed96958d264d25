/** A kernel connection as JupyterLab gives it, whose other end is the test. */

import { Kernel, KernelMessage } from '@jupyterlab/services';
import { PromiseDelegate } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';

/** One comm; `sent` and `opened` are what the page said on it. */
export class FakeComm {
  constructor(
    readonly commId: string,
    private _onDispose: () => void = () => undefined
  ) {}

  onMsg: (message: KernelMessage.ICommMsgMsg) => void = () => undefined;
  onClose: (message: KernelMessage.ICommCloseMsg) => void = () => undefined;
  isDisposed = false;
  closed = false;
  opened: unknown = null;
  readonly sent: { type: string }[] = [];
  /** The kernel is done with the opening. */
  readonly handled = new PromiseDelegate<void>();
  readonly subshell = new PromiseDelegate<void>();

  get subshellStarted(): Promise<void> {
    return this.subshell.promise;
  }

  open(data: unknown): { done: Promise<void> } {
    this.opened = data;
    return { done: this.handled.promise };
  }

  send(data: { type: string }): void {
    this.sent.push(data);
  }

  close(): void {
    this.closed = true;
    this.dispose();
  }

  dispose(): void {
    this.isDisposed = true;
    this._onDispose();
  }

  /** The kernel says something on it. */
  hears(data: unknown): void {
    this.onMsg({ content: { comm_id: this.commId, data } } as KernelMessage.ICommMsgMsg);
  }

  /** The kernel closes it. */
  ends(): void {
    this.isDisposed = true;
    this.onClose({} as KernelMessage.ICommCloseMsg);
  }
}

export class FakeKernel {
  constructor(readonly language = 'python') {}

  readonly anyMessage = new Signal<this, Kernel.IAnyMessageArgs>(this);
  readonly connectionStatusChanged = new Signal<this, Kernel.ConnectionStatus>(this);
  readonly iopubMessage = new Signal<this, KernelMessage.IIOPubMessage>(this);
  readonly statusChanged = new Signal<this, Kernel.Status>(this);

  comms: FakeComm[] = [];
  connectionStatus: Kernel.ConnectionStatus = 'connected';
  isDisposed = false;
  status: Kernel.Status = 'idle';
  supportsSubshells = false;
  target: ((comm: FakeComm, message: object) => void) | null = null;
  /** What was asked to be executed; `replies` says how that went. */
  readonly executed: string[] = [];
  reply: object = { status: 'ok' };
  readonly known = new PromiseDelegate<object>();

  get info(): Promise<object> {
    return this.known.promise;
  }

  get spec(): Promise<object> {
    return Promise.resolve({ language: this.language });
  }

  get comm(): FakeComm {
    return this.comms[this.comms.length - 1]!;
  }

  createComm(): FakeComm {
    const comm = new FakeComm(`page ${this.comms.length}`);
    this.comms.push(comm);
    return comm;
  }

  registerCommTarget(_: string, target: (comm: FakeComm, message: object) => void): void {
    this.target = target;
  }

  removeCommTarget(): void {
    this.target = null;
  }

  requestExecute({ code }: { code: string }): { done: Promise<object> } {
    this.executed.push(code);
    return { done: Promise.resolve({ content: this.reply }) };
  }

  /** The kernel opens a comm of its own. */
  opens(data: object): FakeComm {
    const comm = new FakeComm('kernel');
    this.comms.push(comm);
    this.target!(comm, { content: { data } });
    return comm;
  }

  /** Something is said on a comm that this page does not have. */
  overhears(data: unknown): void {
    this.iopubMessage.emit({
      header: { msg_type: 'comm_msg' },
      channel: 'iopub',
      content: { comm_id: 'of another page', data }
    } as unknown as KernelMessage.IIOPubMessage);
  }

  becomes(status: Kernel.Status): void {
    this.status = status;
    this.statusChanged.emit(status);
  }

  connects(status: Kernel.ConnectionStatus): void {
    this.connectionStatus = status;
    this.connectionStatusChanged.emit(status);
  }

  runs(execution_count: number, cellId: string): void {
    const header = { msg_id: `run ${execution_count}`, msg_type: 'execute_request' };
    this._pass('send', { header, metadata: { cellId }, channel: 'shell' });
    this._pass('recv', {
      header: { msg_id: 'own', msg_type: 'execute_input', date: '2026-01-01T00:00:00Z' },
      parent_header: header,
      content: { code: '', execution_count },
      metadata: {},
      channel: 'iopub'
    });
  }

  private _pass(direction: 'send' | 'recv', msg: object): void {
    this.anyMessage.emit({ direction, msg: msg as KernelMessage.IMessage });
  }
}

/** Let everything that waits for nothing else happen. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await Promise.resolve();
  }
}
