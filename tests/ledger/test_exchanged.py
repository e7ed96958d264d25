"""The file is deleted, moved or replaced under a kernel that lives."""

import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap

import pytest

from greenlab.ledger import Ledger

from .conftest import record
from .test_processes import intact

BESIDE = ("-wal", "-shm")


def ids(ledger):
    return {one.id for one in ledger.records()}


def add(ledger, count=1):
    added = [record() for _ in range(count)]
    for one in added:
        ledger.add(one)
    return {one.id for one in added}


def other_kernel(path, *adds):
    """Another process opens the ledger, adds these, and says which records it then has."""
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from greenlab.ledger import Ledger
        from tests.ledger.conftest import record
        ledger = Ledger(Path(sys.argv[1]))
        for name in sys.argv[2:]:
            ledger.add(record(id=name))
        assert ledger.warning is None, ledger.warning
        print(*(one.id for one in ledger.records()))
        ledger.close()
    """)
    done = subprocess.run(
        [sys.executable, "-c", script, str(path), *adds],
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def another(tmp_path, count=400):
    """Another ledger, of more records than the first."""
    path = tmp_path / "another.sqlite"
    ledger = Ledger(path)
    held = add(ledger, count)
    ledger.close()
    return path, held


@pytest.fixture(params=["other kernel first", "this kernel first"])
def looks_first(request):
    return request.param == "other kernel first"


@pytest.mark.parametrize("gone", [[""], ["", *BESIDE], ["", "-shm"], ["", "-wal"]])
def test_deleted(ledger, path, looks_first, gone):
    add(ledger, 30)
    for suffix in gone:
        os.unlink(f"{path}{suffix}")
    expected = set()
    if looks_first:
        expected |= other_kernel(path, "other-1")
    expected |= add(ledger, 3)
    assert ledger.warning is None
    assert other_kernel(path, "other-2") == expected | {"other-2"}
    assert ids(ledger) == expected | {"other-2"}
    ledger.close()
    assert intact(path)


def test_deleted_while_nothing_runs_but_the_log_stayed(path):
    kernel = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, os; from pathlib import Path; from greenlab.ledger import Ledger;"
            "from tests.ledger.conftest import record;"
            "ledger = Ledger(Path(sys.argv[1])); ledger.add(record()); os._exit(0)",
            str(path),
        ]
    )
    assert kernel.wait(180) == 0
    assert os.path.exists(f"{path}-wal")
    path.unlink()
    assert other_kernel(path, "new") == {"new"}
    assert intact(path)


def test_moved_away_with_all_that_it_held(ledger, path, tmp_path, looks_first):
    held = add(ledger, 30)
    away = tmp_path / "away.sqlite"
    path.rename(away)
    expected = other_kernel(path, "other-1") if looks_first else set()
    expected |= add(ledger, 3)
    assert other_kernel(path) == expected
    ledger.close()
    moved = Ledger(away)
    assert ids(moved) == held
    moved.close()
    assert intact(path)
    assert intact(away)


def test_moved_away_and_back(ledger, path, tmp_path):
    held = add(ledger, 30)
    away = tmp_path / "away.sqlite"
    path.rename(away)
    add(ledger)  # into a new file, which the former one replaces below
    away.replace(path)
    held |= add(ledger)
    assert other_kernel(path) == held
    ledger.close()
    assert intact(path)


def test_replaced_by_another_ledger(ledger, path, tmp_path, looks_first):
    add(ledger, 30)
    new, expected = another(tmp_path)
    new.replace(path)
    if looks_first:
        assert other_kernel(path) == expected
    expected |= add(ledger, 3)
    assert ids(ledger) == expected
    assert other_kernel(path) == expected
    ledger.close()
    assert intact(path)


def test_replaced_and_its_log_deleted(ledger, path, tmp_path):
    add(ledger, 30)
    new, expected = another(tmp_path)
    new.replace(path)
    os.unlink(f"{path}-wal")
    expected |= other_kernel(path, "other")
    expected |= add(ledger, 3)
    assert other_kernel(path) == expected | {"other"}
    ledger.close()
    assert intact(path)


def test_replaced_while_a_kernel_lives_that_never_writes_again(ledger, path, tmp_path):
    add(ledger, 30)
    new, expected = another(tmp_path)
    new.replace(path)
    ledger.close()
    assert other_kernel(path) == expected
    assert intact(path)


def test_a_pair_that_was_copied_is_not_taken_for_a_stray_log(ledger, path, tmp_path):
    """As a backup of a kernel that lives: the last records are in the log alone."""
    held = add(ledger, 30)
    copied = tmp_path / "copied.sqlite"
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{copied}{suffix}")
        with_notes = tmp_path / f"with-notes.sqlite{suffix}"
        shutil.copy2(f"{path}{suffix}", with_notes)
    assert other_kernel(copied) == held
    assert other_kernel(tmp_path / "with-notes.sqlite") == held


@pytest.mark.parametrize("kind", ["garbage", "folder", "database of another program"])
def test_replaced_by_what_is_no_ledger(ledger, path, tmp_path, kind):
    add(ledger, 5)
    for suffix in ("", *BESIDE):
        os.unlink(f"{path}{suffix}")
    if kind == "folder":
        path.mkdir()
    elif kind == "garbage":
        path.write_bytes(b"no ledger" * 500)
    else:
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE addresses (name)")
        other.close()
    before = None if kind == "folder" else path.read_bytes()
    kept = add(ledger, 3)
    assert str(path) in ledger.warning
    assert ids(ledger) == kept
    assert ledger.totals().cells == 3
    assert before is None or path.read_bytes() == before
    # As the warning says: it is moved away, and what was kept in memory goes to a new file.
    path.rename(tmp_path / "elsewhere")
    kept |= add(ledger)
    assert ledger.warning is None
    assert other_kernel(path) == kept


def test_only_the_log_deleted(ledger, path):
    held = add(ledger, 30)
    os.unlink(f"{path}-wal")
    held |= add(ledger, 3)
    assert ids(ledger) == held
    assert other_kernel(path) == held
    ledger.close()
    assert intact(path)


def test_a_link_that_points_elsewhere(tmp_path):
    link, first, second = (tmp_path / name for name in ("link", "first", "second"))
    link.symlink_to(first)
    ledger = Ledger(link)
    held = add(ledger, 3)
    link.unlink()
    link.symlink_to(second)
    later = add(ledger, 3)
    ledger.close()
    for path, expected in ((first, held), (second, later)):
        assert other_kernel(path) == expected
        assert path.stat().st_mode & 0o777 == 0o600
        assert intact(path)
