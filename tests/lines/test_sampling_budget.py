"""The sampling thread takes its share of a core, however much a look costs."""

import pytest

from greenlab.lines.sampling_budget import (
    ASKED_PERIOD_S,
    ASKED_SHARE,
    PERIOD_S,
    SHARE,
    Budget,
)


def run(cost_s, seconds, *, asked, saved_s=0.0):
    """Seconds used, and the looks' times, of code that had run for a while before."""
    budget, now, used, times = Budget(), 100.0, 0.0, []
    budget.begin(now - saved_s)
    while now < 100.0 + seconds:
        used += cost_s
        times.append(now)
        now += budget.wait_s(now, cost_s, asked=asked)
    return used, times


@pytest.mark.parametrize("cost_s", [20e-6, 100e-6, 300e-6, 2e-3])
@pytest.mark.parametrize(("asked", "share"), [(False, SHARE), (True, ASKED_SHARE)])
def test_no_more_than_the_share_is_used(cost_s, asked, share):
    used, _ = run(cost_s, 60.0, asked=asked)
    learning_s = 10 * cost_s  # until it is known what a look costs
    assert used <= share * 60.0 + learning_s


@pytest.mark.parametrize(("asked", "period_s"), [(False, PERIOD_S), (True, ASKED_PERIOD_S)])
def test_what_costs_little_is_not_looked_at_more_often(asked, period_s):
    _, times = run(1e-6, 5.0, asked=asked)
    assert len(times) == pytest.approx(5.0 / period_s, rel=0.05)


def test_the_second_without_looks_is_made_up_for():
    cost_s = 200e-6
    _, saved = run(cost_s, 1.5, asked=False, saved_s=1.0)
    _, none = run(cost_s, 1.5, asked=False)
    assert len(saved) > 1.3 * len(none)
    used, _ = run(cost_s, 30.0, asked=False, saved_s=1.0)
    assert used <= SHARE * 31.0 + 10 * cost_s


def test_what_costs_much_once_does_not_stop_the_looks():
    budget, now = Budget(), 100.0
    budget.begin(now)
    for _ in range(50):
        now += budget.wait_s(now, 100e-6, asked=False)
    usual_s = budget.wait_s(now, 100e-6, asked=False)
    assert budget.wait_s(now + usual_s, 1.0, asked=False) < 4 * usual_s
