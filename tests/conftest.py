"""Nothing a test does reaches the user's own ledger, calibration or settings."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests.notebook_cells import Notebook
from tests.speed import is_unwanted, markers_of

# Threads of OpenMP wait for each other by spinning: beside other work, small data then takes
# ten times as long, and what is slower is a matter of luck. Read when a library is loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# jsonschema would load it with nbformat: it builds a grammar for seconds that no test asks for.
sys.modules.setdefault("rfc3987_syntax", None)

settings.register_profile("greenlab", deadline=None)  # a busy machine is no failure
settings.load_profile("greenlab")


HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path, config):
    """Import no file whose tests are not wanted anyway."""
    if collection_path.suffix != ".py" or not collection_path.name.startswith("test_"):
        return None
    path = collection_path.relative_to(HERE).as_posix()
    return True if is_unwanted(path, config.option.markexpr) else None


def pytest_collection_modifyitems(items):
    """Mark what takes long, see `tests/speed.py`."""
    for item in items:
        for name in markers_of(item.path.relative_to(HERE).as_posix()):
            item.add_marker(name)


@pytest.fixture(autouse=True)
def own_ledger(tmp_path, monkeypatch):
    """Each test has a ledger and a calibration of its own, and so have the kernels it starts."""
    monkeypatch.setenv("GREENLAB_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("GREENLAB_CALIBRATION", str(tmp_path / "calibration.json"))
    # The JupyterLab of whoever runs the tests may have settings of greenlab.
    monkeypatch.setenv("JUPYTERLAB_SETTINGS_DIR", str(tmp_path / "lab"))
    for name in ("GREENLAB_ZONE", "GREENLAB_PUE", "GREENLAB_SYSROOT", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def no_gc():
    """Nothing is collected meanwhile: an interrupt in a finaliser of what other tests left would
    get lost, and files that are closed there give up the interpreter's lock.
    """
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def notebook():
    """A notebook whose cells run one after the other, without a kernel."""
    one = Notebook()
    yield one
    one.close()
