"""Each way in which the system holds a copy, and how code is run in one."""

import subprocess
import sys
from functools import cache

import pytest

from greenlab.proof import CodeVersion
from greenlab.proof.backends import landlock, mounts
from greenlab.proof.backends.backend import Base
from greenlab.proof.backends.confine import Held
from greenlab.proof.protocol import Terms


def refused(*_):
    raise PermissionError("not on this system")


@cache
def can(way):
    """Whether this system offers it, tried in a process of its own."""
    trial = (
        "import sys, tempfile; from pathlib import Path\n"
        "from greenlab.proof.backends.confine import Held, confine\n"
        "print(confine(Path(tempfile.mkdtemp())).value)"
    )
    done = subprocess.run([sys.executable, "-c", trial], capture_output=True, text=True)
    return bool(Held(int(done.stdout or 0)) & way)


WAYS = {
    "both": Held.BY_MOUNTS | Held.BY_LANDLOCK,
    "mounts": Held.BY_MOUNTS,
    "landlock": Held.BY_LANDLOCK,
    "neither": Held.NOT,
}


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    held = WAYS[request.param]
    if held and not can(held):
        pytest.skip(f"this system has no {request.param}")
    if not held & Held.BY_MOUNTS:
        monkeypatch.setattr(mounts, "enter", refused)
    if not held & Held.BY_LANDLOCK:
        monkeypatch.setattr(landlock, "restrict", refused)
    return held


@pytest.fixture
def run_held(tmp_path):
    """Run source in a copy of this process; the outcome."""
    from greenlab import session
    from greenlab.proof.backends.fork import freeze
    from greenlab.proof.weighed_run import Runner

    def run(source, space, written=(), same=False):
        version = CodeVersion.of(source)
        folder = tmp_path / "proof"
        folder.mkdir()
        runner = Runner((version, version), space, Terms(same=same), session.current().meter)
        bench = freeze(Base(runner, folder, tmp_path, frozenset(written)))
        try:
            return bench.run(0, 20_000, 60)
        finally:
            bench.stop()

    return run
