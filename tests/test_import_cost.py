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
start = time.perf_counter()
import greenlab
seconds = time.perf_counter() - start
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps([seconds, sorted(loaded)]))
"""

LOAD = """
import json, sys, time
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
before = set(sys.modules)
start = time.perf_counter()
shell.extension_manager.load_extension("greenlab")
seconds = time.perf_counter() - start
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


def test_import_is_quick(tmp_path):
    # The aim is 40 ms; the bound leaves room for a machine that is busy with other tests.
    assert min(run(IMPORT, str(tmp_path))[0] for _ in range(5)) < 0.1


def test_load_ext_is_quick(tmp_path):
    # The aim is 100 ms.
    assert min(run(LOAD, str(tmp_path))[0] for _ in range(5)) < 0.25
