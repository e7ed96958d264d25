"""Counters that come, go or change places while a window is open: each keeps its own readings."""

import pytest

from greenlab.meter import Meter
from greenlab.meter.counter_reader import Tracker
from greenlab.sensors import rapl
from tests.simulated import Constant, Gpu, Machine, Package

WATTS = {"package-0": 40.0, "package-1": 25.0, "package-2": 10.0}


def three_packages():
    machine = Machine(packages=[Package(Constant(w), name=name) for name, w in WATTS.items()])
    return machine, Meter(machine)


def come(machine, meter):
    """A fourth package that is read from now on, before all others."""
    machine.appear(Package(Constant(55.0), name="package-9"))
    new = next(s for s in rapl.find(machine).sources if s.device == "package-9")
    meter._trackers.insert(0, Tracker(new, machine))


def go(machine, meter):
    del meter._trackers[0]


def turn_round(machine, meter):
    meter._trackers.reverse()


def hosts(result):
    return {c.device: c.host_energy_j for c in result.components if c.kind == "cpu"}


def right(machine, window, found, names):
    for package in machine.packages:
        if package.name in names:
            truth = package.energy_j(window.begin.at, window.end.at)
            assert found[package.name].low <= truth <= found[package.name].high, package.name
            assert found[package.name].value == pytest.approx(truth, rel=0.01), package.name


@pytest.mark.parametrize("change", [come, go, turn_round])
def test_each_counter_keeps_its_own_readings(change):
    machine, meter = three_packages()
    window = meter.start()
    machine.work(0.5, own=1)
    change(machine, meter)
    machine.work(0.5, own=1)
    found = hosts(meter.stop(window))
    gone = {"package-0"} if change is go else set()
    right(machine, window, found, WATTS.keys() - gone)


def test_one_that_came_or_went_in_the_window_is_named_as_missing():
    machine, meter = three_packages()
    window = meter.start()
    machine.work(0.5, own=1)
    go(machine, meter)
    come(machine, meter)
    result = meter.stop(window)
    for name in ("package-0", "package-9"):
        assert hosts(result)[name].value is None
        assert "only at one end" in hosts(result)[name].reason
        assert name in result.host_energy_j.lacks
    later = meter.start()
    machine.work(0.5, own=1)
    right(machine, later, hosts(meter.stop(later)), {"package-1", "package-2", "package-9"})


@pytest.mark.parametrize("change", [come, turn_round])
def test_a_look_into_an_open_window_and_the_gap_before_it(change):
    machine, meter = three_packages()
    first = meter.start()
    machine.work(0.3, own=1)
    meter.stop(first)
    machine.work(0.5)
    change(machine, meter)
    window = meter.start()
    machine.work(0.5, own=1)
    since = meter.now(window)
    meter._trackers.reverse()
    machine.work(0.5, own=1)
    until = meter.now(window)
    found = hosts(meter.peek(window, since=since, until=until))
    for name, watts in WATTS.items():
        assert found[name].value == pytest.approx(watts * (until.at - since.at), rel=0.01)
    gap = meter.gap(first, window)
    right(machine, gap, hosts(meter.stop(gap)), WATTS)
    right(machine, window, hosts(meter.stop(window)), WATTS)


def test_a_standstill_is_laid_to_the_counter_that_stood():
    machine, meter = three_packages()
    meter.wait()
    said = {}
    meter.on_settled = said.__setitem__
    window = meter.start()
    machine.work(0.6, own=1)
    machine.packages[0].stall(2.0)
    machine.work(0.4, own=1)
    said[window] = meter.stop(window)
    turn_round(machine, meter)
    machine.work(1.0)
    meter._keep_alive()
    meter._tell_hindsight()
    found = hosts(said[window])
    assert "stalled" in found["package-0"].reason
    assert [found[name].reason for name in ("package-1", "package-2")] == [None, None]
    assert list(found) == list(WATTS)
    right(machine, window, found, {"package-1", "package-2"})


def test_late_gpus_settle_with_their_own_readings():
    watts = (300.0, 120.0, 60.0)
    gpus = [Gpu(Constant(w), uuid=f"GPU-{n}") for n, w in enumerate(watts)]
    machine = Machine(gpus=gpus)
    meter = Meter(machine)
    machine.work(3.0)
    said = {}
    meter.on_settled = said.__setitem__
    window = meter.start()
    machine.work(0.5)
    turn_round(machine, meter)
    meter.stop(window)
    meter.wait()
    found = [c.host_energy_j for c in said[window].components if c.kind == "gpu"]
    for gpu, host in zip(gpus, found, strict=True):
        truth = gpu.energy_j(window.begin.at, window.end.at)
        assert host.low <= truth <= host.high


def test_precise_readings_are_the_counter_s_own():
    machine, meter = three_packages()
    meter.wait()
    window = meter.start(precise=True)
    machine.work(0.0123, own=1)
    turn_round(machine, meter)
    found = hosts(meter.stop(window))
    for package in machine.packages:
        truth = package.energy_j(window.begin.at, window.end.at)
        assert found[package.name].value == pytest.approx(truth, rel=0.05)
