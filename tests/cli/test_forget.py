"""`greenlab forget`, while a kernel lives."""

import sqlite3
from datetime import datetime
from pathlib import Path

import pytest

from greenlab.ledger import Ledger
from tests.ledger.conftest import record
from tests.ledger.test_verdicts import proven

SECRET = "/home/ada/secret/study.ipynb"
OTHER = "/home/ada/other/study.ipynb"


def at(hour, day=1):
    return datetime(2026, 10, day, hour).astimezone().isoformat()


@pytest.fixture
def kernel(own_ledger):
    """A kernel that lives, with records of two notebooks over two days."""
    ledger = Ledger(own_ledger)
    for notebook in (SECRET, OTHER):
        for day in (1, 2):
            cell = record(notebook=notebook, started_at=at(9, day), kernel_id=f"k{day}")
            ledger.add(cell)
            ledger.add(
                record(kind="span", counted_in=cell.id, notebook=notebook, kernel_id=f"k{day}",
                       started_at=at(10, day))
            )  # fmt: skip
    ledger.add_verdict(proven(at="2026-10-01T00:00:00Z"))
    yield ledger
    ledger.close()


def traces(path, text):
    files = [Path(f"{path}{suffix}") for suffix in ("", "-wal")]
    return any(text.encode() in file.read_bytes() for file in files if file.exists())


def sums_are_those_of_the_records(ledger):
    """What stands beside the records agrees with them."""
    kept = [one for one in ledger.records() if one.counted_in is None]
    totals = ledger.totals()
    assert totals.cells == len(kept)
    energy_j = sum(one.energy_j.value for one in kept)
    assert (totals.energy_j.value or 0.0) == pytest.approx(energy_j)
    assert sum(day.cells for day in ledger.breakdown("day").values()) == len(kept)


def test_everything(greenlab, kernel, own_ledger):
    assert traces(own_ledger, SECRET)
    assert greenlab("forget", "--all")[:2] == (0, "8 records forgotten\n")
    assert not traces(own_ledger, SECRET)
    assert not traces(own_ledger, "package 0")  # nor what the machine was
    assert kernel.records() == kernel.verdicts() == []
    assert kernel.totals().energy_j.value is None
    new = record()
    kernel.add(new)
    assert kernel.warning is None
    assert Ledger(own_ledger).records() == [new]
    sums_are_those_of_the_records(kernel)


def test_a_notebook(greenlab, kernel, own_ledger):
    code, out, _ = greenlab("forget", "--notebook", "secret/study.ipynb")
    assert (code, out) == (0, "4 records forgotten\n")
    assert not traces(own_ledger, SECRET)
    assert {one.notebook for one in kernel.records()} == {OTHER}
    assert kernel.breakdown("notebook").keys() == {OTHER}
    assert kernel.verdicts() == [proven(at="2026-10-01T00:00:00Z")]
    sums_are_those_of_the_records(kernel)


def test_what_is_old_to_the_minute(greenlab, kernel):
    code, out, _ = greenlab("forget", "--before", "2026-10-02T09:30")
    assert (code, out) == (0, "6 records forgotten\n")
    # Spans whose cell is forgotten count for themselves: their energy was used after.
    spans = kernel.records()
    assert [one.kind for one in spans] == ["span", "span"]
    assert kernel.totals().energy_j.value == pytest.approx(2 * 3.6e6)
    assert kernel.verdicts() == []


def test_the_rest_of_a_day_stays_summed_up(greenlab, kernel):
    kernel.add(record(notebook=OTHER, started_at=at(12, 2), kernel_id="k2"))
    code, out, _ = greenlab("forget", "--before", "2026-10-02T11:00", "--notebook", OTHER)
    assert (code, out) == (0, "4 records forgotten\n")
    sums_are_those_of_the_records(kernel)
    assert len(kernel.verdicts()) == 1


def test_a_reader_holds_up_the_last_traces(greenlab, kernel, own_ledger):
    reader = sqlite3.connect(own_ledger, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM record").fetchone()
    code, out, err = greenlab("forget", "--all")
    assert (code, out) == (1, "8 records forgotten\n")
    assert "run this again" in err
    reader.execute("COMMIT")
    reader.close()
    assert greenlab("forget", "--all")[0] == 0
    assert not traces(own_ledger, SECRET)


@pytest.mark.parametrize(
    "words", [[], ["--all", "--notebook", "study.ipynb"], ["--all", "--before", "today"]]
)
def test_what_to_forget_must_be_clear(greenlab, kernel, words):
    code, _, err = greenlab("forget", *words)
    assert (code, "--all, or --notebook" in err) == (2, True)
    assert len(kernel.records()) == 8


def test_what_is_not_there_is_not_forgotten(greenlab, kernel):
    assert greenlab("forget", "--notebook", "nowhere.ipynb")[0] == 2
    assert greenlab("forget", "--before", "1999-01-01")[:2] == (0, "0 records forgotten\n")
    code, _, err = greenlab("forget", "--before", "whenever")
    assert (code, "not a moment" in err) == (2, True)


def test_a_file_that_cannot_be_written_is_said(greenlab, own_ledger):
    own_ledger.write_bytes(b"no ledger" * 500)
    code, _, err = greenlab("forget", "--all")
    assert (code, "is damaged" in err) == (1, True)
