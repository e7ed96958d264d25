"""A ledger that any released version wrote opens, for ever: `released` has a file of each.

The files and what they held then were written by the versions themselves.
"""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from greenlab.ledger import Ledger
from greenlab.ledger.migrations import MIGRATIONS
from greenlab.record import CellRecord, Proven, from_dict
from greenlab.record.messages import Totals

RELEASED = Path(__file__).parent / "released"
VERSIONS = range(1, len(MIGRATIONS))


def lines(name):
    return [json.loads(line) for line in (RELEASED / name).read_text().splitlines()]


RECORDS = [CellRecord.from_dict(one) for one in lines("records.jsonl")]
VERDICTS = [from_dict(Proven, one) for one in lines("verdicts.jsonl")]
TOTALS = json.loads((RELEASED / "totals.json").read_text())


@pytest.fixture(params=VERSIONS)
def released(request, path):
    path.parent.mkdir()
    shutil.copy(RELEASED / f"schema-{request.param}.sqlite", path)
    return path


def same(found, expected):
    assert (found.tier, found.level) == (expected.tier, expected.level)
    assert set(found.lacks) == set(expected.lacks)
    assert set((found.reason or "").split("; ")) == set((expected.reason or "").split("; "))
    for name in ("value", "low", "high"):
        one, other = getattr(found, name), getattr(expected, name)
        assert one == (None if other is None else pytest.approx(other))


def sums_are_those_of_the_release(found, data):
    expected = from_dict(Totals, data)
    assert (found.cells, found.duration_s) == (expected.cells, expected.duration_s)
    assert found.by_kind.keys() == expected.by_kind.keys()
    for kind, figure in expected.by_kind.items():
        same(found.by_kind[kind], figure)
    for name in ("energy_j", "between_j"):
        one, other = getattr(found, name), getattr(expected, name)
        assert (one is None) == (other is None)
        if other is not None:
            same(one, other)


def holds_all(ledger):
    assert ledger.records() == RECORDS
    sums_are_those_of_the_release(ledger.totals(), TOTALS["all"])
    by_notebook = ledger.breakdown("notebook")
    assert {str(name) for name in by_notebook} == TOTALS["by_notebook"].keys()
    for name, found in by_notebook.items():
        sums_are_those_of_the_release(found, TOTALS["by_notebook"][str(name)])


def test_there_is_a_file_of_every_version_before_this_one():
    assert {one.name for one in RELEASED.glob("*.sqlite")} == {
        f"schema-{version}.sqlite" for version in VERSIONS
    }


def test_it_opens_with_all_it_holds_and_goes_on(released):
    ledger = Ledger(released)
    assert ledger.warning is None
    holds_all(ledger)
    assert ledger.verdicts() in ([], VERDICTS)
    ledger.add_verdict(VERDICTS[0])
    ledger.add(RECORDS[0])
    assert len(ledger.verdicts("T01")) == (2 if len(ledger.verdicts()) > 1 else 1)
    ledger.close()
    again = Ledger(released)
    holds_all(again)
    again.close()


def test_verdicts_come_along(path):
    path.parent.mkdir()
    shutil.copy(RELEASED / "schema-2.sqlite", path)
    ledger = Ledger(path)
    assert ledger.verdicts() == VERDICTS
    ledger.close()


def test_records_from_before_count_in_their_parent(released):
    ledger = Ledger(released)
    inner = [one for one in ledger.records() if one.parent_id]
    assert len(inner) == 3
    assert all(one.counted_in == one.parent_id for one in inner)
    ledger.close()


def test_what_work_added_is_known_of_old_records_too(released):
    ledger = Ledger(released)
    counting = [RECORDS[i] for i in (0, 2, 4, 5, 6, 7, 8, 9)]
    known = [part.active_j.value for one in counting for part in one.components]
    assert ledger.totals().active_j.value == pytest.approx(sum(filter(None, known)))
    ledger.close()


KILLED_WITHIN_THE_SUMS = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path
    from greenlab.ledger import Ledger, packed_sums
    pack, packed = packed_sums.pack, []
    def pack_and_die(sums):
        packed.append(sums)
        if len(packed) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return pack(sums)
    packed_sums.pack = pack_and_die
    Ledger(Path(sys.argv[1]))
""")
KILLED_AT_THE_LAST_STEP = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path
    from greenlab.ledger import Ledger, schema
    *before, last = schema.MIGRATIONS
    schema.MIGRATIONS = *before, (*last, lambda _: os.kill(os.getpid(), signal.SIGKILL))
    Ledger(Path(sys.argv[1]))
""")


@pytest.mark.parametrize(
    ("released", "script"),
    [
        *((version, KILLED_WITHIN_THE_SUMS) for version in (1, 2, 3)),
        *((version, KILLED_AT_THE_LAST_STEP) for version in VERSIONS),
    ],
    indirect=["released"],
)
def test_a_kernel_killed_while_it_brings_the_file_to_this_version_harms_nothing(
    released, script
):
    done = subprocess.run(
        [sys.executable, "-c", script, str(released)], check=False, timeout=180
    )
    assert done.returncode == -signal.SIGKILL
    ledger = Ledger(released)
    assert ledger.warning is None
    holds_all(ledger)
    ledger.close()


def test_a_record_that_cannot_be_read_stays_and_the_others_come(released):
    with sqlite3.connect(released) as other:
        other.execute("UPDATE record SET record = '{\"schema\"' WHERE id = ?", (RECORDS[5].id,))
    other.close()
    ledger = Ledger(released)
    assert ledger.records() == [one for one in RECORDS if one.id != RECORDS[5].id]
    assert "cannot be read" in ledger.warning
    ledger.close()
    with sqlite3.connect(released) as other:
        kept = other.execute("SELECT record FROM record WHERE id = ?", (RECORDS[5].id,))
        assert kept.fetchone() == ('{"schema"',)
    other.close()


@pytest.mark.parametrize("released", [1, 2], indirect=True)
def test_a_kernel_of_an_earlier_version_cannot_write_past_the_sums(released):
    """It was running when this one came: its records stay in its memory. From version 3 on a
    kernel looks at the version in each change.
    """
    old = sqlite3.connect(released)
    (count,) = old.execute("SELECT count(*) FROM pragma_table_info('record')").fetchone()
    Ledger(released).close()
    with pytest.raises(sqlite3.OperationalError, match="values were supplied"):
        old.execute(f"INSERT INTO record VALUES ({', '.join('?' * count)})", [1] * count)
    old.close()


@pytest.mark.parametrize("released", [3], indirect=True)
def test_a_kernel_of_version_3_looks_at_the_version_in_each_change(released, monkeypatch):
    with monkeypatch.context() as then:
        then.setattr("greenlab.ledger.schema.MIGRATIONS", MIGRATIONS[:3])
        running = Ledger(released)
    Ledger(released).close()
    with monkeypatch.context() as then:
        then.setattr("greenlab.ledger.schema.MIGRATIONS", MIGRATIONS[:3])
        running.add(replace(RECORDS[0], id="late"))
    assert "later greenlab" in running.warning
    running.close()
    ledger = Ledger(released)
    assert "late" not in {one.id for one in ledger.records()}
    holds_all(ledger)
    ledger.close()


def test_an_old_file_that_can_only_be_read_is_read(released, monkeypatch):
    def denied(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("greenlab.ledger.schema.connect", denied)
    before = released.read_bytes()
    ledger = Ledger(released)
    assert "cannot be written" in ledger.warning
    holds_all(ledger)
    ledger.close()
    assert released.read_bytes() == before
