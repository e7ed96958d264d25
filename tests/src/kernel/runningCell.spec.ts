import { Kernel, KernelMessage } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

import { RunningCell } from '../../../src/kernel/runningCell';
import { Turn } from '../../../src/model/state';

/** The messages of a connection, as JupyterLab passes them on. */
class Connection {
  readonly anyMessage = new Signal<this, Kernel.IAnyMessageArgs>(this);

  send(msgId: string, metadata: object, msg_type = 'execute_request'): void {
    this._pass('send', { header: { msg_id: msgId, msg_type }, metadata, channel: 'shell' });
  }

  says(msg_type: string, content: object, parent: string | null): void {
    const header = { msg_id: 'own', msg_type, date: '2026-01-01T00:00:00Z' };
    const parent_header = parent === null ? {} : { msg_id: parent };
    this._pass('recv', { header, parent_header, content, metadata: {}, channel: 'iopub' });
  }

  private _pass(direction: 'send' | 'recv', msg: object): void {
    this.anyMessage.emit({ direction, msg: msg as KernelMessage.IMessage });
  }
}

describe('RunningCell', () => {
  let kernel: Connection;
  let turns: Turn['running'][];
  let watched: RunningCell;

  beforeEach(() => {
    kernel = new Connection();
    turns = [];
    watched = new RunningCell(kernel as unknown as Kernel.IKernelConnection);
    watched.turned.connect((_, turn) => turns.push(turn.running));
  });

  it('tells of a cell from its first message until the kernel is idle again', () => {
    kernel.send('r1', { cellId: 'a' });
    kernel.says('status', { execution_state: 'busy' }, 'r1');
    expect(turns).toEqual([]);
    kernel.says('execute_input', { code: 'x', execution_count: 3 }, 'r1');
    expect(turns).toEqual([
      { cell_id: 'a', execution_count: 3, started_at: '2026-01-01T00:00:00Z' }
    ]);
    kernel.says('stream', { name: 'stdout', text: '' }, 'r1');
    kernel.says('status', { execution_state: 'idle' }, 'r1');
    expect(turns).toHaveLength(2);
    expect(turns[1]).toBeNull();
  });

  it('is not misled by what other requests do meanwhile', () => {
    kernel.send('r1', { cellId: 'a' });
    kernel.send('r2', { cellId: 'b' });
    kernel.send('c1', {}, 'comm_info_request');
    kernel.says('execute_input', { code: 'x', execution_count: 1 }, 'r1');
    kernel.says('status', { execution_state: 'idle' }, 'c1');
    kernel.says('status', { execution_state: 'idle' }, null);
    expect(turns).toHaveLength(1);
    kernel.says('status', { execution_state: 'idle' }, 'r1');
    kernel.says('execute_input', { code: 'y', execution_count: 2 }, 'r2');
    expect(turns.map(one => one?.cell_id)).toEqual(['a', undefined, 'b']);
  });

  it("has no id for another page's cell", () => {
    kernel.says('execute_input', { code: 'x', execution_count: 7 }, 'theirs');
    expect(turns[0]).toMatchObject({ cell_id: null, execution_count: 7 });
  });

  it('is quiet once it is disposed', () => {
    watched.dispose();
    kernel.says('execute_input', { code: 'x', execution_count: 7 }, 'r');
    expect(turns).toEqual([]);
  });
});
