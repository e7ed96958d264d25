/** Loads the extension in a kernel, silently: no cell, no history, no output. */

import { Kernel } from '@jupyterlab/services';

/**
 * Nothing of the working folder is run by this: the user asked for greenlab, not for a file of
 * that name that came with somebody's notebooks. The working folder stands first in a kernel's
 * `sys.path`; while greenlab is found and imported it is taken off, so that neither it nor what
 * it imports is looked for there. Whoever develops greenlab works in the folder that their
 * environment's installation points to: then it is looked at, after everything else.
 */
const LOAD = String.raw`
import os, sys

def _working(entry):
    try:
        return not os.path.isabs(entry) or os.path.samefile(entry, ".")
    except OSError:
        return False

def _is_developed_here():
    import json
    from importlib.metadata import distributions
    from urllib.parse import urlsplit
    from urllib.request import url2pathname
    for found in distributions(name="jupyterlab-greenlab"):
        origin = json.loads(found.read_text("direct_url.json") or "{}")
        if origin.get("dir_info", {}).get("editable"):
            if _working(url2pathname(urlsplit(origin["url"]).path)):
                return True
    return False

def _find():
    from importlib.util import find_spec
    known = sys.modules.get("greenlab")
    spec = known.__spec__ if known is not None else find_spec("greenlab")
    origin = getattr(spec, "origin", None)
    if origin and known is not None and not _here:
        package = spec.submodule_search_locations
        if _working(os.path.dirname(package[0] if package else origin)):
            raise ImportError("a file of the working folder has the name greenlab: " + origin)
    return origin

_path = sys.path[:]
try:
    sys.path[:] = [one for one in _path if not _working(one)]
    _here = _is_developed_here()
    if _here:
        sys.path.append(os.getcwd())
    if _find():
        _shell.run_line_magic("load_ext", "greenlab")
    elif _needed:
        raise ModuleNotFoundError("No module named 'greenlab'", name="greenlab")
finally:
    sys.path[:] = _path
`;

/** One expression with names of its own, so that none is left in the user's namespace. */
export function loadCode(needed: boolean): string {
  const flag = needed ? 'True' : 'False';
  return `exec(${JSON.stringify(LOAD)}, {'_shell': get_ipython(), '_needed': ${flag}})`;
}

export interface Loaded {
  ok: boolean;
  /** True when the kernel's environment has no greenlab. */
  notInstalled: boolean;
  /** The kernel's own words. */
  error: string;
}

/** Load the extension and say how that went. */
export async function load(kernel: Kernel.IKernelConnection): Promise<Loaded> {
  return run(kernel, loadCode(true));
}

/** Load the extension where it is installed; elsewhere nothing happens. */
export async function loadIfInstalled(kernel: Kernel.IKernelConnection): Promise<void> {
  const result = await run(kernel, loadCode(false));
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
