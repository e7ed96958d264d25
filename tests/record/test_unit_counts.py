"""Units of work: their names, the joules of one, and their sums."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlab.record import CellRecord, Figure, UnitTotal, UnitCount, figure_display
from greenlab.record.merge_totals import plus
from greenlab.record.tally import RecordTally
from greenlab.record.unit_counts import add_up, energy_per, energy_per_unit, singular
from tests.record.strategies import figures, records, works
from tests.session.test_history_rollup import run

FIGURE = Figure(8.0, 6.0, 10.0, 0.95, "modelled")


@pytest.mark.parametrize(
    ("name", "one"),
    [
        ("tokens", "token"),
        ("token", "token"),
        ("images", "image"),
        ("epochs", "epoch"),
        ("batches", "batch"),
        ("classes", "class"),
        ("boxes", "box"),
        ("queries", "query"),
        ("movies", "movie"),
        ("series", "series"),
        ("time series", "time series"),
        ("loss", "loss"),
        ("corpus", "corpus"),
        ("analysis", "analysis"),
        ("responses", "response"),
        ("prompt_tokens", "prompt token"),
        ("  two   words ", "two word"),
        ("Bilder", "Bilder"),
        ("s", "s"),
        ("gas", "gas"),
        ("令牌", "令牌"),
        ("", ""),
    ],
)
def test_a_name_in_the_singular(name, one):
    assert singular(name) == one


@given(st.text(max_size=20))
def test_the_singular_of_a_singular_stays(name):
    assert singular(singular(name)) == singular(name) or name.endswith(("ss", "s"))


def test_the_joules_of_one():
    each = energy_per(FIGURE, 4, "token")
    assert (each.value, each.low, each.high, each.tier) == (2.0, 1.5, 2.5, "modelled")
    for count in (0, 5e-324):
        assert energy_per(FIGURE, count, "token") == Figure.missing("no token was counted")
    unknown = Figure.missing("no sensor")
    assert energy_per(unknown, 4, "token") is unknown


@settings(max_examples=30)
@given(records)
def test_a_record_with_work_survives_json(record):
    assert CellRecord.from_dict(record.to_dict()) == record
    assert ("work" in record.to_dict()) == bool(record.work)


made = st.builds(
    lambda number, joules, work: run(number, joules, work=work),
    st.integers(1, 9),
    st.one_of(st.none(), st.integers(0, 1000).map(float)),
    st.lists(works(), max_size=3, unique_by=lambda one: one.unit).map(tuple),
)
"""Records that count for themselves."""


@given(st.lists(made, max_size=4), st.lists(made, max_size=4))
def test_sums_of_sums_are_the_sums_of_all(some, others):
    whole, one, other = RecordTally(), RecordTally(), RecordTally()
    for record in [*some, *others]:
        whole.add(record)
    for tally, group in ((one, some), (other, others)):
        for record in group:
            tally.add(record)
    joined = {of.unit: of for of in plus(one.totals, other.totals).work}
    one.merge(other)
    merged = {of.unit: of for of in one.work}
    assert joined.keys() == merged.keys() == {of.unit for of in whole.work}
    for total in whole.work:
        for found in (joined[total.unit], merged[total.unit]):
            assert found.count == pytest.approx(total.count)
            assert (found.energy_j.value is None) == (total.energy_j.value is None)
            assert found.energy_j.value == pytest.approx(total.energy_j.value)


@given(st.lists(made, max_size=4))
def test_what_is_taken_back_leaves_no_trace(taken):
    tally = RecordTally()
    for sign in (1, -1):
        for record in taken:
            tally.add(record, sign)
    assert tally.work == ()


@given(made)
def test_what_is_counted_in_another_record_adds_nothing(record):
    tally = RecordTally()
    tally.add(replace(record, counted_in="other"))
    assert tally.work == ()


def test_only_what_counted_a_unit_has_its_joules():
    parts = [UnitTotal("token", 10, FIGURE), UnitTotal("image", 1, FIGURE)]
    parts.append(UnitTotal("token", 30, FIGURE))
    images, tokens = add_up(parts)
    assert (tokens.count, tokens.energy_j.value) == (40, 16.0)
    assert (images.count, images.energy_j.value) == (1, 8.0)


@given(figures, st.floats(1, 1e9))
def test_it_is_shown_with_its_interval(figure, count):
    words = figure_display.unit_text(UnitTotal("token", count, figure))
    assert all(isinstance(one, str) for one in words)
    assert "token" in words[0]
    assert words[-1].endswith(" counted")


def test_as_people_read_it():
    words = figure_display.unit_text(UnitTotal("token", 1200, FIGURE.scaled(100)))
    assert words == ["667 mJ per token", "between 500 and 833 mJ", "1,200 counted"]
    assert figure_display.counted_text(UnitTotal("page", 2.5, FIGURE)) == "2.5 counted"
    unknown = UnitTotal("page", 2.0, Figure.missing("no sensor"))
    assert figure_display.unit_text(unknown) == ["energy per page not known", "2 counted"]


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (4e6, ["2 µJ per flop", "between 1.5 and 2.5 µJ", "4,000,000 counted"]),
        (4e9, ["2 µJ per thousand flop", "between 1.5 and 2.5 µJ", "4,000,000,000 counted"]),
        (
            4e12,
            ["2 µJ per million flop", "between 1.5 and 2.5 µJ", "4,000,000,000,000 counted"],
        ),
        (4e15, ["2 µJ per billion flop", "between 1.5 and 2.5 µJ", "4e+15 counted"]),
        (4e18, ["2 µJ per trillion flop", "between 1.5 and 2.5 µJ", "4e+18 counted"]),
        (4e30, ["2 µJ per 1e24 flop", "between 1.5 and 2.5 µJ", "4e+30 counted"]),
    ],
)
def test_joules_of_one_that_would_be_shown_as_0_are_of_many(count, words):
    assert figure_display.unit_text(UnitTotal("flop", count, FIGURE)) == words


def test_a_phase_has_joules_of_its_own():
    work = (UnitCount("token", 4.0), UnitCount("decode token", 3.0, FIGURE.scaled(0.5)))
    found = {one.unit: one.energy_j.value for one in figure_display.units_of(_record(work))}
    assert found == {"token": 8.0, "decode token": 4.0}
    assert _record(work).energy_per("decode tokens").value == pytest.approx(4 / 3)


def _record(work):
    return replace(run(0, 8.0), energy_j=FIGURE, work=work)


@pytest.mark.parametrize("name", [3, None, ["token"]])
def test_a_name_that_is_no_text_is_refused_in_words(name):
    with pytest.raises(TypeError, match="name of a unit is needed, such as 'token', not"):
        energy_per_unit([UnitCount("token", 3.0)], name, FIGURE)
