from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.record import Figure, total, worst
from tests.record.strategies import figures, known_figures


def test_an_interval_holds_its_value():
    assert Figure.within(5, 1, 3, level=0.9, tier="modelled").value == 3
    assert Figure.within(0, 1, 3, level=0.9, tier="modelled").value == 1


@pytest.mark.parametrize("bad", [(1, 3, 2), (math.nan, 0, 1), (1, 0, math.inf)])
def test_an_interval_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match="not finite|low <= high"):
        Figure.within(*bad, level=0.9, tier="modelled")


def test_the_worst_tier_wins_and_nothing_known_is_missing():
    assert worst(["measured", "assumed", "modelled"]) == "assumed"
    assert worst([]) == "missing"


@given(st.lists(st.tuples(st.sampled_from("abc"), known_figures()), min_size=1))
def test_known_figures_add_up_bound_by_bound(parts):
    summed = total(parts)
    assert summed.value == pytest.approx(sum(figure.value for _, figure in parts))
    assert summed.low == pytest.approx(sum(figure.low for _, figure in parts))
    assert summed.high == pytest.approx(sum(figure.high for _, figure in parts))
    assert summed.tier == worst(figure.tier for _, figure in parts)
    assert summed.level == min(figure.level for _, figure in parts)
    assert not summed.lacks


@given(st.lists(st.tuples(st.sampled_from("abc"), figures)))
def test_a_missing_part_is_named_and_leaves_no_upper_bound(parts):
    summed = total(parts)
    gone = {name for name, figure in parts if figure.value is None}
    assert set(summed.lacks) == gone
    if len(parts) == 0 or all(figure.value is None for _, figure in parts):
        assert summed.value is None
        assert summed.tier == "missing"
        assert summed.reason
    elif gone:
        assert summed.value is not None
        assert summed.high is None
        assert summed.reason


def test_gaps_travel_up_through_sums():
    inner = total(
        [("cpu", Figure(1, 1, 1, 0.9, "measured")), ("gpu 0", Figure.missing("lost"))]
    )
    outer = total([("cell", inner), ("other", Figure(1, 1, 1, 0.9, "measured"))])
    assert outer.lacks == ("gpu 0",)
    assert outer.high is None


@given(known_figures(), st.floats(0, 1e3))
def test_scaling_moves_bounds_alike(figure, factor):
    scaled = figure.scaled(factor)
    assert scaled.low <= scaled.value <= scaled.high
    assert scaled.value == figure.value * factor


def test_scaling_a_missing_figure_leaves_it_missing():
    assert Figure.missing("lost").scaled(2).value is None


def test_a_figure_shows_value_interval_and_tier():
    closed = Figure.within(24.37, 1.79, 92.7, level=0.9, tier="assumed")
    assert repr(closed) == "<Figure 24.37, 1.79 to 92.7, assumed>"
    part = Figure(10.0, 9.0, None, 0.9, "modelled", "lost", ("GPU 0",))
    assert repr(part) == "<Figure 10, at least 9, modelled, lacks GPU 0>"
    assert repr(Figure.missing("no sensor")) == "<Figure missing: no sensor>"
