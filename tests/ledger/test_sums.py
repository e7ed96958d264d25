"""The sums that stand beside the records are those that the records come to."""

import sqlite3
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenlab.ledger import Ledger, notebook_named
from greenlab.record.addends import addends, key_of, text_of
from greenlab.record.record_addends import counted
from greenlab.record.summary import summary
from tests.record.strategies import records as any_records

from .conftest import record

START = datetime(2026, 10, 1, 21, tzinfo=UTC)
NAMES = [f"r{number}" for number in range(8)]


@st.composite
def chosen(draw):
    """A record of a few kernels, notebooks and days, perhaps counted in another or in none."""
    minutes = draw(st.integers(0, 3000))
    return replace(
        draw(any_records),
        id=draw(st.sampled_from(NAMES)),
        kernel_id=draw(st.sampled_from(["k1", "k2"])),
        notebook=draw(st.sampled_from([None, "/a.ipynb", "/b.ipynb"])),
        started_at=(START + timedelta(minutes=minutes)).isoformat(),
        duration_s=draw(st.floats(0, 100)),
        kind=draw(st.sampled_from(["cell", "span", "between"])),
        scope=draw(st.sampled_from(["process", "process", "host", "active"])),
        parent_id=draw(st.sampled_from([None, *NAMES, "elsewhere"])),
        counted_in=draw(st.sampled_from([None, None, *NAMES, "killed"])),
        counted_elsewhere=draw(st.sampled_from([0.0, 0.0, 0.25])),
    )


def same(found, expected):
    assert (found is None) == (expected is None)
    if expected is None:
        return
    assert (found.tier, found.level) == (expected.tier, expected.level)
    assert set(found.lacks) == set(expected.lacks)
    for name in ("value", "low", "high"):
        one, other = getattr(found, name), getattr(expected, name)
        assert (one is None) == (other is None)
        if other is not None:
            assert one == pytest.approx(other, abs=1e-6)


def sums_agree(found, expected):
    assert found.cells == expected.cells
    assert found.duration_s == pytest.approx(expected.duration_s, abs=1e-6)
    for name in ("energy_j", "between_j", "active_j"):
        same(getattr(found, name), getattr(expected, name))
    if "do not add up" not in (expected.emissions_g.reason or ""):
        same(found.emissions_g, expected.emissions_g)
    assert found.by_kind.keys() == expected.by_kind.keys()
    for kind, figure in expected.by_kind.items():
        same(found.by_kind[kind], figure)


def counting(kept):
    """Records that are counted in no other that is there, as if nothing held them."""
    ids = {one.id for one in kept}
    return [replace(one, counted_in=None) for one in kept if one.counted_in not in ids]


@contextmanager
def full(ledger, path):
    """Nothing can be written meanwhile: another program has the file."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    if ledger._connection is not None:
        ledger._connection.execute("PRAGMA busy_timeout = 1")
    yield
    other.execute("ROLLBACK")
    other.close()


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(chosen(), min_size=1, max_size=10),
    st.lists(chosen(), max_size=4),
    st.integers(0, 3000),
)
def test_sums_are_those_of_the_records(tmp_path, written, in_memory, minutes):
    """Whatever is written in whatever order, replaced, counted elsewhere, or only in memory."""
    path = tmp_path / "sums.sqlite"
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    ledger = Ledger(path)
    since = START + timedelta(minutes=minutes)
    for one in written:
        ledger.add(one)
    kept = {one.id: one for one in written}
    all_sums_agree(ledger, list(kept.values()), since)
    times_agree(ledger, list(kept.values()), since)
    with full(ledger, path):
        for one in in_memory:
            ledger.add(one)
        kept |= {one.id: one for one in in_memory}
        all_sums_agree(ledger, list(kept.values()), since)
    ledger.close()
    again = Ledger(path)  # what was in memory went to the file
    all_sums_agree(again, list(kept.values()), since)
    times_agree(again, list(kept.values()), since)
    again.close()


def begin(one):
    return datetime.fromisoformat(one.started_at).timestamp()


def all_sums_agree(ledger, kept, since):
    whole = counting(kept)
    sums_agree(ledger.totals(), summary(whole).tally.totals)
    later = [one for one in whole if begin(one) >= since.timestamp()]
    sums_agree(ledger.totals(since=since), summary(later).tally.totals)
    for notebook in ("/a.ipynb", "/b.ipynb"):
        of = counting([one for one in kept if one.notebook == notebook])
        sums_agree(ledger.totals(notebook=notebook), summary(of).tally.totals)
    for kernel in ("k1", "k2"):
        mine = counting([one for one in kept if one.kernel_id == kernel])
        of = [one for one in mine if begin(one) >= since.timestamp()]
        found = ledger.totals(kernel_id=kernel, since=since)
        sums_agree(found, summary(of).tally.totals)
    for by in ("notebook", "day"):
        groups = ledger.breakdown(by)
        assert sum(one.cells for one in groups.values()) == ledger.totals().cells
    card, expected = ledger.summary(since=since).tally, summary(later).tally
    assert card.runs == expected.runs
    for of in ("cpu", "gpu", "gpu_busy"):
        assert card.seconds(of) == pytest.approx(expected.seconds(of), abs=1e-6)


def times_agree(ledger, kept, since):
    later = [one for one in counting(kept) if begin(one) >= since.timestamp()]
    card, expected = ledger.summary(since=since), summary(later)
    assert card.started == pytest.approx(expected.started)
    assert card.ended == pytest.approx(expected.ended)
    assert card.notebooks.keys() == expected.notebooks.keys()
    lives = sorted(
        (min(map(begin, of)), max(begin(one) + one.duration_s for one in of))
        for kernel in ("k1", "k2")
        if (of := [one for one in later if one.kernel_id == kernel])
    )
    overlap = len(lives) == 2 and lives[1][0] < lives[0][1]
    assert ledger.at_once(since=since) == overlap


@given(any_records)
def test_a_key_comes_back_from_its_text(one):
    for addend in addends(counted(one)):
        assert key_of(text_of(addend.key)) == addend.key


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '["Runs"]', '["Energy","cell",[]]', '["Seconds",3]', '["x",1]', "3"],
)
def test_what_is_no_key_is_refused(text):
    with pytest.raises(ValueError, match="no key of a sum"):
        key_of(text)


def test_a_record_of_another_machine_counts_although_it_belongs_to_a_cell(ledger):
    cell = record()
    ledger.add(cell)
    ledger.add(record(kind="span", parent_id=cell.id, counted_in=None, host="worker"))
    assert ledger.totals().energy_j.value == pytest.approx(7.2e6)
    ledger.add(record(kind="span", parent_id=None, counted_in=cell.id))
    assert ledger.totals().energy_j.value == pytest.approx(7.2e6)


def test_what_a_running_cell_holds_counts_until_the_cell_is_there(ledger):
    spans = [record(kind="span", counted_in="cell") for _ in range(3)]
    for one in spans:
        ledger.add(one)
    assert ledger.totals().energy_j.value == pytest.approx(3 * 3.6e6)
    ledger.add(record(id="cell"))
    assert ledger.totals().energy_j.value == pytest.approx(3.6e6)
    assert len(ledger.records()) == 4


def test_work_and_idle_power_stand_apart(ledger):
    ledger.add(record())
    ledger.add(record(kind="between"))
    totals = ledger.totals()
    assert totals.active_j.value == 2.0
    assert ledger.summary().tally.idle_j.value == 2.0
    assert [one.active_j.value for one in ledger.breakdown("day").values()] == [2.0]


def test_a_notebook_that_another_one_ran_has_all_that_it_used(ledger):
    """In the sum of both it is once; of it alone people ask what it used, whoever ran it."""
    outer = record(notebook="/outer.ipynb", kernel_id="outer")
    cell = record(notebook="/inner.ipynb", kernel_id="inner", counted_in=outer.id)
    ledger.add(cell)
    ledger.add(outer)
    ledger.add(record(kind="span", notebook="/inner.ipynb", counted_in=cell.id))
    assert ledger.totals().energy_j.value == pytest.approx(3.6e6)
    assert ledger.totals(notebook="/inner.ipynb").energy_j.value == pytest.approx(3.6e6)
    assert ledger.totals(kernel_id="inner").energy_j.value == pytest.approx(3.6e6)
    assert ledger.summary(notebook="/inner.ipynb").notebooks == {"/inner.ipynb": None}
    assert ledger.breakdown("notebook").keys() == {"/outer.ipynb"}
    assert ledger.notebooks() == ["/inner.ipynb", "/outer.ipynb"]
    assert notebook_named(ledger, "inner.ipynb") == "/inner.ipynb"


def test_the_part_of_a_record_counted_elsewhere_is_not_added(ledger):
    ledger.add(record())
    ledger.add(record(counted_elsewhere=0.75))
    totals = ledger.totals()
    assert totals.duration_s == pytest.approx(2.0 + 0.5)
    assert totals.active_j.value == pytest.approx(1.0 + 0.25)
    assert totals.active_j.high == pytest.approx(2 * record().components[0].active_j.high)
