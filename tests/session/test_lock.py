"""A cell waits for no other thread of its kernel where its window opens and closes."""

import os
import subprocess
import sys

import pytest
from benchmarks.syscalls import rapl_tree

# A process of its own, as a kernel is: with no files and children that other tests left.
OPEN_AND_CLOSE = """
import sys
from pathlib import Path
from greenlab.ledger import Ledger
from greenlab.meter import Meter
from greenlab.sensors import Host
from greenlab.session import Session
from tests.turns import Turns

tree = sys.argv[1]
session = Session(Meter(Host(Path(tree) if tree else None)), Ledger())
session.meter.wait()  # it looks at slow counters for a second

def open_and_close():
    session.end_soon(session.begin("cell"), "ok", lambda _: None)

open_and_close()  # the first opens files, and starts the thread for long windows
with Turns() as turns:
    print(turns.during(open_and_close, 100))
session.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system's calls give it up")
@pytest.mark.parametrize("packages", [0, 2])
def test_the_interpreter_s_lock_is_kept(own_ledger, tmp_path, packages, request):
    tree = str(rapl_tree(tmp_path, packages)) if packages else ""
    done = subprocess.run(
        [sys.executable, "-c", OPEN_AND_CLOSE, tree],
        cwd=request.config.rootpath,
        env={**os.environ, "GREENLAB_LEDGER": str(own_ledger)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["0"]
