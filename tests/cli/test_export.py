import csv
import io
import json

import pytest

from greenlab.ledger import Ledger
from greenlab.units import J_PER_KWH
from tests.ledger.conftest import figure, record

ONE, TWO = "/home/ada/one.ipynb", "/home/ada/two.ipynb"


@pytest.fixture
def nested(own_ledger):
    """All the ways in which records lie within others, and beside them."""
    ledger = Ledger(own_ledger)

    def add(joules, **changes):
        one = record(
            energy_j=figure(joules),
            emissions_g=figure(joules / 1000),
            notebook=changes.pop("notebook", ONE),
            **changes,
        )
        ledger.add(one)
        return one

    cell = add(4096.0, started_at="2026-10-01T12:00:00Z")
    span = add(512.0, kind="span", parent_id=cell.id)
    add(64.0, kind="span", parent_id=span.id)  # a span within a span
    add(128.0, kind="between")
    add(256.0, notebook=TWO, kernel_id="kernel-2", counted_in=cell.id)  # a child's
    add(1024.0, notebook=TWO, kernel_id="kernel-2", counted_elsewhere=0.25)
    add(32.0, kind="span", parent_id="killed")  # its cell left no record
    add(16.0, kind="span", parent_id=cell.id, counted_in=None)  # it only groups
    add(8.0, scope="host")
    add(2048.0, scope="active", pue=1.5, notebook=TWO)
    later = add(8192.0, started_at="2027-01-01T12:00:00Z", pue=1.25)
    add(2.0, kind="span", parent_id=later.id, started_at="2027-01-01T12:00:01Z")
    add(1.0, counted_in=cell.id, started_at="2027-01-02T12:00:00Z")  # later than --since
    ledger.close()


CHOICES = [
    [],
    ["--notebook", ONE],
    ["--notebook", TWO],
    ["--since", "2026-12-01"],
    ["--since", "2027-01-02", "--notebook", ONE],
]


def rows_of(greenlab, form, choice):
    code, out, _ = greenlab("export", "--format", form, *choice)
    assert code == 0
    return list(csv.DictReader(io.StringIO(out, newline="")))


@pytest.mark.parametrize("choice", CHOICES[:-1])
def test_the_rows_of_codecarbon_add_up_to_the_report(greenlab, nested, choice):
    rows = rows_of(greenlab, "codecarbon", choice)
    _, out, _ = greenlab("report", "--json", *choice)
    totals = json.loads(out)["totals"]
    joules = sum(float(row["energy_consumed"]) / float(row["pue"]) for row in rows) * J_PER_KWH
    assert joules == pytest.approx(totals["energy_j"]["value"])
    grams = sum(float(row["emissions"]) for row in rows) * 1000
    assert grams == pytest.approx(totals["emissions_g"]["value"])
    seconds = sum(float(row["duration"]) for row in rows)
    assert seconds == pytest.approx(totals["duration_s"])


def test_what_lies_in_a_chosen_record_has_no_row_of_its_own(greenlab, nested):
    found = [len(rows_of(greenlab, "codecarbon", choice)) for choice in CHOICES[:-1]]
    assert found == [8, 6, 3, 1]


def test_where_nothing_counts_the_report_and_codecarbon_s_rows_say_the_same(greenlab, nested):
    choice = CHOICES[-1]
    assert len(rows_of(greenlab, "csv", choice)) == 1
    for words in (["report"], ["export", "--format", "codecarbon"]):
        code, out, said = greenlab(*words, *choice)
        assert (code, out) == (1, "")
        assert "has no records" in said


def test_csv_and_jsonl_have_every_record_and_say_what_counts_elsewhere(greenlab, nested):
    rows = rows_of(greenlab, "csv", [])
    _, out, _ = greenlab("export", "--format", "jsonl")
    records = [json.loads(line) for line in out.splitlines()]
    assert len(rows) == len(records) == 13
    for row, one in zip(rows, records, strict=True):
        assert row["counted_in"] == (one["counted_in"] or "")
        assert float(row["counted_elsewhere"]) == one["counted_elsewhere"]
