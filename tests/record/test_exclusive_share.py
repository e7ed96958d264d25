"""What is left of a record of which other ones hold a part."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.record.record_addends import counted
from greenlab.record.tally import RecordTally
from tests.ledger.conftest import record


def parted(elsewhere, **fields):
    return replace(record(**fields), counted_elsewhere=elsewhere)


@given(elsewhere=st.floats(0.01, 0.99))
def test_the_parts_add_up_to_the_whole(elsewhere):
    one, other = counted(parted(elsewhere)), counted(parted(1 - elsewhere))
    whole = counted(record())
    assert one.duration_s + other.duration_s == pytest.approx(whole.duration_s)
    for part in zip(one.components, other.components, whole.components, strict=True):
        for field in ("active_j", "idle_j"):
            mine, others, all_of_it = (getattr(each, field) for each in part)
            if all_of_it.value is not None:
                assert mine.value + others.value == pytest.approx(all_of_it.value)
                assert mine.low <= mine.value <= mine.high <= all_of_it.high + 1e-9


def test_all_of_the_work_may_lie_in_the_rest_or_none_of_it():
    rest = counted(parted(0.75))
    for part, whole in zip(rest.components, record().components, strict=True):
        assert (part.active_j.low, part.active_j.high) == (0.0, whole.active_j.high)
        assert part.idle_j.value == pytest.approx(whole.idle_j.value / 4)


def test_totals_hold_the_rest_alone_and_can_take_it_back():
    tally = RecordTally()
    tally.add(record())
    before = tally.totals
    one = parted(0.5)
    tally.add(one)
    gained = tally.totals.energy_j.value - before.energy_j.value
    assert 0 < gained == pytest.approx(counted(one).energy_j.value)
    assert gained < record().energy_j.value
    tally.add(one, -1)
    assert tally.totals.energy_j.value == pytest.approx(before.energy_j.value)


def test_grams_follow_the_joules():
    one = counted(parted(0.5))
    grams_per_j = one.intensity.value / 3.6e6
    assert one.emissions_g.value == pytest.approx(one.energy_j.value * grams_per_j)
