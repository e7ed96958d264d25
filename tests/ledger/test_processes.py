"""Threads, forks, kernels at once, and a kernel that is killed."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading

from greenlab.ledger import Ledger

from .conftest import record


def intact(path):
    connection = sqlite3.connect(path)
    (answer,) = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    return answer == "ok"


def test_threads_write_at_once(ledger, path):
    def write():
        for _ in range(25):
            ledger.add(record())

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ledger.records()) == 100
    assert intact(path)


WRITER = textwrap.dedent("""
    import sys
    from pathlib import Path
    from greenlab.ledger import Ledger
    from tests.ledger.conftest import record
    ledger = Ledger(Path(sys.argv[1]))
    for i in range(int(sys.argv[3])):
        ledger.add(record(id=f"{sys.argv[2]}-{i}", kernel_id=sys.argv[2]))
        print(i, flush=True)
    assert ledger.warning is None, ledger.warning
""")


def writer(path, name, count):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_kernels_create_and_write_one_file_at_once(path):
    kernels = [writer(path, name, 40) for name in ("a", "b", "c")]
    for kernel in kernels:
        kernel.communicate(timeout=180)
        assert kernel.returncode == 0
    ledger = Ledger(path)
    for name in ("a", "b", "c"):
        assert len(ledger.records(kernel_id=name)) == 40
    ledger.close()
    assert intact(path)


def test_a_killed_kernel_loses_no_finished_record(path):
    kernel = writer(path, "killed", 1_000_000)
    finished = [kernel.stdout.readline() for _ in range(50)]
    kernel.send_signal(signal.SIGKILL)
    finished += kernel.stdout.read().splitlines()
    kernel.stdout.close()
    kernel.wait(timeout=180)
    ledger = Ledger(path)
    found = {each.id for each in ledger.records()}
    assert {f"killed-{i}" for i in range(len(finished))} <= found
    assert ledger.warning is None
    ledger.add(record())
    ledger.close()
    assert intact(path)


def test_a_fork_gets_its_own_connection(path):
    """Also when another thread holds the lock while the process forks."""
    script = textwrap.dedent("""
        import os, sys, threading
        from pathlib import Path
        from greenlab.ledger import Ledger
        from tests.ledger.conftest import record
        ledger = Ledger(Path(sys.argv[1]))
        ledger.add(record(id="parent-1"))
        held, done = threading.Event(), threading.Event()
        def hold():
            with ledger._lock:
                held.set()
                done.wait()
        threading.Thread(target=hold).start()
        held.wait()
        child = os.fork()
        if child == 0:
            ledger.add(record(id="child-1"))
            ledger.close()
            sys.exit(0)
        done.set()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        ledger.add(record(id="parent-2"))
        assert {r.id for r in ledger.records()} == {"parent-1", "child-1", "parent-2"}
        silent = os.fork()
        if silent == 0:
            sys.exit(0)
        os.waitpid(silent, 0)
        ledger.add(record(id="parent-3"))
        assert ledger.warning is None
    """)
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", script, str(path)],
        timeout=180,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert intact(path)
    assert os.path.exists(path)


def held(path):
    """How many records are in the file: among the others, or pending, as a process's last ones
    may be when another one closes the file in that moment.
    """
    ids = "SELECT id FROM record UNION SELECT id FROM pending"
    with sqlite3.connect(path) as connection:
        (count,) = connection.execute(f"SELECT count(*) FROM ({ids})").fetchone()
    connection.close()
    return count


def test_a_process_that_opens_and_closes_the_file_itself_loses_nothing(
    ledger, path, monkeypatch
):
    """Closing it drops the process's locks: the next to close takes itself for the last."""
    from greenlab.cli import main

    monkeypatch.setenv("GREENLAB_LEDGER", str(path))
    kernels, own = 12, 0
    for number in range(kernels):
        kernel = writer(path, f"kernel-{number}", 5)
        while kernel.poll() is None:
            ledger.add(record(kernel_id="this"))
            own += 1
            path.open("rb").close()
            if number % 4 == 0:
                main(["report"])
        assert kernel.returncode == 0, kernel.communicate()[1]
        kernel.stdout.close()
    assert ledger.warning is None
    ledger.close()
    assert held(path) == 5 * kernels + own
    assert intact(path)


def test_forked_children_and_their_parent_write_at_once(path):
    script = textwrap.dedent("""
        import os, sys
        from pathlib import Path
        from greenlab.ledger import Ledger
        from tests.ledger.conftest import record
        ledger = Ledger(Path(sys.argv[1]))
        children = []
        for child in range(6):
            for number in range(10):
                ledger.add(record(id=f"before-{child}-{number}"))
            children.append(os.fork())
            if children[-1] == 0:
                for number in range(40):
                    ledger.add(record(id=f"child-{child}-{number}"))
                if child % 2:
                    ledger.close()
                os._exit(0 if ledger.warning is None else 1)
        for number in range(150):
            ledger.add(record(id=f"meanwhile-{number}"))
        assert not any(os.waitpid(child, 0)[1] for child in children)
        for number in range(20):
            ledger.add(record(id=f"after-{number}"))
        assert ledger.warning is None, ledger.warning
        assert len(ledger.records()) == 6 * 50 + 170
    """)
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", script, str(path)],
        timeout=120,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert held(path) == 6 * 50 + 170
    assert intact(path)
