"""`greenlab ledger`: merge, compact, verify, back up and exchange, while a kernel lives."""

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from greenlab.ledger import Ledger
from tests.ledger.conftest import record

NOW = datetime.now().astimezone()


def fill(path, kernel, count=3, days_ago=30, **changes):
    """Records of a kernel on one day; a span in each."""
    begin = NOW.replace(hour=9, minute=0) - timedelta(days=days_ago)
    with closing(Ledger(path)) as ledger:
        for number in range(count):
            at = (begin + timedelta(minutes=number)).isoformat()
            cell = record(kernel_id=kernel, started_at=at, **changes)
            ledger.add(cell)
            ledger.add(replace(cell, id=f"{cell.id} span", kind="span", counted_in=cell.id))


def cells(path):
    with closing(Ledger(path)) as ledger:
        return ledger.totals().cells


@pytest.fixture
def other(tmp_path):
    path = tmp_path / "other.sqlite"
    fill(path, "k2")
    return path


def test_merge(greenlab, own_ledger, other):
    fill(own_ledger, "k1")
    with closing(Ledger(own_ledger)) as kernel:
        kernel.add(record(kernel_id="k1"))
        before = other.read_bytes()
        code, out, err = greenlab("ledger", "merge", other)
        assert (code, out, err) == (0, f"{other}: 6 new records\n", "")
        kernel.add(record(kernel_id="k1"))
        assert greenlab("ledger", "merge", other, other)[1] == f"{other}: 0 new records\n" * 2
        assert kernel.totals().cells == 8
        assert kernel.warning is None
    assert other.read_bytes() == before


def test_what_cannot_be_merged_is_said_and_the_others_come(
    greenlab, own_ledger, other, tmp_path
):
    garbage, foreign, cut = (tmp_path / name for name in ("garbage", "foreign", "cut"))
    garbage.write_bytes(b"no ledger" * 99)
    with closing(sqlite3.connect(foreign)) as program:
        program.execute("CREATE TABLE addresses (name)")
    cut.write_bytes(b"\x1f\x8b" + b"x" * 50)
    code, out, err = greenlab(
        "ledger", "merge", garbage, foreign, cut, tmp_path, tmp_path / "nothing", other
    )
    assert code == 1
    assert out == f"{other}: 6 new records\n"
    said = err.splitlines()
    assert len(said) == 5
    assert all("was not merged: " in line for line in said)
    assert "no ledger" in said[0]
    assert "no ledger" in said[1]
    assert "Export it again" in said[2]
    assert greenlab("ledger", "merge", own_ledger)[0] == 2


def test_export_and_its_mark(greenlab, own_ledger, other, tmp_path, monkeypatch):
    fill(own_ledger, "k1")
    file = tmp_path / "new.jsonl.gz"
    code, out, _ = greenlab("ledger", "export", "-o", file)
    assert (code, out.split("; ")[0]) == (0, f"6 records in {file}")
    mark = out.split()[-1]
    fill(own_ledger, "k3", 1)
    assert greenlab("ledger", "export", "-o", file, "--since", mark)[1].startswith("2 records")
    monkeypatch.setenv("GREENLAB_LEDGER", str(other))
    assert greenlab("ledger", "merge", file)[1] == f"{file}: 2 new records\n"
    assert cells(other) == 4


def numbers(printed):
    """What was printed, and its numbers: the last digits of sums depend on their order."""
    code, out, err = printed
    found = re.findall(r"-?\d+\.\d+(?:e[-+]\d+)?", out)
    rest = re.sub(r"-?\d+\.\d+(?:e[-+]\d+)?", "#", out)
    return (code, rest, err), [float(one) for one in found]


@pytest.mark.parametrize("words", [["report"], ["card"], ["report", "--json"]])
def test_compact_changes_nothing_that_a_report_prints(greenlab, own_ledger, other, words):
    fill(own_ledger, "k1")
    fill(own_ledger, "k1", notebook="/b.ipynb", days_ago=31)
    fill(own_ledger, "k3", days_ago=1)
    greenlab("ledger", "merge", other)
    whole = greenlab(*words)
    assert whole[0] == 0
    exactly = "--json" not in words

    def unchanged():
        now = greenlab(*words)
        if exactly:
            return now == whole
        (text, found), (expected_text, expected) = numbers(now), numbers(whole)
        return text == expected_text and found == pytest.approx(expected, rel=1e-9)

    assert greenlab("ledger", "compact", "--before", "8d")[1].startswith("12 records")
    assert unchanged()
    assert greenlab("ledger", "compact", "--before", "8d", "--merged")[1].startswith("6 rec")
    assert unchanged()
    assert greenlab("ledger", "verify")[0] == 0
    assert greenlab("ledger", "merge", other)[1] == f"{other}: 0 new records\n"
    assert unchanged()


def test_an_export_says_what_has_no_rows(greenlab, own_ledger):
    fill(own_ledger, "k1")
    fill(own_ledger, "k1", days_ago=1)
    greenlab("ledger", "compact", "--before", "8d")
    code, out, err = greenlab("export", "--format", "jsonl")
    assert (code, len(out.splitlines())) == (0, 6)
    assert "1 day of compacted records have no rows" in err


def test_what_may_still_change_is_not_compacted(greenlab, own_ledger):
    fill(own_ledger, "k1", days_ago=2)
    code, _, err = greenlab("ledger", "compact", "--before", "1d")
    assert code == 2
    assert "--before 90d" in err


def test_a_compacted_notebook_can_be_forgotten(greenlab, own_ledger, other):
    fill(own_ledger, "k1", notebook="/secret.ipynb")
    greenlab("ledger", "merge", other)
    greenlab("ledger", "compact", "--before", "8d")
    assert greenlab("forget", "--notebook", "secret.ipynb")[1] == "6 records forgotten\n"
    assert b"secret" not in own_ledger.read_bytes()
    assert cells(own_ledger) == 3
    assert greenlab("ledger", "verify")[0] == 0


def test_backup(greenlab, own_ledger, tmp_path, monkeypatch):
    fill(own_ledger, "k1")
    copy = tmp_path / "copy.sqlite"
    with closing(Ledger(own_ledger)) as kernel:
        kernel.add(record())
        for _ in range(2):
            assert greenlab("ledger", "backup", copy)[0] == 0
    assert cells(copy) == 4
    assert copy.stat().st_mode & 0o077 == 0
    assert greenlab("ledger", "backup", own_ledger)[0] == 2
    monkeypatch.setenv("GREENLAB_LEDGER", str(copy))
    assert greenlab("ledger", "verify")[0] == 0


def test_verify_says_what_is_wrong(greenlab, own_ledger):
    fill(own_ledger, "k1")
    with closing(sqlite3.connect(own_ledger, isolation_level=None)) as other:
        other.execute(
            "UPDATE record SET record = x'00' "
            "WHERE id = (SELECT min(id) FROM record WHERE kind = 'cell')"
        )
    code, out, _ = greenlab("ledger", "verify")
    assert code == 1
    assert "1 record cannot be read" in out
    assert "sums of 1 day are not those of their records" in out


def test_a_ledger_that_cannot_be_used(greenlab, own_ledger, tmp_path):
    own_ledger.parent.mkdir(exist_ok=True, parents=True)
    own_ledger.write_bytes(b"no ledger" * 99)
    for words in (["verify"], ["merge", tmp_path], ["compact", "--before", "90d"]):
        code, _, err = greenlab("ledger", *words)
        assert code == 1
        assert str(own_ledger) in err
