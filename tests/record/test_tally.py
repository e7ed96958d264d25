from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.record import total
from greenlab.record.tally import Tally
from tests.record.strategies import figures


@given(st.lists(figures, max_size=20))
def test_a_tally_is_the_total(parts):
    tally = Tally("nothing yet")
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
    one, other = Tally("none"), Tally("none")
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
