"""Sums of the records that pages are not sent one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from greenlab.record import CellRecord, Component, Figure, Intensity
from greenlab.record.tally import RecordTally
from greenlab.session import history_rollup as earlier_module
from greenlab.session.history_rollup import Earlier
from greenlab.session.history import TAIL, History

GRID = Intensity(56.0, "FR", "France", "test", 2023, "modelled")
START = datetime(2026, 1, 1, tzinfo=UTC)


def figure(joules):
    if joules is None:
        return Figure.missing("no sensor")
    return Figure(joules, joules * 0.9, joules * 1.1, 0.95, "modelled")


def run(number, joules, **fields):
    used = figure(joules)
    known = {
        "id": f"r{number}",
        "kernel_id": "k",
        "host": "h",
        "notebook": "n.ipynb",
        "cell_id": "a",
        "execution_count": number,
        "source_hash": "h",
        "name": None,
        "started_at": (START + timedelta(seconds=10 * number)).isoformat(),
        "duration_s": 5.0,
        "status": "ok",
        "energy_j": used,
        "host_energy_j": used,
        "components": (Component("cpu", "cpu", "test", used, used, used, used),),
        "emissions_g": used,
        "intensity": GRID,
    }
    return CellRecord(**(known | fields))


def rows(records):
    sums = Earlier()
    for one in records:
        sums.add(one)
    return sums.rows


def test_all_runs_of_a_cell_are_one_row():
    (row,) = rows([run(1, 100.0), run(2, 20.0), run(3, 40.0), run(4, 7.0, status="error")])
    assert (row.cell_id, row.execution_count, row.runs, row.status) == ("a", 4, 4, "error")
    assert row.totals.energy_j.value == pytest.approx(167)
    assert (row.first_j, row.later_j, row.later_runs, row.lost_j) == (100, 30, 2, 7)
    assert (row.peak_j, row.peak_at) == (100, "2026-01-01T00:00:15.000000Z")
    assert (row.last_j.value, row.last_s) == (7, 5)


def test_an_edited_cell_begins_anew_with_its_first_run():
    (row,) = rows(
        [run(1, 100.0), run(2, 9.0, source_hash="other"), run(3, 3.0, source_hash="other")]
    )
    assert (row.source_hash, row.first_j, row.later_j, row.runs) == ("other", 9, 3, 3)


def test_spans_of_a_name_and_gaps_have_rows_and_parts_of_a_cell_have_none():
    found = rows(
        [
            run(1, 1.0, kind="span", cell_id=None, name="load"),
            run(2, 2.0, kind="span", cell_id=None, name="load"),
            run(3, 3.0, kind="between", cell_id=None),
            run(4, 4.0, kind="between", cell_id=None, name="proof"),
            run(5, 5.0, kind="span", name="inner", parent_id="r6"),
        ]
    )
    assert [(row.kind, row.name, row.runs) for row in found] == [
        ("span", "load", 2),
        ("between", None, 2),
    ]
    assert found[1].proof_j.value == 4


def test_what_is_not_known_stays_unknown():
    (row,) = rows([run(1, None)])
    assert row.totals.energy_j.value is None
    assert (row.first_j, row.peak_j, row.lost_j) == (None, None, None)
    assert row.last_j.reason


def test_the_heaviest_cells_stay_however_many_there_are(monkeypatch):
    monkeypatch.setattr(earlier_module, "ROWS", 20)
    sums = Earlier()
    tally = RecordTally()
    for number in range(500):
        one = run(number, 1000.0 if number == 7 else 1.0 + number / 1000, cell_id=f"c{number}")
        sums.add(one)
        tally.add(one)
    found = sums.rows
    assert len(found) <= 21
    assert max(found, key=lambda row: row.totals.energy_j.value).cell_id == "c7"
    others = [row for row in found if row.cell_id is None]
    assert [row.kind for row in others] == ["cell"]
    assert sum(row.runs for row in found) == 500
    total = sum(row.totals.energy_j.value for row in found)
    assert total == pytest.approx(tally.totals.energy_j.value)


def test_the_curve_stays_small_in_order_and_ends_at_the_sum():
    sums = Earlier()
    for number in range(10_000):
        sums.add(run(number, 2.0))
    curve = sums.curve
    assert len(curve.times_s) <= earlier_module.POINTS + 1
    assert list(curve.times_s) == sorted(curve.times_s)
    assert curve.times_s[0] == START.timestamp()
    assert curve.joules["cpu"][-1] == pytest.approx(20_000)
    middle = len(curve.times_s) // 2
    share = (curve.times_s[middle] - curve.times_s[0]) / (curve.times_s[-1] - curve.times_s[0])
    assert curve.joules["cpu"][middle] == pytest.approx(20_000 * share, rel=0.02)


def test_sums_with_more_records_leave_the_sums_as_they_are():
    sums = Earlier()
    sums.add(run(1, 10.0))
    more = sums.including((run(2, 20.0), run(3, 5.0, cell_id="b")))
    assert [row.totals.energy_j.value for row in more.rows] == [30, 5]
    assert [row.totals.energy_j.value for row in sums.rows] == [10]
    assert sums.curve.joules["cpu"][-1] == 10


def test_after_ten_thousand_runs_nothing_is_missing_from_the_overview():
    history = History()
    for number in range(10_401):
        kind = "between" if number % 3 == 0 else "cell"
        cell = None if kind == "between" else "heavy" if number == 1 else f"c{number % 7}"
        joules = 1e5 if number == 1 else 0.5
        history.add(run(number, joules, kind=kind, cell_id=cell))
    view = history.overview("records")
    assert len(view.records) == TAIL
    assert view.older + len(view.records) == 10_401
    in_rows = sum(row.totals.energy_j.value for row in view.earlier)
    in_records = sum(one.energy_j.value for one in view.records)
    assert in_rows + in_records == pytest.approx(view.totals.energy_j.value)
    assert any(row.cell_id == "heavy" for row in view.earlier)
    gaps = [row for row in view.earlier if row.kind == "between"]
    tail = [one.energy_j.value for one in view.records if one.kind == "between"]
    between_j = gaps[0].totals.energy_j.value + sum(tail)
    assert between_j == pytest.approx(view.totals.between_j.value)
    assert view.curve.joules["cpu"][-1] == pytest.approx(in_rows)
    whole = history.overview("rows")
    assert whole.records == ()
    in_rows = sum(row.totals.energy_j.value for row in whole.earlier)
    assert in_rows == pytest.approx(view.totals.energy_j.value)
    assert whole.earlier[0].cell_id == "heavy"


def test_grams_of_older_runs_can_be_corrected():
    sums = Earlier()
    first = run(1, 10.0)
    sums.add(first)
    right = replace(first, emissions_g=first.emissions_g.scaled(2.0))
    sums.replace(first, right)
    (row,) = sums.rows
    assert row.totals.emissions_g.value == pytest.approx(right.emissions_g.value)
    assert row.runs == 1
