"""A cell waits for no other thread of its kernel where its window opens and closes."""

import gc
import sys

import pytest
from benchmarks.syscalls import rapl_tree

from greenlab.ledger import Ledger
from greenlab.meter import Meter
from greenlab.sensors import Host
from greenlab.session import Session
from tests.turns import Turns


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system's calls give it up")
@pytest.mark.parametrize("packages", [0, 2])
def test_the_interpreter_s_lock_is_kept(own_ledger, tmp_path, packages):
    host = Host(rapl_tree(tmp_path, packages) if packages else None)
    session = Session(Meter(host), Ledger(own_ledger))
    session.meter.wait()  # it looks at slow counters for a second

    def open_and_close():
        session.end_soon(session.begin("cell"), "ok", lambda _: None)

    open_and_close()  # the first opens files, and starts the thread for long windows
    gc.collect()  # what other tests left closes its files when it goes
    with Turns() as turns:
        # Hundreds where each reading gives it up; children that other tests left cost a few.
        assert turns.during(open_and_close, 100) < 20
    session.close()
