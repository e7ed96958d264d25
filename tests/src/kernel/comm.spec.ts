import { Kernel } from '@jupyterlab/services';

import { AGAIN, Link, LinkState, SOON } from '../../../src/kernel/comm';
import { FromKernel, FromPage } from '../../../src/types';
import { FakeKernel, settled } from '../kernel';
import { power, state } from '../make';

const hello = { type: 'hello', zone: '', live_power: true, notebook: 'n.ipynb' } as const;
const full = state([]);

describe('Link', () => {
  let kernel: FakeKernel;
  let link: Link;
  let heard: FromKernel[];
  let states: LinkState[];

  const make = (): void => {
    const connection = kernel as unknown as Kernel.IKernelConnection;
    link = new Link(connection, () => hello as FromPage);
    link.received.connect((_, message) => heard.push(message));
    link.stateChanged.connect((_, now) => states.push(now));
  };

  /** The kernel answers the opening with its state. */
  const attached = async (): Promise<void> => {
    kernel.known.resolve({});
    await settled();
    kernel.comm.hears(full);
    kernel.comm.handled.resolve();
    await settled();
  };

  beforeEach(() => {
    jest.useFakeTimers();
    kernel = new FakeKernel();
    heard = [];
    states = [];
    make();
  });

  afterEach(() => {
    link.dispose();
    jest.useRealTimers();
  });

  it('says hello as it opens, and has the state in one step', async () => {
    await attached();
    expect(kernel.comms).toHaveLength(1);
    expect(kernel.comm.opened).toEqual(hello);
    expect([link.state, heard, kernel.comm.sent]).toEqual(['open', [full], []]);
  });

  it('says hello once more to a kernel that did not read the first', async () => {
    kernel.known.resolve({});
    await settled();
    kernel.comm.handled.resolve();
    await settled();
    expect([link.state, kernel.comm.sent]).toEqual(['open', [hello]]);
  });

  it('finds that the extension is absent, and takes up what it opens later', async () => {
    kernel.known.resolve({});
    await settled();
    kernel.comm.ends();
    kernel.comm.handled.resolve();
    await settled();
    expect(link.state).toBe('absent');
    const comm = kernel.opens(full);
    await settled();
    expect([link.state, heard, comm.sent]).toEqual(['open', [full], [hello]]);
  });

  it('waits for a comm to have its subshell, where there are any', async () => {
    kernel.supportsSubshells = true;
    kernel.known.resolve({});
    await settled();
    expect(kernel.comm.opened).toBeNull();
    kernel.comm.subshell.resolve();
    await settled();
    expect(kernel.comm.opened).toEqual(hello);
  });

  it('does without a subshell that never comes', async () => {
    kernel.supportsSubshells = true;
    kernel.known.resolve({});
    await settled();
    jest.advanceTimersByTime(SOON);
    await settled();
    expect(kernel.comm.opened).toEqual(hello);
  });

  it('hears a busy kernel on comms of others until it has one', async () => {
    jest.advanceTimersByTime(SOON);
    expect(link.state).toBe('waiting');
    const brief = { type: 'brief', state: full };
    kernel.overhears(brief);
    kernel.overhears(power(40));
    kernel.overhears({ type: 'recorded' });
    kernel.overhears(null);
    expect(heard).toEqual([brief, power(40)]);
    await attached();
    kernel.overhears(brief);
    expect(heard).toEqual([brief, power(40), full]);
  });

  it('is not misled by an answer that comes after a restart', async () => {
    kernel.known.resolve({});
    await settled();
    const old = kernel.comm;
    kernel.becomes('restarting');
    old.hears(full);
    old.handled.resolve();
    await settled();
    expect([link.state, heard, old.isDisposed]).toEqual(['asking', [], true]);
  });

  it('attaches again once a restarted kernel lives', async () => {
    await attached();
    kernel.becomes('restarting');
    kernel.becomes('starting');
    await settled();
    expect(kernel.comms).toHaveLength(1);
    kernel.becomes('busy');
    await settled();
    expect(kernel.comms).toHaveLength(2);
    expect(kernel.comm.opened).toEqual(hello);
    kernel.becomes('idle');
    await settled();
    expect(kernel.comms).toHaveLength(2);
  });

  it('keeps the comm that the kernel opens while it asks for one', async () => {
    kernel.known.resolve({});
    await settled();
    const mine = kernel.comm;
    const theirs = kernel.opens(full);
    mine.ends();
    mine.handled.resolve();
    await settled();
    expect(link.state).toBe('open');
    link.send({ type: 'stop_proof', id: 'a' });
    expect(theirs.sent.map(one => one.type)).toEqual(['hello', 'stop_proof']);
  });

  it('asks for everything again once the connection is back', async () => {
    await attached();
    kernel.connects('connecting');
    kernel.connects('connected');
    expect(kernel.comm.sent).toEqual([hello]);
    link.refresh();
    expect(kernel.comm.sent).toEqual([hello, hello]);
  });

  it('is absent after the extension was unloaded, and asks no more', async () => {
    await attached();
    kernel.comm.hears({ type: 'unloaded' });
    kernel.comm.ends();
    jest.advanceTimersByTime(2 * AGAIN);
    await settled();
    expect([link.state, kernel.comms.length]).toEqual(['absent', 1]);
  });

  it('opens another comm for one that the kernel dropped without a word', async () => {
    await attached();
    kernel.comm.ends();
    expect(link.state).toBe('absent');
    jest.advanceTimersByTime(AGAIN);
    await settled();
    expect(kernel.comms).toHaveLength(2);
  });

  it('passes over garbage', async () => {
    await attached();
    for (const garbage of [null, 3, 'state', [], {}, { type: 3 }, { type: ['state'] }]) {
      kernel.comm.hears(garbage);
    }
    expect(heard).toEqual([full]);
    expect(link.state).toBe('open');
  });

  it("closes its own comm when it goes, and not the kernel's, which others have", async () => {
    await attached();
    const mine = kernel.comm;
    const theirs = kernel.opens(full);
    expect([mine.closed, theirs.closed]).toEqual([true, false]);
    link.dispose();
    expect([theirs.closed, theirs.isDisposed, kernel.target]).toEqual([false, true, null]);
  });

  it('closes its comm with the page', async () => {
    await attached();
    window.dispatchEvent(new Event('pagehide'));
    expect(kernel.comm.closed).toBe(true);
  });

  it('survives a kernel that dies while it asks', async () => {
    const quiet = jest.spyOn(console, 'debug').mockImplementation(() => undefined);
    kernel.known.reject(new Error('dead'));
    kernel.becomes('dead');
    await settled();
    expect([link.state, states]).toEqual(['asking', []]);
    quiet.mockRestore();
  });
});
