"""Counters that stall, catch up, or move at their own pace."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlab.meter import Meter
from tests.simulated import Constant, Machine, Package, Square

CAPS = {"tight": "Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz", "unknown": "A CPU nobody knows"}


def one(cap="tight", trace=None, **package):
    machine = Machine(packages=[Package(trace or Constant(40.0), **package)], name=CAPS[cap])
    meter = Meter(machine)
    meter.wait()
    return machine, meter


def held(machine, result, window):
    """The truth lies inside, or the figure says why there is none; so does the total."""
    truth = machine.packages[0].energy_j(window.begin.at, window.end.at)
    host = result.components[0].host_energy_j
    if host.value is None:
        assert host.reason
        assert result.host_energy_j.lacks == ("package-0",)
        assert result.host_energy_j.high is None
    else:
        assert host.low - 1e-9 <= truth <= host.high + 1e-9
    return host


def pass_time(machine, meter, seconds, own=1.0):
    """As a window that is open does it: with a reading every second."""
    while seconds > 0:
        machine.work(min(1.0, seconds), own=own)
        seconds -= 1.0
        if seconds > 0:
            meter._keep_alive()


@pytest.mark.parametrize("cap", CAPS)
@pytest.mark.parametrize("catch_up", [True, False], ids=["catches up", "loses it"])
@pytest.mark.parametrize("before", [0.3, 1.7, 4.0])
@pytest.mark.parametrize("after", [0.5, 3.0])
def test_a_stall_of_2_s_inside_a_window(cap, catch_up, before, after):
    machine, meter = one(cap)
    for turn in range(10):
        machine.work(0.5 + 0.077 * turn)
        window = meter.start()
        pass_time(machine, meter, before)
        machine.packages[0].stall(2.0, catch_up=catch_up)
        pass_time(machine, meter, 2.0 + after)
        host = held(machine, meter.stop(window), window)
        if host.value is not None and not catch_up:
            assert "stalled" in host.reason
        machine, meter = one(cap)


@pytest.mark.parametrize("cap", CAPS)
@pytest.mark.parametrize("catch_up", [True, False], ids=["catches up", "loses it"])
def test_windows_that_begin_in_a_stall(cap, catch_up):
    """What the counter catches up with was used before the window."""
    machine, meter = one(cap)
    meter.stop(meter.start())
    machine.work(0.2)
    machine.packages[0].stall(2.0, catch_up=catch_up)
    machine.work(0.1)
    meter.stop(meter.start())
    machine.work(1.7)
    window = meter.start()
    machine.work(0.6, own=1)
    host = held(machine, meter.stop(window), window)
    assert host.value is None or host.high - host.low > 20


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.floats(0.001, 1.0), min_size=3, max_size=8),
    gaps=st.lists(st.floats(0.001, 1.0), min_size=8, max_size=8),
)
def test_a_stall_for_good_with_a_reading_in_it(lengths, gaps):
    machine, meter = one()
    machine.work(0.1)
    meter._keep_alive()
    machine.packages[0].stall()
    for length, gap in zip(lengths, gaps):
        machine.work(gap)
        meter._keep_alive()
        window = meter.start()
        machine.work(length, own=1)
        held(machine, meter.stop(window), window)


def test_a_counter_that_stops_in_a_window_is_found_out():
    machine, meter = one()
    window = meter.start()
    pass_time(machine, meter, 3.0)
    machine.packages[0].stall()
    pass_time(machine, meter, 3.0)
    host = held(machine, meter.stop(window), window)
    assert "stalled" in host.reason


@pytest.mark.parametrize("jitter", [0.0, 0.03, 0.2])
@pytest.mark.parametrize("period", [0.001, 0.008, 0.1])
def test_any_update_period(period, jitter):
    machine, meter = one("unknown", Square(5.0, 60.0, 0.37), period_s=period, jitter=jitter)
    found = meter._trackers[0].counter.period_s
    longest = period * (1 + 2 * jitter)
    assert 0.95 * longest <= found <= 1.6 * longest + 0.006
    for turn in range(60):
        for length in (0.002, 0.03, 0.4, 2.0):
            machine.work(0.0123 + 0.0307 * turn)
            window = meter.start()
            machine.work(length * (1 + 0.1 * (turn * 0.618 % 1)), own=1)
            host = held(machine, meter.stop(window), window)
            assert host.value is not None


def test_a_slow_counter_is_wide_until_its_period_is_known():
    machine = Machine(packages=[Package(Constant(40.0), period_s=0.1)])
    held_back = []
    machine.sleep = lambda seconds: held_back.append(seconds) or machine.work(1.0)
    meter = Meter(machine)
    meter.wait()
    assert meter._trackers[0].counter.period_s >= 0.1


@pytest.mark.parametrize("reads", range(14))
def test_held_up_for_50_ms_between_a_read_and_its_time(reads):
    """The truth of device and share, wherever the 50 ms fall."""
    for at_end in (False, True):
        machine, meter = one(trace=Square(5.0, 55.0, 0.03))
        machine.others = 2.0
        machine.work(0.1)
        if not at_end:
            machine.pause(reads, 0.05)
        window = meter.start()
        machine.work(0.02, own=1, others=2.0)
        if at_end:
            machine.pause(reads, 0.05)
        result = meter.stop(window)
        held(machine, result, window)
        begun, ended = window.begin.at, window.end.at
        busy = machine.load.busy_s(ended) - machine.load.busy_s(begun)
        use = meter._weighing._use(window.begin, window.end)
        assert use.busy_s.low - 1e-4 <= busy <= use.busy_s.high + 1e-4
        own = machine.load.own_s(ended) - machine.load.own_s(begun)
        assert use.own_s == pytest.approx(own, abs=1e-4)


def test_a_window_that_begins_in_a_stall_which_only_a_later_reading_shows():
    """The value at the start may be as old as the last other one."""
    for cap in CAPS:
        machine, meter = one(cap)
        machine.work(0.5)
        meter._keep_alive()
        machine.work(0.05)
        machine.packages[0].stall(4.0)
        machine.work(1.8)
        window = meter.start()
        machine.work(1.0, own=1)
        meter._keep_alive()
        machine.work(1.6, own=1)
        host = held(machine, meter.stop(window), window)
        # Catching up, it also rises by more than the device can draw in this window.
        words = ("stalled", "more than the device can draw")
        assert host.value is None or any(word in host.reason for word in words)


def test_more_than_the_device_can_draw_is_not_believed():
    """It caught up with 0.9 s in which nobody looked: 96 J where at most 90 J can be."""
    machine, meter = one("tight")
    machine.work(0.1)
    meter.stop(meter.start())
    machine.work(0.05)
    machine.packages[0].stall(1.0)
    machine.work(0.9)
    window = meter.start()
    machine.work(1.5, own=1)
    host = held(machine, meter.stop(window), window)
    assert "more than the device can draw" in host.reason


def test_catching_up_after_a_long_stall_is_no_leap():
    machine, meter = one("tight")
    window = meter.start()
    pass_time(machine, meter, 2.0)
    machine.packages[0].stall(6.0)
    pass_time(machine, meter, 9.0)
    host = held(machine, meter.stop(window), window)
    assert host.value == pytest.approx(440.0, rel=0.01)


@pytest.mark.parametrize("seconds", [0.05, 1.0, 5.0])
def test_a_device_that_draws_more_than_its_limits_allow(seconds):
    """What limits it is told wrongly then: the counter counts, and the figure says so."""
    machine = Machine(packages=[Package(Constant(40.0), limit_w=20.0)], name=CAPS["unknown"])
    meter = Meter(machine)
    for turn in range(20):
        machine.work(0.0137 + 0.0007 * turn)
        window = meter.start()
        pass_time(machine, meter, seconds)
        host = held(machine, meter.stop(window), window)
        assert "more than the device can draw" in host.reason


def test_a_counter_that_moves_less_often_than_at_first():
    """Seen to rest for longer than its period, it is given the safe one again."""
    machine = Machine(packages=[Package(Constant(40.0), limit_w=40.0)], name=CAPS["unknown"])
    meter = Meter(machine)
    machine.packages[0].period_s = 0.015
    for _ in range(10):
        machine.work(0.002)
        meter._keep_alive()
    for turn in range(40):
        machine.work(0.0137 + 0.0007 * turn)
        window = meter.start()
        machine.work(0.1003, own=1)
        assert held(machine, meter.stop(window), window).value is not None
