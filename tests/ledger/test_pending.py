"""Records are kept at once and put among the others later: whoever reads sees all of them."""

import io
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenlab.ledger import Ledger, ledger_file, pending_rows
from greenlab.record import CellRecord
from greenlab.reports.exports import jsonl

from .conftest import figure, record
from .test_processes import intact
from .test_sums import all_sums_agree, chosen, full

LATER = datetime(2026, 10, 2, tzinfo=UTC)


def rows(path, table):
    with closing(sqlite3.connect(path)) as other:
        return other.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def add(ledger, count=1, **changes):
    added = [record(**changes) for _ in range(count)]
    for one in added:
        ledger.add(one)
    return added


def test_a_record_waits_for_others(ledger, path):
    add(ledger, ledger_file.FOLD_AT - 1)
    assert (rows(path, "pending"), rows(path, "record")) == (ledger_file.FOLD_AT - 1, 0)
    add(ledger)
    assert (rows(path, "pending"), rows(path, "record")) == (0, ledger_file.FOLD_AT)


def test_it_costs_one_page_of_the_file(ledger, path):
    """The sums and the indexes are eight."""

    def frames():
        return os.path.getsize(f"{path}-wal") // (4096 + 24)

    add(ledger, 3)
    before = frames()
    add(ledger, 10)
    assert frames() - before <= 15


@pytest.mark.parametrize("ask", [
    lambda one: len(one.records()),
    lambda one: len(one.records(limit=5)),
    lambda one: len(list(one.stored())),
    lambda one: one.totals().cells,
    lambda one: one.totals(since=LATER.replace(year=2020)).cells,
    lambda one: sum(each.cells for each in one.breakdown("day").values()),
    lambda one: one.report().totals.cells,
    lambda one: one.summary().tally.totals.cells,
    lambda one: len(one.notebooks()) * 2,
    lambda one: one.forget()[0],
])  # fmt: skip
@pytest.mark.parametrize("by", ["itself", "another"])
def test_whoever_asks_sees_it(ledger, path, ask, by):
    add(ledger)
    add(ledger, notebook="/b.ipynb")
    if by == "itself":
        assert ask(ledger) in (2, 4)
        return
    with closing(Ledger(path)) as other:
        assert ask(other) in (2, 4)


def test_closing_and_idling_leave_nothing_pending(ledger, path):
    add(ledger)
    ledger.fold()
    assert (rows(path, "pending"), rows(path, "record")) == (0, 1)
    add(ledger)
    ledger.close()
    assert (rows(path, "pending"), rows(path, "record")) == (0, 2)


def test_a_kernel_puts_only_its_own_among_the_others(ledger, path):
    with closing(Ledger(path)) as other:
        add(other)
        add(ledger, ledger_file.FOLD_AT)
        assert (rows(path, "pending"), rows(path, "record")) == (1, ledger_file.FOLD_AT)
        assert len(ledger.records()) == ledger_file.FOLD_AT + 1
        assert rows(path, "pending") == 0
        add(other)
        assert len(other.records()) == ledger_file.FOLD_AT + 2


def test_an_idle_kernel_puts_those_of_others_too(ledger, path):
    """A killed one cannot."""
    with closing(Ledger(path)) as other:
        add(other)
        add(ledger)
        ledger.fold()
        assert (rows(path, "pending"), rows(path, "record")) == (0, 2)
        add(other)
        other.fold()
        assert (rows(path, "pending"), rows(path, "record")) == (0, 3)
        assert other.totals().cells == ledger.totals().cells == 3


def test_a_settled_form_takes_the_place_of_the_former_wherever_that_is(ledger, path):
    for between in (lambda: None, ledger.fold, Ledger(path).records):
        first = record(energy_j=figure(1.0))
        ledger.add(first)
        between()
        settled = replace(first, energy_j=figure(2.0))
        ledger.add(settled)
        assert settled in ledger.records()
        assert first not in ledger.records()
        assert ledger.totals().energy_j.value == pytest.approx(2.0)
        ledger.forget()


def test_a_settled_form_in_memory_is_exported_in_the_place_of_a_pending_one(ledger, path):
    first = record(energy_j=figure(1.0))
    ledger.add(first)
    settled = replace(first, energy_j=figure(2.0))
    with full(ledger, path):
        ledger.add(settled)
        assert rows(path, "pending") == 1
        assert [one.record for one in ledger.stored()] == ledger.records() == [settled]


@pytest.mark.parametrize("count", [1, 10])
def test_an_export_reads_what_is_pending_no_more_often_for_many(
    ledger, path, monkeypatch, count
):
    add(ledger, count)
    reads, read = [], pending_rows.read
    monkeypatch.setattr(pending_rows, "read", lambda one: reads.append(one) or read(one))
    with closing(Ledger(path)) as reading:
        assert len(list(reading.stored(counting=True))) == count
    assert len(reads) <= 2


def test_forms_that_went_into_the_file_apart_come_in_their_order(ledger, path):
    """The first form is not at hand any more when the second is put among the records."""
    first = record(energy_j=figure(1.0))
    ledger.add(first)
    ledger._noted.clear()
    ledger.add(replace(first, energy_j=figure(2.0)))
    ledger.fold()
    (found,) = ledger.records()
    assert found.energy_j.value == 2.0


KILLED = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path
    from greenlab.ledger import Ledger, packed_sums, pending_rows, record_rows
    from tests.ledger.conftest import record
    ledger = Ledger(Path(sys.argv[1]))

    def die(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)

    for number in range(int(sys.argv[2])):
        ledger.add(record(id=f"killed-{number}"))
        print(number, flush=True)
    if sys.argv[3] == "within a fold":
        record_rows.Writer.finish = die
        ledger.fold()
    die()
""")


@pytest.mark.parametrize("count", [1, 15, 16, 20])
@pytest.mark.parametrize("when", ["after a record", "within a fold"])
def test_a_killed_process_loses_nothing(path, count, when):
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(count), when],
        check=False, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(done.stdout.split()) == count
    with closing(Ledger(path)) as ledger:
        assert {one.id for one in ledger.records()} == {f"killed-{i}" for i in range(count)}
        assert ledger.totals().cells == count
        assert ledger.warning is None
    assert intact(path)


@contextmanager
def read_only(path, monkeypatch):
    def denied(*_):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as then:
        then.setattr("greenlab.ledger.schema.connect", denied)
        with closing(Ledger(path)) as ledger:
            yield ledger


def test_a_file_that_can_only_be_read_gives_them_too(ledger, path, monkeypatch):
    kept = add(ledger, 3)
    ledger.fold()
    kept += add(ledger, 2)
    with read_only(path, monkeypatch) as reading:
        assert reading.records() == kept
        assert reading.records(limit=3) == kept[-3:]
        assert reading.totals().cells == 5
        assert [one.record for one in reading.stored()] == kept
    assert rows(path, "pending") == 2


def exported(ledger, *, counting):
    out = io.StringIO()
    jsonl.write_stored(ledger.stored(counting=counting), out)
    return sorted(out.getvalue().splitlines())


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(chosen(), max_size=8), st.lists(chosen(), min_size=1, max_size=6))
def test_pending_or_not_makes_no_difference(tmp_path, first, then):
    """While another program has the file, so that they stay where they are."""
    path = tmp_path / "pending.sqlite"
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    with closing(Ledger(path)) as ledger:
        for one in first:
            ledger.add(one)
        ledger.fold()
        for one in then:
            ledger.add(one)
        ledger._noted.clear()  # as if another process had noted them
        with full(ledger, path):
            assert rows(path, "pending") == len(then)
            kept = {one.id: one for one in (*first, *then)}
            all_sums_agree(ledger, list(kept.values()), LATER)
            pending = [exported(ledger, counting=each) for each in (False, True)]
            found = sorted(ledger.records(), key=lambda one: one.id)
            assert ledger.warning is None
        assert pending == [exported(ledger, counting=each) for each in (False, True)]
        assert rows(path, "pending") == 0
        assert found == sorted(ledger.records(), key=lambda one: one.id)
        assert found == sorted(kept.values(), key=lambda one: one.id)
        all_sums_agree(ledger, list(kept.values()), LATER)


@pytest.mark.parametrize("how", ["no JSON", "no template", "no numbers", "no text"])
def test_what_cannot_be_read_stays_and_the_others_come(ledger, path, how):
    bad, good = add(ledger, 2)
    change = {
        "no JSON": "UPDATE pending SET lines = 'x' || lines WHERE id = ?",
        "no template": "UPDATE pending SET template = 5 WHERE id = ?",
        "no numbers": "UPDATE pending SET numbers = x'00' WHERE id = ?",
        "no text": "UPDATE pending SET lines = x'ff' WHERE id = ?",
    }[how]
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(change, (bad.id,))
    with closing(Ledger(path)) as reading:
        assert reading.records() == [good]
        assert "cannot be read" in reading.warning
        assert reading.totals().cells == 1
    assert rows(path, "pending") == 2  # who only reads leaves them where they are
    ledger.forget(notebook="/another.ipynb")
    assert rows(path, "pending") == 1
    ledger.forget()
    assert rows(path, "pending") == 0


def test_forgetting_leaves_no_trace_of_what_was_pending(ledger, path):
    add(ledger, notebook="/secret.ipynb")
    add(ledger, notebook="/open.ipynb")
    assert ledger.forget(notebook="/secret.ipynb") == (1, True)
    assert [one.notebook for one in ledger.records()] == ["/open.ipynb"]
    ledger.close()
    assert b"secret" not in path.read_bytes()


def test_a_fork_s_child_leaves_the_parent_s_to_the_parent(path):
    script = textwrap.dedent("""
        import os, sys
        from pathlib import Path
        from greenlab.ledger import Ledger
        from tests.ledger.conftest import record
        ledger = Ledger(Path(sys.argv[1]))
        for number in range(5):
            ledger.add(record(id=f"before-{number}"))
        child = os.fork()
        if child == 0:
            for number in range(20):
                ledger.add(record(id=f"child-{number}"))
            ledger.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        for number in range(20):
            ledger.add(record(id=f"after-{number}"))
        assert len(ledger.records()) == 45
        assert ledger.totals().cells == 45
        assert ledger.warning is None
    """)
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", script, str(path)],
        check=False, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert intact(path)


def test_the_record_stays_as_its_writer_wrote_it(ledger, path):
    """Also where this version does not know all of its fields."""
    one = add(ledger)[0]
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        ((number, text),) = other.execute("SELECT id, text FROM template")
        later = text.replace('{"id"', '{"later":true,"id"', 1)
        assert later != text
        other.execute("UPDATE template SET text = ? WHERE id = ?", (later, number))
    ledger._noted.clear()
    with closing(Ledger(path)) as reading:
        (stored,) = reading.stored()
        assert '"later":true' in stored.json
        assert CellRecord.from_dict(one.to_dict()) == stored.record
