"""Damaged files, byte by byte, and what is no file: one warning, no error, nobody waits."""

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest

from greenlab.reports.card import card_of_sums
from greenlab.cli import main
from greenlab.ledger import Ledger, notebook_named, schema
from greenlab.record import CellRecord

from .conftest import record
from .test_verdicts import proven

RELEASED = Path(__file__).parent / "released"
RECORDS = [
    CellRecord.from_dict(json.loads(line))
    for line in (RELEASED / "records.jsonl").read_text().splitlines()
]


@pytest.fixture(autouse=True)
def little_patience(monkeypatch):
    monkeypatch.setattr(schema, "BUSY_S", 0.05)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """The bytes of a small ledger of this version."""
    path = tmp_path_factory.mktemp("sound") / "ledger.sqlite"
    ledger = Ledger(path)
    for one in RECORDS:
        ledger.add(one)
    ledger.add_verdict(proven())
    ledger.close()
    return path.read_bytes()


def every_question(path):
    """Asks all there is to ask, and writes; the ledger's warning."""
    ledger = Ledger(path)
    since = datetime(2026, 10, 1, 9, 3, tzinfo=UTC)
    ledger.totals()
    ledger.totals(since=since)
    ledger.breakdown("day")
    ledger.breakdown("notebook", since=since)
    ledger.at_once()
    ledger.records(limit=3, notebook="/home/ada/study.ipynb")
    list(ledger.stored())
    card_of_sums(ledger.summary())
    ledger.verdicts("T01")
    try:
        notebook_named(ledger, "study.ipynb")
    except LookupError as error:
        assert str(error)
    new = record()
    ledger.add(new)
    ledger.add(RECORDS[0])
    ledger.add_verdict(proven())
    assert new in ledger.records() or ledger.warning
    ledger.totals()
    ledger.close()
    return ledger.warning


def damaged(content, seed):
    """The same with a few bytes changed, cut off, or overwritten."""
    chance = random.Random(seed)
    content = bytearray(content)
    how = seed % 4
    if how == 0:
        return content[: chance.randrange(len(content))]
    if how == 1:  # the tables' definitions
        content[chance.randrange(8192)] = chance.randrange(256)
    if how == 2:
        start, length = chance.randrange(len(content)), chance.randrange(600)
        content[start : start + length] = chance.randbytes(chance.randrange(600))
    for _ in range(chance.choice([1, 1, 2, 8])):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return content


@pytest.mark.parametrize("batch", range(8))
def test_no_damage_gets_to_who_asks(sound, path, batch):
    path.parent.mkdir()
    released = (RELEASED / "schema-2.sqlite").read_bytes()
    warned = 0
    for seed in range(20 * batch, 20 * batch + 20):
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        path.write_bytes(damaged(released if seed % 5 == 0 else sound, seed))
        warning = every_question(path)
        warned += warning is not None
        assert warning is None or str(path) in warning
    assert warned  # some of it was seen


def test_a_definition_that_is_no_utf_8_any_more(sound, path, capsys, monkeypatch):
    path.parent.mkdir()
    path.write_bytes(sound.replace(b"CREATE TABLE record", b"CREATE TABLE r\xffcord", 1))
    assert "is damaged" in every_question(path)
    monkeypatch.setenv("GREENLAB_LEDGER", str(path))
    for words in (["report"], ["card"], ["export", "--format", "csv"], ["doctor"]):
        assert main(words) == 1
        output = capsys.readouterr()
        assert "is damaged" in output.out + output.err


@pytest.mark.parametrize(
    "script",
    [
        """
        import greenlab
        with greenlab.measure("work") as m:
            done = 6 * 7
        assert done == 42 and m.record.duration_s > 0
        """,
        """
        from IPython.core.interactiveshell import InteractiveShell
        InteractiveShell.instance().run_line_magic("load_ext", "greenlab")
        """,
    ],
)
def test_measure_and_the_extension_work_with_a_damaged_ledger(sound, path, script):
    path.parent.mkdir()
    path.write_bytes(sound.replace(b"CREATE TABLE record", b"CREATE TABLE r\xffcord", 1))
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env=os.environ | {"GREENLAB_LEDGER": str(path)},
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert result.returncode == 0, result.stderr
    assert (result.stdout + result.stderr).count("is damaged") == 1


def fifo(path):
    os.mkfifo(path)


def unix_socket(path):
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(path.name)  # from the working folder: such a path is short


def log_that_is_a_fifo(path):
    os.mkfifo(f"{path}-wal")


def journal_that_is_a_fifo(path):
    os.mkfifo(f"{path}-journal")


def link_to_itself(path):
    path.symlink_to(path)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (fifo, "is a named pipe"),
        (unix_socket, "is a socket"),
        (lambda path: path.symlink_to("/dev/zero"), "is a device"),
        (lambda path: path.symlink_to("/dev/null"), "is a device"),
        (log_that_is_a_fifo, "is a named pipe"),
        (journal_that_is_a_fifo, "is a named pipe"),
        (link_to_itself, "too many levels"),
    ],
)
def test_what_is_no_file_is_not_opened(path, make, words, monkeypatch):
    path.parent.mkdir()
    monkeypatch.chdir(path.parent)
    make(path)
    warning = every_question(path)
    assert words in warning
    assert "GREENLAB_LEDGER" in warning


def test_a_link_to_a_file_that_is_not_there_yet(tmp_path):
    link, real = tmp_path / "link", tmp_path / "new" / "real"
    link.symlink_to(real)
    assert every_question(link) is None
    assert real.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["caf\udce9.ipynb", "lone \ud800.ipynb", "nul \0.ipynb"])
def test_names_that_are_no_utf_8(ledger, name):
    kept = record(notebook=name, kernel_id="k\udce9", name=name)
    ledger.add(kept)
    ledger.add(record(kind="span", counted_in=kept.id, notebook=name))
    assert ledger.warning is None
    assert ledger.records(notebook=name, kernel_id="k\udce9") == [kept]
    assert ledger.totals(notebook=name).cells == 1
    assert ledger.breakdown("notebook").keys() == {name}
    ledger.add(kept)
    assert ledger.totals().cells == 1


def test_a_folder_that_is_read_only_for_its_own_user(path, sound):
    """Where nobody may look, it is said and not raised."""
    path.parent.mkdir()
    path.write_bytes(sound)
    shutil.copy(path, path.parent / "ledger.sqlite-wal")  # garbage as a log
    warning = every_question(path)
    assert warning is None or str(path) in warning
