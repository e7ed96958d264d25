"""Files that cannot be used: one warning, nothing lost, nothing overwritten."""

import os
import sqlite3
import subprocess
import sys
import textwrap

import pytest

from greenlab.ledger import Ledger, schema
from greenlab.ledger import ledger_file

from tests.ledger.conftest import record


@pytest.fixture(autouse=True)
def little_patience(monkeypatch):
    monkeypatch.setattr(schema, "BUSY_S", 0.05)


def works_in_memory(ledger, path, *words):
    """The ledger still takes and gives records, and says once what is wrong."""
    kept = record()
    ledger.add(kept)
    first = ledger.warning
    ledger.add(record())
    assert ledger.warning == first
    for word in (str(path), *words):
        assert word in first
    assert ledger.records()[-2] == kept
    assert ledger.totals().cells >= 2


@pytest.mark.parametrize(
    "content",
    [b"not a database at all, but a text" * 40, b"SQLite format 3\0" + b"\xff" * 5000],
)
def test_a_corrupt_file_stays_untouched(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    ledger = Ledger(path)
    works_in_memory(ledger, path, "damaged", "Move it away")
    ledger.close()
    assert path.read_bytes() == content
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_file_that_is_damaged_inside(path):
    ledger = Ledger(path)
    for _ in range(300):
        ledger.add(record())
    ledger.close()
    content = bytearray(path.read_bytes())
    content[8192:] = b"\x5a" * (len(content) - 8192)
    path.write_bytes(content)
    ledger = Ledger(path)
    works_in_memory(ledger, path, "damaged")
    ledger.close()
    assert path.read_bytes() == content


def test_a_later_schema_is_left_alone(path):
    ledger = Ledger(path)
    ledger.add(record())
    ledger.close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    connection.close()
    before = path.read_bytes()
    ledger = Ledger(path)
    works_in_memory(ledger, path, "later greenlab", "Update greenlab")
    ledger.close()
    assert path.read_bytes() == before


def test_another_programs_database_is_left_alone(path):
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE addresses (name)")
    connection.close()
    before = path.read_bytes()
    ledger = Ledger(path)
    works_in_memory(ledger, path, "another program", "GREENLAB_LEDGER")
    ledger.close()
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    path = tmp_path / "file" / "ledger.sqlite"
    works_in_memory(Ledger(path), path, "cannot be written", "writable")


def test_a_directory_in_its_place(path):
    path.mkdir(parents=True)
    works_in_memory(Ledger(path), path, "is a folder", "Set GREENLAB_LEDGER to a file")


def test_a_locked_file_gets_its_records_when_the_lock_goes(ledger, path, monkeypatch):
    ledger.add(record())
    monkeypatch.setattr(ledger_file, "_RETRY_S", 0.0)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    ledger._connection.execute("PRAGMA busy_timeout = 50")
    works_in_memory(ledger, path, "locked", "tries again")
    assert len(ledger.records()) == 3  # what is in the file is still read
    other.execute("ROLLBACK")
    ledger.add(record())
    assert ledger.warning is None
    ledger.fold()
    (count,) = other.execute("SELECT count(*) FROM record").fetchone()
    assert count == 4
    other.close()


def test_a_file_locked_from_the_start(path, monkeypatch):
    path.parent.mkdir()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    ledger = Ledger(path)
    works_in_memory(ledger, path, "locked")
    other.execute("ROLLBACK")
    other.close()
    ledger.close()  # the last try
    again = Ledger(path)
    assert len(again.records()) == 2
    again.close()


def test_a_full_disk(ledger, path):
    for _ in range(20):
        ledger.add(record())
    (pages,) = ledger._connection.execute("PRAGMA page_count").fetchone()
    ledger._connection.execute(f"PRAGMA max_page_count = {pages}")
    for _ in range(40):
        ledger.add(record())
    assert "disk is full" in ledger.warning
    assert str(path) in ledger.warning
    assert len(ledger.records()) == 60
    assert ledger.totals().cells == 60
    ledger.close()  # there is room again for a fresh connection
    assert ledger.warning is None
    assert len(ledger.records()) == 60


def test_a_settled_record_is_counted_once_across_file_and_memory(ledger, path):
    kept = record()
    ledger.add(kept)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    ledger._connection.execute("PRAGMA busy_timeout = 50")
    ledger.add(kept)
    assert ledger.warning
    assert ledger.records() == [kept]
    assert ledger.totals().cells == 1
    other.execute("ROLLBACK")
    other.close()


def test_a_ledger_that_can_only_be_read_gives_its_history(tmp_path):
    path = tmp_path / "ledger.sqlite"
    ledger = Ledger(path)
    ledger.add(record())
    ledger.close()
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    script = textwrap.dedent("""
        import os, sys
        from pathlib import Path
        from greenlab.ledger import Ledger
        from tests.ledger.conftest import record
        if os.getuid() == 0:
            os.chmod(sys.argv[2], 0o755)
            os.setuid(65534)
        ledger = Ledger(Path(sys.argv[1]))
        ledger.add(record(id="new"))
        assert "cannot be written" in ledger.warning, ledger.warning
        assert len(ledger.records()) == 2, ledger.records()
        ledger.close()
    """)
    for parent in tmp_path.parents:
        if os.getuid() == 0 and parent.name.startswith("pytest-"):
            parent.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", script, str(path), str(tmp_path.parent)],
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
    )
    tmp_path.chmod(0o755)
    assert done.returncode == 0, done.stderr
