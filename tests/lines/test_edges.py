"""What is charged between two looks that saw different lines."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.lines.calls import Place
from greenlab.lines.edges import Edges, Look
from greenlab.lines.samples import Samples, Used
from greenlab.lines.stack import Seen

PERIOD_S = 0.01


def at(line):
    place = Place("cell.py", line, "<module>")
    return Seen(place, place)


def looked(steps):
    """The samples of looks of (line, elapsed seconds, CPU seconds, waited seconds, held)."""
    samples, now = Samples(0.0), 0.0
    edges = Edges(samples)
    for line, duration_s, cpu_s, waited_s, held in steps:
        used = Used(cpu_s, now, now + duration_s, PERIOD_S)
        edges.add(Look(at(line), [(at(line), 1.0)], used, waited_s, held))
        now += duration_s
    return samples, edges, now


def spent(samples):
    """Elapsed and CPU seconds by line."""
    total = samples.total.items()
    return {samples.seen[key].inner.line: (one.duration_s, one.cpu_s) for key, one in total}


def steady(line, count=3):
    return [(line, 0.01, 0.01, 0.01, False)] * count


def test_an_edge_between_two_lines_that_compute_is_in_the_middle_of_the_wait():
    samples, edges, _ = looked([*steady(1), *steady(2)])
    edges.end(0.0, 0.0)
    assert spent(samples)[1] == pytest.approx((0.035, 0.035))
    assert spent(samples)[2] == pytest.approx((0.025, 0.025))


def test_what_came_after_the_wait_is_all_of_the_line_that_held_the_lock():
    samples, edges, _ = looked([*steady(1), (2, 0.21, 0.21, 0.01, True)])
    edges.end(0.0, 0.0)
    assert spent(samples)[1] == pytest.approx((0.035, 0.035))
    assert spent(samples)[2] == pytest.approx((0.205, 0.205))


def test_after_a_call_that_held_the_lock_the_next_line_has_begun():
    samples, edges, _ = looked([(1, 0.2, 0.2, 0.01, True), *steady(2)])
    edges.end(0.0, 0.0)
    assert spent(samples)[1] == pytest.approx((0.2, 0.2))
    assert spent(samples)[2] == pytest.approx((0.03, 0.03))


@pytest.mark.parametrize("part", [0.0, 0.2, 0.9, 1.0])
def test_the_cpu_time_says_where_sleeping_ended(part):
    """Of the look at which they change, a part was slept."""
    asleep = [(1, 0.01, 0.0, 0.01, False)] * 3
    change = (2, 0.01, 0.01 * (1 - part), 0.01, False)
    samples, edges, _ = looked([*asleep, change, *steady(2)])
    edges.end(0.0, 0.0)
    assert spent(samples)[1] == pytest.approx((0.03 + 0.01 * part, 0.0))
    assert spent(samples)[2] == pytest.approx((0.03 + 0.01 * (1 - part),) * 2)


@pytest.mark.parametrize("part", [0.0, 0.2, 0.9, 1.0])
def test_the_cpu_time_says_where_sleeping_began(part):
    asleep = [(2, 0.01, 0.0, 0.01, False)] * 3
    change = (2, 0.01, 0.01 * part, 0.01, False)
    samples, edges, _ = looked([*steady(1), change, *asleep])
    edges.end(0.0, 0.0)
    assert spent(samples)[1] == pytest.approx((0.03 + 0.01 * part,) * 2)
    assert spent(samples)[2] == pytest.approx((0.03 + 0.01 * (1 - part), 0.0))


def test_the_end_of_the_window_is_the_last_line_s():
    samples, edges, now = looked(steady(1))
    edges.end(0.004, now + 0.005)
    assert spent(samples)[1] == pytest.approx((0.035, 0.034))
    edges.end(0.004, now + 0.01)  # once
    assert spent(samples)[1] == pytest.approx((0.035, 0.034))


steps = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.floats(0.001, 0.3),
        st.floats(0.0, 0.5),
        st.floats(-0.1, 0.3),
        st.booleans(),
    ),
    min_size=1,
)


@given(steps, st.floats(0.0, 0.2), st.just(0.0) | st.floats(0.001, 0.2))
def test_nothing_is_lost_and_each_look_counts_once(steps, cpu_s, tail_s):
    samples, edges, now = looked(steps)
    edges.end(cpu_s, now + tail_s)
    used = spent(samples).values()
    assert all(min(one) >= -1e-12 for one in used)
    assert math.fsum(one[0] for one in used) == pytest.approx(now + tail_s)
    more_s = cpu_s if tail_s > 0 else 0.0
    assert math.fsum(one[1] for one in used) == pytest.approx(
        math.fsum(step[2] for step in steps) + more_s
    )
    assert sum(samples.counts) == pytest.approx(len(steps))
