"""A counter that stops in a window's last second and moves on after it: later readings tell."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from greenlab.meter import Meter
from greenlab.meter.settling.stall_review import POLL_S
from greenlab.sensors.base import Counter
from tests.simulated import Constant, Machine, Package

WATTS = 40.0


class Told:
    """A meter on a machine with one package, and what it said last of each window."""

    def __init__(self, **package):
        self.machine = Machine(packages=[Package(Constant(WATTS), **package)])
        self.package = self.machine.packages[0]
        self.meter = Meter(self.machine)
        self.meter.wait()
        self.said = {}
        self.meter.on_settled = self.said.__setitem__
        self.machine.work(0.3)

    @property
    def counter(self) -> Counter:
        return self.meter._trackers[0].counter

    def pass_time(self, seconds):
        """As in an open window, with a reading every second."""
        while seconds > 0:
            self.machine.work(min(1.0, seconds), own=1)
            seconds -= 1.0
            if seconds > 0:
                self.meter._keep_alive()

    def stop(self, window, look_s=None):
        """The window ends, and after so many seconds its counters are looked at again."""
        self.said[window] = self.meter.stop(window)
        if look_s is not None:
            self.machine.work(look_s)
            self.meter.look_again()
            self.meter.wait()

    def last_look(self):
        """As the watch does at its first waking after the window."""
        self.meter._keep_alive()
        self.meter._tell_hindsight()

    def host(self, window):
        return self.said[window].components[0].host_energy_j

    def truth(self, window):
        return self.package.energy_j(window.begin.at, window.end.at)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    length=st.floats(0.05, 3.0),
    unseen=st.floats(0.0, 1.0),
    after=st.floats(0.0, 1.2),
    look=st.floats(0.004, 0.02),
    gap=st.floats(0.001, 2.0),
    catch_up=st.booleans(),
)
def test_what_stays_hidden_is_no_more_than_milliseconds(
    length, unseen, after, look, gap, catch_up
):
    """However long it stood: seen where it catches up, or stands on for a while."""
    one = Told()
    unseen = min(unseen, length)
    safe_s = 2 * one.meter._trackers[0]._safe_period_s
    assume(catch_up or after > look + safe_s + 2 * POLL_S)
    window = one.meter.start()
    one.pass_time(length - unseen)
    one.package.stall(unseen + after, catch_up=catch_up)
    one.machine.work(unseen, own=1)
    one.stop(window, look)
    one.machine.work(gap)
    later = one.meter.start()
    one.machine.work(0.1, own=1)
    one.stop(later)
    host, truth = one.host(window), one.truth(window)
    hidden_j = one.counter.cap_w * (look + POLL_S + 3 * one.counter.period_s)
    if host.value is None:
        assert "has stalled" in host.reason
    else:
        assert host.low - 1e-9 <= truth <= host.high + hidden_j
        assert host.low <= host.value <= host.high
        if truth > host.high:
            assert host.value > truth - 2 * hidden_j


@pytest.mark.parametrize("after", [0.1, 0.6, 5.0])
@pytest.mark.parametrize("catch_up", [True, False], ids=["catches up", "loses it"])
def test_the_record_is_replaced_by_a_wide_one_that_says_why(after, catch_up):
    one = Told()
    window = one.meter.start()
    one.pass_time(2.3)
    one.package.stall(0.4 + after, catch_up=catch_up)
    one.machine.work(0.4, own=1)
    one.stop(window, 0.005)
    one.machine.work(0.5)
    one.last_look()
    host = one.host(window)
    assert host.low <= one.truth(window) <= host.high
    assert "stalled" in host.reason
    assert host.high - host.low > 0.4 * WATTS
    total = one.said[window].host_energy_j
    assert total.high >= host.high
    assert "stalled" in total.reason


def test_windows_that_end_and_begin_at_the_same_reading_are_all_reported():
    one = Told()
    outer = one.meter.start()
    one.machine.work(0.6, own=1)
    inner = one.meter.start()
    one.machine.work(0.1, own=1)
    one.package.stall(2.0)
    one.machine.work(0.3, own=1)
    one.stop(inner)
    one.stop(outer)
    one.machine.work(1.0)
    one.last_look()
    for window in (inner, outer):
        host = one.host(window)
        assert host.low <= one.truth(window) <= host.high


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.floats(0.001, 1.5), min_size=2, max_size=6),
    gap=st.floats(0.0, 1.5),
    look=st.floats(0.0, 0.02),
    jitter=st.sampled_from([0.0, 0.03]),
)
def test_a_counter_that_works_is_never_suspected(lengths, gap, look, jitter):
    one = Told(jitter=jitter)
    for length in lengths:
        window = one.meter.start()
        one.pass_time(length)
        one.stop(window, look)
        first = one.said[window]
        one.machine.work(gap)
        one.last_look()
        assert one.said[window] is first
        assert one.host(window).reason is None
    assert one.meter._trackers[0].standstills == 0


def test_windows_from_before_a_counter_was_found_to_move_less_often():
    one = Told(limit_w=WATTS)
    one.package.period_s = 0.019
    windows = []
    for turn in range(8):
        one.machine.work(0.0137 + 0.0071 * turn)
        windows.append(one.meter.start())
        one.machine.work(0.0603, own=1)
        one.stop(windows[-1], 0.005)
    for window in windows:
        host = one.host(window)
        assert host.low <= one.package.energy_j(window.begin.at, window.end.at) <= host.high


def test_without_a_listener_nobody_waits():
    one = Told()
    one.meter.on_settled = None
    window = one.meter.start()
    one.machine.work(0.3, own=1)
    one.package.stall(2.0)
    one.machine.work(0.3, own=1)
    one.stop(window, 0.005)
    assert not one.meter._background


def test_a_counter_that_is_dead_is_watched_once_and_for_no_longer_than_it_takes():
    one = Told()
    one.package.stall()
    for turn in range(3):
        window = one.meter.start()
        one.machine.work(0.1, own=1)
        before = one.machine.now
        one.stop(window, 0.005)
        watched_s = one.machine.now - before - 0.005
        if turn == 0:
            assert watched_s < 3 * one.meter._trackers[0]._safe_period_s
        else:
            assert watched_s < POLL_S
