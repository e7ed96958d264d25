"""What a connection need not write again: never after somebody may have deleted it."""

import sqlite3

import pytest

from greenlab.ledger import Ledger, pending_rows, record_rows

from .conftest import record


def whole(path, ids):
    """Whether these records are there, with their sums, for somebody who opens the file."""
    ledger = Ledger(path)
    found = {one.id for one in ledger.records()}
    cells = ledger.totals().cells
    assert ledger.warning is None
    ledger.close()
    return found == ids and cells == len(ids)


def add(ledger):
    one = record()
    ledger.add(one)
    return one.id


def test_another_one_forgets_all_between_two_records(ledger, path):
    for _ in range(3):
        add(ledger)
        other = Ledger(path)
        other.forget()
        other.close()
        ids = {add(ledger), add(ledger)}
        assert whole(path, ids)


def test_this_one_forgets_all_between_two_records(ledger, path):
    for _ in range(3):
        add(ledger)
        ledger.forget()
        ids = {add(ledger), add(ledger)}
        assert whole(path, ids)


def test_a_change_that_was_taken_back(ledger, path, monkeypatch):
    row = record_rows.row(record())
    with monkeypatch.context() as patch:
        patch.setattr(record_rows.Writer, "finish", lambda _self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            pending_rows.put(ledger._connection, [row])
    assert whole(path, {add(ledger), add(ledger)})


@pytest.mark.parametrize("table", ["bucket", "template", "term"])
def test_a_row_that_another_program_deleted(ledger, path, table):
    add(ledger)
    ledger.fold()
    other = sqlite3.connect(path)
    other.execute("DELETE FROM record")
    other.execute("DELETE FROM absent")
    other.execute("DELETE FROM bucket_sums")
    other.execute(f"DELETE FROM {table}")
    other.commit()
    other.close()
    assert whole(path, {add(ledger)})


def test_a_row_is_written_once(ledger):
    add(ledger)
    ledger.fold()
    seen = []
    ledger._connection.set_trace_callback(seen.append)
    for _ in range(3):
        add(ledger)
        ledger.fold()
    ledger._connection.set_trace_callback(None)
    tables = ("main.bucket (", "main.template (", "main.term (")
    assert seen
    assert not [one for one in seen for name in tables if f"INTO {name}" in one]
