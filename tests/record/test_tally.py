from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.record import total
from greenlab.record.figure_sum import FigureSum
from greenlab.record.tally import RecordTally
from greenlab.record.merge_totals import plus
from tests.record.strategies import figures
from tests.session.test_history_rollup import run


@given(st.lists(figures, max_size=20))
def test_a_tally_is_the_total(parts):
    tally = FigureSum("nothing yet")
    for figure in parts:
        tally.add(figure)
    expected = total(("some cells", figure) for figure in parts)
    got = tally.figure
    if expected.value is None:
        assert got.value is None
        assert got.reason
    else:
        assert got.value == pytest.approx(expected.value)
        assert got.low == pytest.approx(expected.low)
        assert got.high == (None if expected.high is None else pytest.approx(expected.high))
    assert (got.tier, got.lacks) == (expected.tier, expected.lacks)


@given(st.lists(figures, max_size=10), st.lists(figures, max_size=10))
def test_what_is_taken_back_leaves_no_trace(kept, taken):
    one, other = FigureSum("none"), FigureSum("none")
    for figure in kept:
        one.add(figure)
        other.add(figure)
    for figure in taken:
        one.add(figure)
    for figure in taken:
        one.add(figure, -1)
    got, expected = one.figure, other.figure
    assert (got.tier, got.level, got.reason) == (expected.tier, expected.level, expected.reason)
    assert set(got.lacks) == set(expected.lacks)
    if expected.value is not None:
        assert got.value == pytest.approx(expected.value, abs=1e-3)
        assert (got.high is None) == (expected.high is None)


@given(st.lists(figures, max_size=10), st.lists(figures, max_size=10))
def test_merged_tallies_are_the_tally_of_all(some, others):
    whole, one, other = FigureSum("none"), FigureSum("none"), FigureSum("none")
    for figure in some:
        one.add(figure)
    for figure in others:
        other.add(figure)
    for figure in (*some, *others):
        whole.add(figure)
    one.merge(other)
    got, expected = one.figure, whole.figure
    assert (got.tier, got.level, set(got.lacks)) == (
        expected.tier,
        expected.level,
        set(expected.lacks),
    )
    if expected.value is not None:
        assert got.value == pytest.approx(expected.value)
        assert got.low == pytest.approx(expected.low)


joules = st.one_of(st.none(), st.floats(0, 1e6))
kinds = st.sampled_from(["cell", "between", "span"])
records = st.lists(st.tuples(joules, kinds), max_size=8).map(
    lambda all_: [run(number, value, kind=kind) for number, (value, kind) in enumerate(all_)]
)


@given(records, records)
def test_totals_add_up_to_the_totals_of_all(some, others):
    whole, one, other = RecordTally(), RecordTally(), RecordTally()
    for record in some:
        one.add(record)
    for record in others:
        other.add(record)
    for record in (*some, *others):
        whole.add(record)
    added, expected = plus(one.totals, other.totals), whole.totals
    one.merge(other)
    for got in (added, one.totals):
        assert got.cells == expected.cells
        assert got.duration_s == pytest.approx(expected.duration_s)
        assert got.by_kind.keys() == expected.by_kind.keys()
        for name in ("energy_j", "emissions_g", "between_j", "active_j"):
            mine, theirs = getattr(got, name), getattr(expected, name)
            assert (mine is None) == (theirs is None), name
            if theirs is not None and theirs.value is not None:
                assert mine.value == pytest.approx(theirs.value)
                if name != "between_j":  # without any the sum does not say if some is unknown
                    assert (mine.high is None) == (theirs.high is None)
                assert mine.tier == theirs.tier
            elif theirs is not None:
                assert mine.value is None
