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


COMPILED = """
from greenlab import lazy_dataclasses
compiled, make = [], lazy_dataclasses._compiled_init
lazy_dataclasses._compiled_init = lambda cls: compiled.append(cls) or make(cls)
"""

COUNT = """
ours = sum(name.startswith("greenlab") for name in sys.modules)
print(json.dumps([ours, [cls.__name__ for cls in compiled]]))
"""


def test_load_ext_loads_no_more_modules_than_before_and_compiles_few_classes(tmp_path):
    modules, compiled = run(COMPILED + LOAD + COUNT, str(tmp_path))
    assert modules <= 205
    assert {"SensorStatus", "Intensity"} <= compiled
    assert len(compiled) <= 20  # of some ninety


def times_numpy(script, home):
    """Processor time as a multiple of what importing numpy takes here and now: best of five."""
    pairs = [(run(script, home)[0], run(NUMPY, home)[0]) for _ in range(5)]
    return min(ours for ours, _ in pairs) / min(numpys for _, numpys in pairs)


def test_import_is_quick(tmp_path):
    # A twentieth of numpy's import; the aim is half of it.
    assert times_numpy(IMPORT, str(tmp_path)) < 0.3


def test_load_ext_is_quick(tmp_path):
    # Here it is compiled, which takes twice as long; the aim is 100 ms where it is not.
    assert times_numpy(LOAD, str(tmp_path)) < 4.0
