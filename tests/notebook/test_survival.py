"""What the ledger keeps when kernels die, fork and crowd."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import closing

import pytest

from greenlab.ledger import Ledger
from tests.notebook.kernel import Kernel


def kill(kernel):
    os.kill(kernel.manager.provisioner.pid, signal.SIGKILL)
    kernel.manager.provisioner.process.wait(180)


def stored(path):
    ledger = Ledger(path)
    assert ledger.warning is None
    records = ledger.records()
    ledger.close()
    return records


def test_killed_between_cells(kernel):
    kernel.run("%load_ext greenlab")
    for number in range(5):
        kernel.run(f"x = {number}", cell_id=f"c{number}")
    kernel.sync()  # a record is written before anything else is answered
    kill(kernel)
    assert [record.cell_id for record in stored(kernel.ledger)] == [
        "c0",
        "c1",
        "c2",
        "c3",
        "c4",
    ]


def test_an_idle_kernel_leaves_nothing_pending(kernel):
    """Its latest records are among the others without anybody asking for them."""
    kernel.run("%load_ext greenlab")
    kernel.run("x = 1", cell_id="c")
    kernel.sync()
    deadline = time.monotonic() + 180
    while counts(kernel.ledger) != (0, 1) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert counts(kernel.ledger) == (0, 1)
    kernel.run("x = 2", cell_id="d")
    kernel.sync()
    kill(kernel)
    found = [record.cell_id for record in stored(kernel.ledger) if record.kind == "cell"]
    assert found == ["c", "d"]
    with closing(Ledger(kernel.ledger)) as ledger:  # the next process that writes
        ledger.add(ledger.records()[-1])
    assert counts(kernel.ledger)[0] == 0


def counts(path):
    """How many records are pending, and how many are where they belong."""
    with closing(sqlite3.connect(path)) as file:
        query = "SELECT (SELECT count(*) FROM pending), (SELECT count(*) FROM record)"
        return file.execute(query).fetchone()


def test_killed_during_a_cell(kernel):
    kernel.run("%load_ext greenlab")
    kernel.run("x = 0", cell_id="done")
    kernel.send("import time; time.sleep(30)", cell_id="never")
    time.sleep(1)
    kill(kernel)
    assert [record.cell_id for record in stored(kernel.ledger)] == ["done"]


def test_a_cell_that_kills_its_own_kernel(kernel):
    kernel.run("%load_ext greenlab")
    kernel.run("x = 0", cell_id="done")
    kernel.send("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", cell_id="never")
    kernel.manager.provisioner.process.wait(180)
    assert [record.cell_id for record in stored(kernel.ledger)] == ["done"]


def test_kernels_write_at_once(own_ledger):
    kernels = [Kernel(dict(os.environ)) for _ in range(2)]
    try:
        for kernel in kernels:
            kernel.run("%load_ext greenlab")
        for _ in range(10):
            sent = [kernel.send("pass") for kernel in kernels]
            for kernel, message in zip(kernels, sent, strict=True):
                kernel.wait(message)
        for kernel in kernels:
            kernel.sync()  # the last record is written after its reply
    finally:
        for kernel in kernels:
            kernel.stop()
    records = stored(own_ledger)
    assert len(records) == 20
    assert len({record.kernel_id for record in records}) == 2


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_fork_in_a_cell_is_one_record(kernel):
    kernel.run("%load_ext greenlab")
    reply = kernel.run(
        "import os\npid = os.fork()\n"
        "if pid == 0:\n    sum(range(10**6)); os._exit(0)\n"
        "os.waitpid(pid, 0)[1]",
        cell_id="forked",
    )
    assert reply.value == "0"
    kernel.run("pass", cell_id="after")
    kernel.sync()
    assert [record.cell_id for record in stored(kernel.ledger)] == ["forked", "after"]


def test_an_unwritable_ledger_is_said_once_and_cells_go_on(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    kernel = Kernel(dict(os.environ, GREENLAB_LEDGER=str(blocked / "ledger.sqlite")))
    try:
        loaded = kernel.run("%load_ext greenlab")
        assert loaded.status == "ok"
        assert loaded.text.count("greenlab: ") == 1
        assert str(blocked) in loaded.text
        reply = kernel.run("1 + 1")
        assert (reply.value, reply.text) == ("2", "")
        assert len(kernel.records()) == 1
        status = kernel.run("%greenlab status").text
        assert str(blocked) in status
        assert blocked.read_text() == "not a folder"
    finally:
        kernel.stop()
