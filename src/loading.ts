/** Loads the extension in a kernel, silently: no cell, no history, no output. */

import { Kernel } from '@jupyterlab/services';

const LOAD = "get_ipython().run_line_magic('load_ext', 'greenlab')";

// One expression, so that no name is left behind in the user's namespace.
const LOAD_IF_INSTALLED = `__import__('importlib.util').util.find_spec('greenlab') and ${LOAD}`;

export interface Loaded {
  ok: boolean;
  /** True when the kernel's environment has no greenlab. */
  notInstalled: boolean;
  /** The kernel's own words. */
  error: string;
}

/** Load the extension and say how that went. */
export async function load(kernel: Kernel.IKernelConnection): Promise<Loaded> {
  return run(kernel, LOAD);
}

/** Load the extension where it is installed; elsewhere nothing happens. */
export async function loadIfInstalled(kernel: Kernel.IKernelConnection): Promise<void> {
  const result = await run(kernel, LOAD_IF_INSTALLED);
  if (!result.ok) {
    console.warn('greenlab: not loaded:', result.error);
  }
}

async function run(kernel: Kernel.IKernelConnection, code: string): Promise<Loaded> {
  try {
    const future = kernel.requestExecute({
      code,
      silent: true,
      store_history: false,
      allow_stdin: false,
      stop_on_error: false
    });
    const { content } = await future.done;
    if (content.status === 'ok') {
      return { ok: true, notInstalled: false, error: '' };
    }
    const { ename, evalue } = content as { ename?: string; evalue?: string };
    const error = `${ename ?? content.status}: ${evalue ?? ''}`;
    return { ok: false, notInstalled: ename === 'ModuleNotFoundError', error };
  } catch (error) {
    return { ok: false, notInstalled: false, error: String(error) };
  }
}
