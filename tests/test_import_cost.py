"""`import greenlab` and `%load_ext greenlab` load nothing heavy and take little time."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = {"codecarbon", "pandas", "plotly", "torch", "libcst", "ipywidgets", "sklearn"}
FRONT_ENDS = {"IPython", "ipykernel", "nbclient", "jupyterlab", "numpy", "pynvml", "psutil"}

IMPORT = """
import json, sys, time
before = set(sys.modules)
start = time.process_time()
import greenlab
seconds = time.process_time() - start
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps([seconds, sorted(loaded)]))
"""

NUMPY = """
import json, time
start = time.process_time()
import numpy
print(json.dumps([time.process_time() - start, []]))
"""

LOAD = """
import json, sys, time
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
before = set(sys.modules)
start = time.process_time()
shell.extension_manager.load_extension("greenlab")
seconds = time.process_time() - start
assert "energy" in shell.magics_manager.magics["cell"]
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps([seconds, sorted(loaded)]))
"""


def run(script: str, home: str) -> tuple[float, set[str]]:
    """The seconds and the top-level modules that a script in a fresh process reports."""
    out = subprocess.run(
        [sys.executable, "-c", script],
        env=_environment(home),
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    seconds, loaded = json.loads(out.splitlines()[-1])
    return seconds, set(loaded)


def _environment(home: str) -> dict[str, str]:
    import os

    return {**os.environ, "IPYTHONDIR": home, "GREENLAB_LEDGER": f"{home}/ledger.sqlite"}


def test_import_loads_nothing_heavy(tmp_path):
    _, loaded = run(IMPORT, str(tmp_path))
    assert "greenlab" in loaded
    assert not loaded & (HEAVY | FRONT_ENDS)


def test_load_ext_loads_nothing_heavy(tmp_path):
    _, loaded = run(LOAD, str(tmp_path))
    assert "greenlab" in loaded
    assert not loaded & HEAVY


def times_numpy(script, home):
    """Processor time as a multiple of what importing numpy takes here and now: best of five."""
    pairs = [(run(script, home)[0], run(NUMPY, home)[0]) for _ in range(5)]
    return min(ours for ours, _ in pairs) / min(numpys for _, numpys in pairs)


def test_import_is_quick(tmp_path):
    # The aim is 40 ms, about half of numpy's import.
    assert times_numpy(IMPORT, str(tmp_path)) < 1.0


def test_load_ext_is_quick(tmp_path):
    # The aim is 100 ms.
    assert times_numpy(LOAD, str(tmp_path)) < 6.0
