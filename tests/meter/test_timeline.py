"""When a window's energy was used: slots that add up, bounds that hold, memory that is bounded."""

import math
import random
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlab.meter import Meter
from greenlab.meter.bounds import Reading
from greenlab.meter.timeline import POINTS, DeviceKey, DeviceSeries
from greenlab.sensors.gpu import nvidia
from tests.simulated import (
    Constant,
    Gpu,
    Machine,
    Package,
    Proportional,
    Ramp,
    Spikes,
    Square,
    watched,
)
from tests.simulated.devices import add_grace

CPU = DeviceKey("rapl", "package-0")
LOADS = (
    Constant(40.0),
    Square(5.0, 60.0, 2.7),
    Ramp(3.0, 55.0, 6.0),
    Spikes(4.0, 60.0, 1.3, 0.2),
    Proportional(8.0, 12.0),
)


def one_package(load, **package):
    machine = Machine(packages=[Package(load, **package)])
    meter = Meter(machine)
    meter.wait()
    return machine, meter


def weigh(machine, meter, stretches):
    """A window of stretches: seconds and how many CPUs are busy."""
    window = meter.start()
    for seconds, own in stretches:
        watched(machine, meter, seconds, own=own)
    return window, meter.stop(window)


def edges_of(window, cuts):
    begun, ended = window.begin.at, window.end.at
    return [begun, *sorted(begun + cut * (ended - begun) for cut in cuts), ended]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    load=st.sampled_from(LOADS),
    stretches=st.lists(
        st.tuples(st.floats(0.002, 9.0), st.floats(0, 3)), min_size=1, max_size=5
    ),
    cuts=st.lists(st.floats(0, 1), max_size=6),
)
def test_slots_add_up_to_the_window_and_hold_the_truth(load, stretches, cuts):
    machine, meter = one_package(load)
    window, result = weigh(machine, meter, stretches)
    timeline = result.timeline
    edges = edges_of(window, cuts)
    slots = [timeline.energy_between(*pair) for pair in zip(edges, edges[1:])]
    for component in result.components:
        parts = [slot[DeviceKey.of(component)] for slot in slots]
        whole = component.host_energy_j
        assert sum(part.mid for part in parts) == pytest.approx(whole.value, rel=1e-9)
        assert all(
            0 <= part.low <= part.mid <= part.high <= whole.high + 1e-9 for part in parts
        )
    for pair, slot in zip(zip(edges, edges[1:]), slots):
        truth = machine.packages[0].energy_j(*pair)
        assert slot[CPU].low - 1e-9 <= truth <= slot[CPU].high + 1e-9


def test_a_slot_is_as_close_as_the_readings_around_it():
    """Half-minute slots of ten minutes in which the load changes every 45 s."""
    load = Square(10.0, 60.0, 90.0)
    machine, meter = one_package(load)
    window, result = weigh(machine, meter, [(600.0, 1)])
    for number in range(20):
        t0 = window.begin.at + 30.0 * number
        slot = result.timeline.energy_between(t0, t0 + 30.0)[CPU]
        assert slot.mid == pytest.approx(machine.packages[0].energy_j(t0, t0 + 30.0), rel=0.15)
        assert slot.high - slot.low < 12 * 60.0  # of points about five seconds apart


def test_energy_at_rises_from_nothing_to_the_whole():
    machine, meter = one_package(Square(5.0, 60.0, 2.7))
    window, result = weigh(machine, meter, [(20.0, 1)])
    begun, ended = window.begin.at, window.end.at
    times = [begun + part * (ended - begun) for part in (0.0, 0.1, 0.35, 0.7, 1.0)]
    so_far = [result.timeline.energy_at(t)[CPU].mid for t in times]
    assert so_far[0] == 0.0
    assert so_far == sorted(so_far)
    assert so_far[-1] == pytest.approx(result.components[0].host_energy_j.value)
    # What lies outside the window is nothing of it.
    assert result.timeline.energy_between(begun - 9, begun)[CPU].mid == 0.0
    assert result.timeline.share_between(begun - 9, ended + 9)[CPU] == pytest.approx(1.0)


def test_a_window_that_nobody_read_in_is_spread_evenly():
    machine, meter = one_package(Constant(40.0))
    window = meter.start()
    machine.work(0.4, own=1)
    result = meter.stop(window)
    assert window.timeline is None
    slot = result.timeline.energy_between(window.begin.at, window.begin.at + 0.1)
    assert slot[CPU].mid == pytest.approx(4.0, rel=0.02)
    cap_w = meter._trackers[0].counter.cap_w
    assert (slot[CPU].low, slot[CPU].high) == (0.0, pytest.approx(0.1 * cap_w))
    memory = slot[DeviceKey("ram-model", "memory")]
    whole = next(c.host_energy_j for c in result.components if c.kind == "ram")
    assert memory.mid == pytest.approx(whole.value / 4, rel=0.01)
    assert (memory.low, memory.high) == (0.0, whole.high)


def test_a_device_without_a_figure_is_left_out():
    packages = [Package(Constant(40.0)), Package(Constant(30.0), name="package-1")]
    machine = Machine(packages=packages)
    meter = Meter(machine)
    window = meter.start()
    machine.work(0.5, own=1)
    packages[1].reset()
    machine.work(0.5, own=1)
    result = meter.stop(window)
    assert {key.device for key in result.timeline.energy_at(machine.now)} == {
        "package-0",
        "memory",
    }


def test_windows_inside_and_looks_from_outside_are_points_too():
    """A machine whose counter wants no reading in between but at the ends of windows."""
    machine = Machine(gpus=[Gpu(Square(20.0, 200.0, 4.0), users={1: 1})])
    meter = Meter(machine)
    machine.now += 4.0 - machine.now % 4.0
    outer = meter.start()
    assert meter._watch._every_s is None
    machine.work(2.0)
    inner = meter.start()
    machine.work(1.0)
    meter.stop(inner)
    machine.work(0.5)
    meter.now(outer)
    machine.work(0.5)
    result = meter.stop(outer)
    key = DeviceKey("nvml", "GPU 0, NVIDIA Test GPU")
    begun = outer.begin.at
    busy = result.timeline.energy_between(begun, begun + 2.0)[key]
    rest = result.timeline.energy_between(begun + 2.0, begun + 4.0)[key]
    assert busy.mid == pytest.approx(400.0, rel=0.1)
    assert rest.mid == pytest.approx(40.0, rel=0.5)
    assert busy.low <= 400.0 <= busy.high


def test_what_settles_later_is_spread_over_the_same_points():
    machine = Machine(gpus=[Gpu(Square(20.0, 200.0, 4.0), users={1: 1})])
    meter = Meter(machine)
    said = {}
    meter.on_settled = said.__setitem__
    window = meter.start()
    machine.work(1.0)
    meter.now(window)
    machine.work(1.0)
    meter.stop(window)
    meter.wait()
    result = said[window]
    (gpu,) = [c for c in result.components if c.kind == "gpu"]
    begun, middle, ended = window.begin.at, window.begin.at + 1.0, window.end.at
    halves = [
        result.timeline.energy_between(*slot) for slot in ((begun, middle), (middle, ended))
    ]
    total = sum(half[DeviceKey.of(gpu)].mid for half in halves)
    assert total == pytest.approx(gpu.host_energy_j.value)


def reading(at, energy_j, **more):
    return Reading(at, at + 2e-6, energy_j, 0, **more)


@settings(max_examples=40, deadline=None)
@given(
    apart=st.floats(1e-3, 5.0),
    count=st.integers(2, 5 * POINTS),
    seed=st.integers(0, 1000),
)
def test_it_stays_small_and_keeps_the_ends(apart, count, seed):
    dice = random.Random(seed)
    at, energy = 100.0, 0.0
    series = DeviceSeries(reading(at, energy))
    for _ in range(count):
        at += apart * dice.uniform(0.5, 1.5)
        energy += dice.uniform(0.0, 3.0)
        series.add(reading(at, energy))
        assert len(series) <= POINTS
    assert series.joules_at(100.0) == pytest.approx(0.0)
    assert series.joules_at(at) == pytest.approx(energy)
    assert sys.getsizeof(series._points()) < 20_000


def test_points_of_a_long_window_are_spread_over_all_of_it():
    series = DeviceSeries(reading(0.0, 0.0))
    for number in range(1, 86_401):
        series.add(reading(float(number), 10.0 * number))
    times = series._points()[0 :: len(series._points()) // len(series)]
    assert POINTS / 4 < len(times) <= POINTS
    assert max(b - a for a, b in zip(times, times[1:])) < 86_400 / (POINTS / 8)
    assert times[-1] == 86_400.0


@pytest.mark.parametrize(
    "late",
    [reading(1.0, None), reading(0.5, 7.0)],
    ids=["without energy", "older than the last"],
)
def test_readings_that_say_nothing_change_nothing(late):
    series = DeviceSeries(reading(0.0, 0.0))
    series.add(reading(1.0, 10.0))
    series.add(late)
    assert len(series) == 2
    assert series.joules_at(0.5) == pytest.approx(5.0, rel=1e-3)


def test_a_break_in_the_counter_starts_it_anew():
    series = DeviceSeries(reading(0.0, 100.0))
    series.add(reading(1.0, 110.0))
    series.add(reading(2.0, 0.0)._replace(epoch=1))
    series.add(reading(3.0, 10.0)._replace(epoch=1))
    assert len(series) == 2
    assert series.joules_at(2.5) == pytest.approx(5.0, rel=1e-3)


# Power that is sampled.


def sampled(trace, before=5.0, **gpu):
    machine = Machine(gpus=[Gpu(trace, has_energy=False, **gpu)])
    meter = Meter(machine)
    machine.work(before)
    return machine, meter


def error(machine, meter, seconds):
    window = meter.start()
    watched(machine, meter, seconds, own=1)
    host = next(c.host_energy_j for c in meter.stop(window).components if c.kind == "gpu")
    truth = machine.gpus[0].energy_j(window.begin.at, window.end.at)
    assert host.low <= truth <= host.high
    return abs(host.value - truth) / truth


@pytest.mark.parametrize(("seconds", "most"), [(1.0, 0.02), (5.0, 0.004)])
def test_sampled_power_is_as_close_as_polling_all_the_time(seconds, most):
    """Under loads that come and go: what Zeus is off by where it polls without a pause."""
    dice = random.Random(3)
    wrong = []
    for _ in range(40):
        trace = Square(40.0, 240.0, math.exp(dice.uniform(-2, 1)), dice.uniform(0.2, 0.8))
        machine, meter = sampled(trace, dice.uniform(1, 9))
        wrong.append(error(machine, meter, seconds))
    # The simulated reading is the mean of 100 ms and 50 ms old: that alone is so much.
    lag = 0.03 * 200.0 / (140.0 * seconds)
    assert sorted(wrong)[len(wrong) // 2] < most + lag


@pytest.mark.parametrize("update_s", [0.02, 0.06, 0.1])
def test_a_load_that_begins_with_the_window_is_not_counted_late(update_s):
    """A reading that stands for so long, and is the mean since the one before."""
    machine, meter = sampled(Constant(30.0))
    machine.work(-machine.now % 4.0)
    machine.gpus[0].trace = trace = Square(240.0, 30.0, 4.0)
    machine.fake_nvml.nvmlDeviceGetPowerUsage = lambda gpu: standing(machine, gpu, update_s)
    wrong = [error_and_rest(machine, meter, trace) for _ in range(4)]
    assert wrong[-1] < 0.01  # how old its readings are has been learned by now


def standing(machine, gpu, update_s):
    end = machine.now // update_s * update_s
    noise_w = (end / update_s * 0.618) % 1.0
    return int(1e3 * (noise_w + gpu.energy_j(end - update_s, end) / update_s))


def error_and_rest(machine, meter, trace):
    """A window of the half-period in which the load is on, after one in which it is off."""
    machine.work(-machine.now % 4.0 + 1.0)
    machine.work(-machine.now % 2.0)
    assert trace.joules(machine.now + 0.1) - trace.joules(machine.now) > 20.0
    return error(machine, meter, 1.9)


def test_a_look_at_sampled_power_asks_the_driver_no_second_time():
    machine, meter = sampled(Constant(100.0))
    calls = []
    asked = machine.fake_nvml.nvmlDeviceGetPowerUsage
    machine.fake_nvml.nvmlDeviceGetPowerUsage = lambda gpu: calls.append(1) or asked(gpu)
    window = meter.start()
    watched(machine, meter, 1.0, own=1)
    meter._sample()
    before = len(calls)
    machine.work(nvidia.POWER_UPDATE_S / 4)
    since = meter.now(window)
    assert len(calls) == before
    machine.work(1.0, own=1)
    until = meter.now(window)
    assert len(calls) == before + 1
    found = meter.peek(window, since=since, until=until)
    gpu = next(c.host_energy_j for c in found.components if c.kind == "gpu")
    assert gpu.low <= 100.0 <= gpu.high


def test_a_fast_counter_is_read_again_at_each_look():
    machine, meter = one_package(Constant(40.0))
    window = meter.start()
    machine.work(1.0, own=1)
    meter._sample()
    machine.work(0.01, own=1)
    assert meter.now(window).readings[meter._trackers[0]].before > machine.now - 1e-3


def test_a_chip_that_reports_its_period_is_sampled_so():
    for told, every_s in (("50", 0.025), ("1000", 0.5), ("1", 0.01), ("nonsense", 0.025)):
        machine = Machine(vendor="0x41")
        add_grace(machine, Constant(120.0))
        machine.files["/sys/class/hwmon/hwmon0/device/power1_average_interval"] = told
        assert Meter(machine)._watch._every_s == every_s


def test_a_rail_that_draws_nothing_is_no_counter_that_stands_still():
    machine, meter = sampled(Constant(0.0))
    window = meter.start()
    watched(machine, meter, 5.0)
    host = next(c.host_energy_j for c in meter.stop(window).components if c.kind == "gpu")
    assert host.value == 0.0


def test_power_beyond_the_last_reading_is_that_of_as_much_time_before():
    """Not that of the last two, which may lie microseconds apart, one of them held up."""
    series = DeviceSeries(reading(0.0, 0.0))
    for number in range(1, 11):
        series.add(reading(0.02 * number, 2.0 * number))
    at = 0.2 + 1e-5
    series.add(Reading(at, at + 0.005, 20.001, 0))
    assert series.joules_at(0.22) == pytest.approx(22.0, abs=0.1)
