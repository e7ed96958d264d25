"""Dating a window's start from the updates after its end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.meter.bounds import Reading
from greenlab.meter.settling.gpu_lag import Pace, dated_start
from greenlab.interval import Interval

PERIOD_S = 0.1


def reading(at, energy_j):
    return Reading(at, at + 1e-5, energy_j, 0)


def update(at, energy_j, off=0.0, unsure=0.0015):
    date = Interval(at + off - unsure, at + off, at + off + unsure)
    return reading(at, energy_j)._replace(dated=date)


@given(
    st.floats(0.0, 0.0999),
    st.floats(0.002, 0.09),
    st.floats(-0.0015, 0.0015),
    st.floats(-0.0015, 0.0015),
)
def test_cells_shorter_than_a_period_start_at_the_right_update(phase, seconds, off, off_next):
    begun, ended = 7.0 + phase, 7.0 + phase + seconds
    moved = ended >= 7.1
    first = 7.2 if moved else 7.1
    start, _ = dated_start(
        reading(begun, 0.0),
        reading(ended, 9.0 if moved else 0.0),
        [update(first, 18.0, off), update(first + 0.1, 24.0, off_next)],
        1.15 * PERIOD_S,
        Pace(),
    )
    assert start.dated.mid == pytest.approx(7.0, abs=0.0076)
    assert start.dated.low <= 7.0 <= start.dated.high


def test_updates_seen_late_teach_no_rhythm():
    pace = Pace()
    pace.note(Interval(0.99, 1.0, 1.01), Interval(1.1, 1.1, 1.1))
    assert pace.mean_s() is None
    pace.note(Interval(1.0, 1.0, 1.0), Interval(1.099, 1.1, 1.101))
    assert pace.mean_s() == pytest.approx(0.1)


def test_an_update_that_was_missed_does_not_double_the_power():
    pace = Pace()
    pace.note(Interval(1.0, 1.0, 1.0), Interval(1.1, 1.1, 1.1))
    late = [update(7.1, 6.0, unsure=0.02), update(7.3, 18.0, unsure=0.02)]
    start, apart_s = dated_start(reading(7.01, 0.0), reading(7.05, 0.0), late, 0.115, pace)
    assert apart_s == pytest.approx(0.2)
    assert start.dated.mid == pytest.approx(7.0)
