import { ISessionContext } from '@jupyterlab/apputils';
import { NotebookPanel } from '@jupyterlab/notebook';
import { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

import { MANY } from '../../../src/model/state';
import { GRACE, NotebookSession } from '../../../src/kernel/notebookSession';
import { Phase } from '../../../src/kernel/phase';
import { DEFAULTS, LiveSettings, Settings } from '../../../src/model/settings';
import { FakeKernel, settled } from '../kernel';
import { power, record, running, state, totals } from '../make';

/** A notebook whose kernel comes, restarts and goes as the test says. */
class Notebook {
  readonly kernelChanged = new Signal<this, object>(this);
  readonly statusChanged = new Signal<this, Kernel.Status>(this);
  readonly pathChanged = new Signal<this, string>(this);
  readonly cells: { id: string; sharedModel: { getSource(): string } }[] = [];

  session: { kernel: FakeKernel | null } | null = null;
  isReady = false;
  hasNoKernel = true;
  localPath = 'folder/n.ipynb';

  get panel(): NotebookPanel {
    const cells = Object.assign(this.cells, {
      get: (index: number) => this.cells[index]
    });
    return {
      sessionContext: this as unknown as ISessionContext,
      content: { model: { cells } },
      context: {
        ready: Promise.resolve(),
        pathChanged: this.pathChanged,
        localPath: this.localPath
      }
    } as unknown as NotebookPanel;
  }

  hasCell(id: string, source: string): void {
    this.cells.push({ id, sharedModel: { getSource: () => source } });
  }

  gets(kernel: FakeKernel | null): void {
    kernel?.statusChanged.connect((_, status) => this.statusChanged.emit(status));
    this.session = { kernel };
    this.isReady = kernel !== null;
    this.hasNoKernel = kernel === null;
    this.kernelChanged.emit({ newValue: kernel });
  }
}

class Changing extends LiveSettings {
  now: Settings = DEFAULTS;

  override get current(): Settings {
    return this.now;
  }

  becomes(part: Partial<Settings>): void {
    this.now = { ...this.now, ...part };
    (this.changed as Signal<this, Settings>).emit(this.now);
  }
}

describe('NotebookSession', () => {
  let notebook: Notebook;
  let settings: Changing;
  let session: NotebookSession;
  let kernel: FakeKernel;
  const phases = (): Phase => session.phase;

  const open = async (before: Partial<Settings> = {}): Promise<void> => {
    settings.now = { ...DEFAULTS, ...before };
    session = new NotebookSession(notebook.panel, settings);
    await settled();
  };

  const gets = async (next: FakeKernel): Promise<void> => {
    kernel = next;
    notebook.gets(next);
    next.known.resolve({});
    await settled();
  };

  /** The kernel has the extension, and says what it knows. */
  const loaded = async (message: object = state([])): Promise<void> => {
    kernel.opens(message);
    await settled();
  };

  const refuses = async (): Promise<void> => {
    kernel.comm.ends();
    kernel.comm.handled.resolve();
    await settled();
  };

  const restarts = async (): Promise<void> => {
    kernel.becomes('restarting');
    jest.advanceTimersByTime(1);
    kernel.becomes('starting');
    kernel.becomes('idle');
    notebook.kernelChanged.emit({ newValue: kernel });
    await settled();
  };

  beforeEach(() => {
    jest.useFakeTimers();
    notebook = new Notebook();
    settings = new Changing();
    kernel = new FakeKernel();
  });

  afterEach(() => {
    session.dispose();
    jest.useRealTimers();
  });

  it('goes from no kernel to a loaded one', async () => {
    await open();
    expect(phases()).toBe('undecided');
    await gets(new FakeKernel());
    expect(phases()).toBe('asking');
    await refuses();
    expect(phases()).toBe('not-loaded');
    await loaded();
    expect(phases()).toBe('loaded');
    kernel.becomes('dead');
    expect(phases()).toBe('dead');
  });

  it('says that there is no kernel where none was chosen', async () => {
    await open();
    jest.advanceTimersByTime(GRACE - 1);
    expect(phases()).toBe('undecided');
    jest.advanceTimersByTime(1);
    expect(phases()).toBe('no-kernel');
    await gets(new FakeKernel());
    expect(phases()).toBe('asking');
  });

  it('still waits for a kernel that JupyterLab is about to start', async () => {
    notebook.hasNoKernel = false;
    await open();
    expect(phases()).toBe('starting');
    jest.advanceTimersByTime(GRACE);
    expect(phases()).toBe('starting');
  });

  it('asks nothing of a kernel of another language', async () => {
    await open({ autoLoad: true });
    await gets(new FakeKernel('R'));
    expect([phases(), kernel.comms.length, kernel.executed.length]).toEqual([
      'other-language',
      0,
      0
    ]);
  });

  it('tells the kernel its settings and where the notebook lies, and each change', async () => {
    await open({ zone: 'FR' });
    await gets(new FakeKernel());
    expect(kernel.comm.opened).toEqual({
      type: 'hello',
      zone: 'FR',
      live_power: true,
      sample_lines: true,
      notebook: 'folder/n.ipynb'
    });
    await loaded();
    settings.becomes({ unit: 'Wh' });
    settings.becomes({ zone: 'DE' });
    const { sent } = kernel.comm;
    expect(sent.slice(1)).toEqual([
      { type: 'configure', zone: 'DE', live_power: true, sample_lines: true }
    ]);
    notebook.pathChanged.emit('new.ipynb');
    expect(sent[2]).toEqual({ type: 'renamed', notebook: 'folder/n.ipynb' });
  });

  it('loads the extension before anything else, once, where every kernel shall have it', async () => {
    await open({ autoLoad: true });
    await gets(new FakeKernel());
    expect(kernel.executed).toHaveLength(1);
    await refuses();
    expect(kernel.executed).toHaveLength(1);
    await loaded();
    await restarts();
    expect(kernel.executed).toHaveLength(2);
  });

  it('loads it once the settings are read, if that is later', async () => {
    await open();
    await gets(new FakeKernel());
    await refuses();
    expect(kernel.executed).toHaveLength(0);
    settings.becomes({ autoLoad: true });
    expect(kernel.executed).toHaveLength(1);
  });

  it('loads it again after each restart once the user has asked for it', async () => {
    await open();
    await gets(new FakeKernel());
    await session.load();
    expect(kernel.executed).toHaveLength(1);
    await loaded();
    await restarts();
    await restarts();
    expect(kernel.executed).toHaveLength(3);
    await loaded();
    kernel.comm.hears({ type: 'unloaded' });
    await restarts();
    expect(kernel.executed).toHaveLength(3);
  });

  it('knows from the kernel that another page has loaded it', async () => {
    await open();
    await gets(new FakeKernel());
    await loaded(state([], { loaded_by_page: true }));
    await restarts();
    expect(kernel.executed).toHaveLength(1);
  });

  it('leaves loading to the cells where a cell did it', async () => {
    await open();
    await gets(new FakeKernel());
    await loaded();
    await restarts();
    expect(kernel.executed).toHaveLength(0);
  });

  it('says why it could not be loaded, and tries no more', async () => {
    await open();
    await gets(new FakeKernel());
    kernel.reply = { status: 'error', ename: 'ModuleNotFoundError', evalue: 'greenlab' };
    await session.load();
    expect(session.loadError).toMatchObject({ ok: false, notInstalled: true });
    await restarts();
    expect(kernel.executed).toHaveLength(1);
    expect(session.loadError).toBeNull();
  });

  it('empties when the kernel restarts and fills again', async () => {
    await open();
    await gets(new FakeKernel());
    await loaded(state([record(10)]));
    kernel.becomes('restarting');
    expect([phases(), session.data]).toEqual(['restarting', null]);
    kernel.becomes('idle');
    await settled();
    expect(phases()).toBe('asking');
    kernel.comm.hears(state([]));
    expect(session.data!.records).toEqual([]);
  });

  it('shows what is overheard of a busy kernel, then the whole', async () => {
    await open();
    kernel.status = 'busy';
    notebook.gets(kernel);
    await settled();
    jest.advanceTimersByTime(2000);
    expect(phases()).toBe('busy');
    const cell = record(5);
    const part = state([], { running: running(cell), totals: totals([cell]) });
    kernel.overhears({ type: 'brief', state: part });
    kernel.overhears(power(40));
    expect([phases(), session.data!.power.length, session.data!.brief]).toEqual([
      'loaded',
      1,
      true
    ]);
    kernel.known.resolve({});
    await settled();
    kernel.comm.hears(state([cell]));
    expect([session.data!.records.length, session.data!.brief]).toEqual([1, false]);
  });

  it('sees for itself which cell runs, and names cells that go later', async () => {
    notebook.hasCell('a', '# load\nx = load()\n');
    await open();
    await gets(new FakeKernel());
    kernel.runs(3, 'a');
    expect(session.running).toMatchObject({ cell_id: 'a', execution_count: 3 });
    notebook.cells.length = 0;
    expect(session.names.get('a')).toBe('x = load()');
  });

  it('has old records summed up by the kernel when there are many', async () => {
    const many = Array.from({ length: MANY - 1 }, () => record(1));
    await open();
    await gets(new FakeKernel());
    await loaded(state(many));
    const asked = () => kernel.comm.sent.filter(one => one.type === 'hello').length;
    const before = asked();
    const more = () => ({
      type: 'recorded',
      record: record(1),
      totals: totals(many),
      edited: null
    });
    kernel.comm.hears(more());
    kernel.comm.hears(more());
    expect(asked()).toBe(before + 1);
    kernel.comm.hears(state(many.slice(-100), { older: MANY - 99 }));
    kernel.comm.hears(more());
    expect(asked()).toBe(before + 1);
  });

  it('is not harmed by garbage', async () => {
    const quiet = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    await open();
    await gets(new FakeKernel());
    await loaded(state([record(10)]));
    const before = session.data;
    for (const garbage of [
      null,
      { type: 'state' },
      { type: 'state', records: 3, totals: {} },
      { type: 'brief', state: {} },
      { type: 'recorded', record: null, totals: null },
      { ...state([]), records: {} },
      { type: 'power' },
      { type: 'a newer one', records: [] }
    ]) {
      kernel.comm.hears(garbage);
    }
    expect(session.data).toBe(before);
    quiet.mockRestore();
  });

  it('lets the old kernel go when another one is chosen, and all when it closes', async () => {
    await open();
    await gets(new FakeKernel());
    await loaded();
    const old = kernel;
    await gets(new FakeKernel());
    expect(old.target).toBeNull();
    expect([phases(), session.data]).toEqual(['asking', null]);
    notebook.gets(null);
    expect(phases()).toBe('no-kernel');
    session.dispose();
    expect(kernel.target).toBeNull();
  });
});
