import json
import sqlite3
import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenlab.ledger import Ledger, default_path
from greenlab.record import Component, Figure, total
from greenlab.record.tally import RecordTally

from .conftest import FRANCE, figure, record


def test_a_record_comes_back_as_it_was(ledger):
    kept = record(name="load", gpu_busy=0.5)
    ledger.add(kept)
    assert ledger.records() == [kept]
    assert ledger.warning is None


def test_records_survive_the_ledger(path):
    with_first = Ledger(path)
    kept = record()
    with_first.add(kept)
    with_first.close()
    again = Ledger(path)
    assert again.records() == [kept]
    again.close()


def test_a_closed_ledger_opens_again(ledger):
    ledger.add(record())
    ledger.close()
    ledger.close()
    ledger.add(record())
    assert len(ledger.records()) == 2


def test_a_settled_record_takes_the_place_of_the_former(ledger):
    first = record(energy_j=figure(1.0))
    settled = replace(first, energy_j=figure(2.0))
    ledger.add(first)
    ledger.add(settled)
    assert ledger.records() == [settled]
    assert ledger.totals().energy_j.value == 2.0


def test_records_are_chosen_by_kernel_notebook_time_and_number(ledger):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    kept = [
        record(
            kernel_id=f"kernel-{i % 2}",
            notebook=f"/n{i % 3}.ipynb",
            started_at=(start + timedelta(hours=i)).isoformat(),
        )
        for i in range(12)
    ]
    for each in reversed(kept):
        ledger.add(each)
    assert ledger.records() == kept
    assert ledger.records(kernel_id="kernel-1") == kept[1::2]
    assert ledger.records(notebook="/n2.ipynb") == kept[2::3]
    assert ledger.records(since=start + timedelta(hours=9)) == kept[9:]
    assert ledger.records(limit=2) == kept[-2:]
    assert ledger.records(kernel_id="kernel-0", limit=1) == [kept[10]]
    assert ledger.records(limit=0) == []


def test_many_records_are_read_page_by_page(ledger, monkeypatch):
    monkeypatch.setattr("greenlab.ledger.ledger._PAGE", 3)
    same_moment = "2026-01-01T00:00:00Z"
    kept = [record(started_at=same_moment) for _ in range(10)]
    for each in kept:
        ledger.add(each)
    assert ledger.records() == kept


def test_totals_leave_out_records_within_records(ledger):
    outer = record()
    ledger.add(outer)
    ledger.add(record(kind="span", parent_id=outer.id))
    ledger.add(record(kind="between"))
    totals = ledger.totals()
    assert totals.between_j.value == pytest.approx(3.6e6)
    assert totals.cells == 1
    assert totals.energy_j.value == pytest.approx(7.2e6)
    assert totals.duration_s == 4.0
    assert totals.by_kind["cpu"].value == pytest.approx(7.2e6)
    assert "gpu" not in totals.by_kind
    for by in ("notebook", "day"):
        (group,) = ledger.breakdown(by).values()
        assert group == totals


def test_the_ledger_sums_as_the_kernel_does(ledger):
    gone, open_ended = Figure.missing("lost"), Figure(1.0, 0.5, None, 0.9, "modelled", "why")
    tally = RecordTally()
    for energy_j in (figure(1.0), figure(2.0, tier="assumed"), open_ended, gone):
        for kind in ("cell", "between"):
            one = record(energy_j=energy_j, kind=kind)
            ledger.add(one)
            tally.add(one)
    for name in ("energy_j", "between_j"):
        found, expected = (getattr(sums, name) for sums in (ledger.totals(), tally.totals))
        assert found.value == pytest.approx(expected.value)
        assert found.low == pytest.approx(expected.low)
        assert (found.high, found.tier, found.level, set(found.lacks)) == (
            None, expected.tier, expected.level, set(expected.lacks)
        )  # fmt: skip


def test_spans_of_a_cell_that_left_no_record_count_for_themselves(ledger):
    """Its kernel was killed, or it still runs."""
    outer = record(kind="span", parent_id="killed")
    ledger.add(outer)
    ledger.add(record(kind="span", parent_id=outer.id))
    for totals in (ledger.totals(), *ledger.breakdown("day").values()):
        assert totals.cells == 0
        assert totals.energy_j.value == pytest.approx(3.6e6)
    ledger.add(record(id="killed"))
    assert ledger.totals().cells == 1
    assert ledger.totals().energy_j.value == pytest.approx(3.6e6)


def test_totals_of_nothing_are_missing_and_not_zero(ledger):
    totals = ledger.totals()
    assert totals.energy_j.value is None
    assert totals.energy_j.reason == "no records"
    assert totals.between_j is None
    assert totals.cells == 0


def test_grams_of_different_bases_do_not_add_up(ledger):
    ledger.add(record())
    ledger.add(record(notebook="/b.ipynb", intensity=replace(FRANCE, basis="direct")))
    assert ledger.totals().emissions_g.value is None
    assert "average direct" in ledger.totals().emissions_g.reason
    assert ledger.totals(notebook="/b.ipynb").emissions_g.value == 56.0


figures = st.one_of(
    st.builds(Figure.missing, st.sampled_from(["no counter", "lost"])),
    st.builds(
        figure,
        st.floats(0, 1e9),
        tier=st.sampled_from(["measured", "modelled", "assumed"]),
        spread=st.floats(0, 1),
    ),
    st.builds(
        lambda v: Figure(v, v / 2, None, 0.9, "modelled", "in part", ("gpu",)),
        st.floats(0, 1e9),
    ),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(figures, min_size=1, max_size=8))
def test_totals_are_the_sum_that_the_record_defines(tmp_path, parts):
    path = tmp_path / "property.sqlite"
    path.unlink(missing_ok=True)
    ledger = Ledger(path)
    for part in parts:
        ledger.add(record(energy_j=part))
    expected = total([("a cell", part) for part in parts])
    totals = ledger.totals()
    ledger.close()
    for found in (totals.energy_j, totals.by_kind["cpu"]):
        assert found.tier == expected.tier
        assert found.value == (
            None if expected.value is None else pytest.approx(expected.value)
        )
        assert found.low == (None if expected.low is None else pytest.approx(expected.low))
        assert found.high == (None if expected.high is None else pytest.approx(expected.high))
        if expected.value is not None:
            assert found.level == expected.level
        assert set(filter(None, (found.reason or "").split("; "))) == set(
            filter(None, (expected.reason or "").split("; "))
        )
        assert bool(found.lacks) == bool(expected.lacks)


def test_a_missing_part_is_named_by_its_device(ledger):
    gone = Figure.missing("lost")
    part = Component("gpu", "GPU 0", "nvml", gone, gone, gone, gone)
    ledger.add(record(components=(part,)))
    assert ledger.totals().by_kind["gpu"].lacks == ("GPU 0",)


def test_breakdown_by_notebook_and_by_day(ledger):
    for hours, notebook in ((0, "/a.ipynb"), (1, "/a.ipynb"), (72, None)):
        moment = datetime(2026, 5, 1, 12, tzinfo=UTC) + timedelta(hours=hours)
        ledger.add(record(notebook=notebook, started_at=moment.isoformat()))
    by_notebook = ledger.breakdown("notebook")
    assert {name: t.cells for name, t in by_notebook.items()} == {None: 1, "/a.ipynb": 2}
    days = [
        moment.astimezone().date().isoformat()
        for moment in (
            datetime(2026, 5, 1, 12, tzinfo=UTC),
            datetime(2026, 5, 4, 12, tzinfo=UTC),
        )
    ]
    assert sorted(ledger.breakdown("day")) == days


def test_an_unreadable_record_is_left_out_with_a_warning(ledger, path):
    kept = record()
    ledger.add(kept)
    ledger.add(record())
    ledger.fold()
    other = sqlite3.connect(path)
    other.execute(
        'UPDATE record SET record = \'{"schema": "greenlab.record/2"}\' WHERE id > ?',
        (kept.id,),
    )
    other.commit()
    other.close()
    assert ledger.records() == [kept]
    assert str(path) in ledger.warning


def test_indexes_serve_the_questions_that_are_asked(ledger):
    connection = ledger._connection
    for condition in ("kernel_id = 'k'", "notebook = 'n'", "started > 5"):
        plan = connection.execute(
            f"EXPLAIN QUERY PLAN SELECT record FROM record WHERE {condition} ORDER BY started"
        ).fetchall()
        assert "USING INDEX" in plan[0][3]


def test_adding_takes_little_more_than_sqlite_does(ledger, tmp_path):
    """Beside a bare transaction with the same text, alternately, on the same disk."""
    bare = sqlite3.connect(tmp_path / "bare.sqlite", isolation_level=None)
    bare.execute("PRAGMA journal_mode = WAL")
    bare.execute("PRAGMA synchronous = NORMAL")
    bare.execute("CREATE TABLE kept (id TEXT PRIMARY KEY, text TEXT)")
    texts = [(one, json.dumps(one.to_dict())) for one in (record() for _ in range(300))]
    adding_s, bare_s = [], []
    for one, text in texts:
        start = time.perf_counter()
        ledger.add(one)
        added = time.perf_counter()
        bare.execute("INSERT INTO kept VALUES (?, ?)", (one.id, text))
        adding_s.append(added - start)
        bare_s.append(time.perf_counter() - added)
    bare.close()
    # 9 times, for the sums and the looks at the file; room for caches that others empty.
    assert statistics.median(adding_s) < 20 * statistics.median(bare_s)


def test_ledger_location(monkeypatch, tmp_path):
    monkeypatch.setenv("GREENLAB_LEDGER", str(tmp_path / "mine.sqlite"))
    assert default_path() == tmp_path / "mine.sqlite"
    monkeypatch.delenv("GREENLAB_LEDGER")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("socket.gethostname", lambda: "lab 1/é")
    assert default_path() == tmp_path / "greenlab" / "ledger-lab_1__.sqlite"


def test_only_the_user_can_read_it(ledger, path):
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
