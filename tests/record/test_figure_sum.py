"""Sums of figures: the same cases as the panel's, in one file."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.ledger.json_templates import cut
from greenlab.ledger.raw_json_export import kind_cells
from greenlab.record import Figure, total
from greenlab.record.figure_sum import FigureSum
from tests.ledger.conftest import record
from tests.record.strategies import figures, records

CASES = json.loads((Path(__file__).parent.parent / "sums_cases.json").read_text("utf-8"))


def figure(value=None, low=None, high=None, reason=None, lacks=(), **more):
    return Figure(value, low, high, reason=reason, lacks=tuple(lacks), **more)


@pytest.mark.parametrize("case", CASES["sums"], ids=lambda case: case["about"])
def test_a_sum_of_figures(case):
    parts = [(name, figure(**one)) for name, one in case["parts"]]
    assert total(parts) == figure(**case["sum"])


@pytest.mark.parametrize(("low", "high", "bound"), CASES["upper_bounds"])
def test_where_the_upper_bound_is_all_that_is_known(low, high, bound):
    one = Figure(2.0, low, high, 0.95, "measured")
    assert one.bound_only is (bound is not None)
    if one.bound_only:
        assert one.high == bound


@pytest.mark.parametrize("case", CASES["sums"], ids=lambda case: case["about"])
def test_it_is_the_same_whatever_was_added_and_taken_back_before(case):
    known = FigureSum("no sensor")
    for name, one in case["parts"]:
        other = Figure(3.0, 2.0, None, 0.5, "assumed", "another", ("other",))
        known.add(other)
        known.add_many(figure(**one), 1, name)
        known.add(other, -1)
    assert known.figure == figure(**case["sum"])


@given(st.lists(records, min_size=1, max_size=1))
def test_a_stored_record_s_columns_follow_the_same_rules(kept):
    """Exports add up a record's devices without reading it."""
    (one,) = kept
    template, values = cut(one.to_dict())
    for kind in ("cpu", "ram", "gpu"):
        parts = [(part.device, part.energy_j) for part in one.components if part.kind == kind]
        value, low, high, tier = kind_cells(template, kind)
        if not parts:
            assert (value, low, high, tier) == (None, None, None, None)
            continue
        expected = total(parts)
        assert tier == expected.tier
        assert (value is None, high is None) == (expected.value is None, expected.high is None)
        for cell, amount in ((value, expected.value), (low, expected.low)):
            holes = cell if isinstance(cell, tuple) else () if cell is None else (cell,)
            if amount is not None:
                assert sum(float(values[hole.number]) for hole in holes) == pytest.approx(
                    amount
                )


def test_a_sum_over_cells_says_that_some_are_lacking():
    known = FigureSum("no cell has run")
    assert known.figure == Figure.missing("no cell has run")
    known.add(record().energy_j)
    known.add(Figure.missing("no counter"))
    assert known.figure.lacks == ("some cells",)
    assert known.figure.high is None


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), figures), max_size=5))
def test_the_short_way_of_a_total_gives_what_the_sum_gives(parts):
    found = FigureSum("no sensor")
    for name, one in parts:
        found.add_many(one, 1, name)
    assert total(parts) == found.figure
