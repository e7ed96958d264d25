import itertools
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.record import CellRecord, Figure, Intensity
from greenlab.session.edit_effect import Versions

INTENSITY = Intensity(None, "WORLD", "World", "none", None, "missing")
numbers = itertools.count()


def record(code, joules, **fields):
    energy = Figure.within(joules, joules * 0.9, joules * 1.1, level=0.9, tier="modelled")
    known = {
        "id": f"r{next(numbers)}", "kernel_id": "k", "host": "h", "notebook": None,
        "cell_id": "a", "execution_count": 1, "source_hash": code, "name": None,
        "started_at": "2026-01-01T00:00:00Z", "duration_s": 1.0, "status": "ok",
        "energy_j": energy, "host_energy_j": energy, "components": (),
        "emissions_g": Figure.missing("no grid"), "intensity": INTENSITY,
    }  # fmt: skip
    return CellRecord(**{**known, **fields})


def after(*runs):
    versions = Versions()
    for run in runs:
        versions.add(run)
    return versions


def test_three_runs_each_without_overlap_are_likely_and_first_runs_are_left_out():
    old = [record("old", joules) for joules in (500, 100, 104, 96)]
    new = [record("new", joules) for joules in (90, 62, 60, 64)]
    edited = after(*old, *new).edited("a")
    assert (edited.before_hash, edited.source_hash) == ("old", "new")
    assert (edited.before_j, edited.after_j) == (100, 62)
    assert edited.ratio == pytest.approx(0.62)
    assert (edited.low, edited.high) == pytest.approx((60 / 104, 64 / 96))
    assert (edited.before_runs, edited.after_runs, edited.first_runs) == (3, 3, False)
    assert edited.likely
    assert edited.tier == "modelled"


def test_few_runs_or_runs_that_overlap_or_differ_by_little_are_not_sure():
    old = [record("old", joules) for joules in (9, 100, 104, 96)]
    few = after(*old, record("new", 9), record("new", 62), record("new", 60))
    assert not few.edited("a").likely
    overlap = after(*old, *[record("new", joules) for joules in (9, 62, 60, 97)])
    assert not overlap.edited("a").likely
    little = after(*old, *[record("new", joules) for joules in (9, 95.9, 95.8, 95.7)])
    assert little.edited("a").high < 1
    assert not little.edited("a").likely


def test_a_first_run_is_compared_with_a_first_run_alone():
    versions = after(*[record("old", joules) for joules in (500, 100, 100)])
    assert versions.edited("a") is None
    versions.add(record("new", 250))
    edited = versions.edited("a")
    assert (edited.ratio, edited.first_runs, edited.likely) == (0.5, True, False)
    assert (edited.before_runs, edited.after_runs) == (1, 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "error"},
        {"status": "interrupted"},
        {"kind": "span"},
        {"scope": "host"},
        {"cell_id": None},
        {"source_hash": None},
        {"energy_j": Figure.missing("no sensor")},
        {"energy_j": Figure(1.0, 0.0, 2.0, 0.9, "measured")},
    ],
)
def test_what_is_no_whole_run_of_a_cell_says_nothing_of_an_edit(fields):
    versions = after(record("old", 100), record("new", 50, **fields))
    assert versions.all() == ()


def test_an_edit_taken_back_is_an_edit_and_a_third_version_replaces_the_first():
    versions = after(record("old", 100), record("new", 50), record("old", 102))
    assert versions.edited("a").source_hash == "old"
    versions.add(record("third", 10))
    assert versions.edited("a").before_hash == "old"
    assert len(versions.all()) == 1


def test_a_record_that_settles_replaces_its_run():
    first = record("new", 50)
    versions = after(record("old", 100), first)
    versions.add(record("new", 80, id=first.id))
    assert versions.edited("a").ratio == 0.8


@given(
    st.lists(st.floats(1, 1e6), min_size=1, max_size=8),
    st.lists(st.floats(1, 1e6), min_size=1, max_size=8),
)
def test_the_ratio_lies_within_its_bounds_and_undoing_the_edit_turns_it_over(old, new):
    there = after(*[record("o", j) for j in old], *[record("n", j) for j in new]).edited("a")
    back = after(*[record("n", j) for j in new], *[record("o", j) for j in old]).edited("a")
    assert there.low <= there.ratio <= there.high
    assert there.ratio * back.ratio == pytest.approx(1)
    assert there.likely is back.likely or abs(there.ratio - 1) < 0.06
    if not there.first_runs:
        assert there.before_j == median(old[1:])


def test_what_all_runs_of_the_new_code_saved_follows_figures_that_settle():
    old = [
        record("old", joules, execution_count=count) for count, joules in enumerate((100, 104))
    ]
    new = [
        record("new", joules, execution_count=7 + index)
        for index, joules in enumerate((20, 10))
    ]
    versions = after(*old, *new)
    edited = versions.edited("a")
    assert (edited.before_count, edited.after_count) == (1, 8)
    assert edited.saved_runs == 2
    assert edited.saved_j == pytest.approx(2 * edited.before_j - 30)
    versions.add(record("new", 25, id=new[0].id, execution_count=7))
    assert versions.edited("a").saved_j == pytest.approx(2 * edited.before_j - 35)
    assert versions.edited("a").saved_runs == 2


def test_runs_that_left_the_window_still_count_in_what_was_saved():
    from greenlab.session.edit_effect import RUNS

    versions = after(*(record("old", 100) for _ in range(3)))
    for _ in range(2 * RUNS):
        versions.add(record("new", 40))
    edited = versions.edited("a")
    assert (edited.after_runs, edited.saved_runs) == (RUNS, 2 * RUNS)
    assert edited.saved_j == pytest.approx(2 * RUNS * 60)


@pytest.mark.parametrize(("high", "wide"), [(1.1, False), (3.0, True)])
def test_a_comparison_says_where_it_is_surer_than_the_values(high, wide):
    def wide_record(code, joules):
        energy = Figure.within(joules, joules * 0.9, joules * high, level=0.9, tier="assumed")
        return record(code, joules, energy_j=energy)

    edited = after(wide_record("old", 100), wide_record("new", 16)).edited("a")
    assert edited.wide is wide
