"""The user's own code opens and closes the ledger's file, which drops the locks of the process."""

import os
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

from greenlab.ledger import Ledger, file_lock
from greenlab.ledger.file_identity import number

from .conftest import record
from .test_exchanged import add, ids, other_kernel
from .test_processes import intact


def log(path):
    return os.stat(f"{path}-wal").st_ino


@pytest.mark.parametrize("use", [Ledger.records, Ledger.totals, Ledger.verdicts, add])
def test_the_log_stays_while_the_ledger_is_in_use(ledger, path, use):
    held, before = add(ledger), log(path)
    path.open("rb").close()
    use(ledger)
    assert other_kernel(path) >= held
    assert log(path) == before


def test_a_second_ledger_of_the_process_takes_no_lock_away(ledger, path):
    held, before = add(ledger), log(path)
    with closing(Ledger(path)) as second:
        held |= add(second)
    assert other_kernel(path) == held
    assert log(path) == before


def test_a_closed_ledger_keeps_no_lock_and_no_file_open(ledger, path):
    held = add(ledger)
    assert number(path) in file_lock._locks
    ledger.close()
    assert number(path) not in file_lock._locks
    assert other_kernel(path) == held
    assert not Path(f"{path}-wal").exists()


def test_a_second_ledger_does_not_use_a_log_that_was_taken_away(ledger, path):
    """Of a first one that was not asked since."""
    held = add(ledger, 3)
    path.open("rb").close()
    held |= other_kernel(path, "other-1")  # takes itself for the last
    with closing(Ledger(path)) as second:
        held |= add(second, 3)
        assert ids(second) >= held - ids(ledger)
        held |= add(ledger)
        assert second.warning is ledger.warning is None
    assert ids(ledger) == held
    assert other_kernel(path) == held
    ledger.close()
    assert intact(path)


COMES_AND_GOES = textwrap.dedent("""
    import sys
    from contextlib import closing
    from pathlib import Path
    from greenlab.ledger import Ledger
    from tests.ledger.conftest import record
    for number in range(100):
        with closing(Ledger(Path(sys.argv[1]))) as ledger:
            ledger.add(record(id=f"other-{number}"))
            assert ledger.warning is None, ledger.warning
""")


def test_two_ledgers_of_the_process_write_while_others_open_and_close(ledger, path):
    other = subprocess.Popen(
        [sys.executable, "-c", COMES_AND_GOES, str(path)], stderr=subprocess.PIPE, text=True
    )
    held = {f"other-{number}" for number in range(100)}
    while other.poll() is None:
        held |= add(ledger)
        path.open("rb").close()
        with closing(Ledger(path)) as second:
            second.add(one := record())
            held.add(one.id)
            assert second.warning is ledger.warning is None
    assert other.returncode == 0, other.communicate()[1]
    other.stderr.close()
    assert ids(ledger) == held
    assert ledger.totals().cells == len(held)
    ledger.close()
    assert intact(path)
