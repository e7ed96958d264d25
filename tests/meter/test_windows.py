"""True energy lies inside the reported interval."""

import math

import pytest

from greenlab.meter import Meter
from tests.simulated import Constant, Machine, Package, Proportional, Ramp, Spikes, Square

TRACES = {
    "constant": Constant(40.0),
    "square": Square(5.0, 60.0, 0.013),
    "ramp": Ramp(3.0, 55.0, 0.4),
    "spikes": Spikes(4.0, 60.0),
    "proportional": Proportional(8.0, 12.0),
}
LENGTHS = (0.001, 0.005, 0.02, 0.1, 1.0, 5.0)


@pytest.mark.parametrize("trace", TRACES)
@pytest.mark.parametrize("jitter", [0.0, 0.2], ids=["quiet", "pre-empted"])
def test_truth_lies_inside(trace, jitter):
    machine = Machine(packages=[Package(TRACES[trace])], jitter=jitter, seed=7)
    meter = Meter(machine)
    package = machine.packages[0]
    for turn in range(40):
        for length in LENGTHS:
            machine.work(0.0123 + 0.0007 * turn, others=0.3)
            window = meter.start()
            machine.work(length, own=1.0, others=0.5)
            result = meter.stop(window)
            truth = package.energy_j(window.begin.at, window.end.at)
            host = result.components[0].host_energy_j
            assert host.tier == "measured"
            assert host.low - 1e-9 <= truth <= host.high + 1e-9
            assert host.low <= host.value <= host.high
            if not jitter and length >= 0.1:
                # Half the width is about period / length of the power cap.
                allowed = 2 * 0.0017 * meter._trackers[0].counter.cap_w
                assert host.high - host.low <= 2 * allowed


@pytest.mark.parametrize(
    ("length", "p95"), [(0.01, 0.085), (0.05, 0.017), (0.1, 0.0085), (1.0, 0.00085)]
)
def test_best_value_of_a_constant_load(length, p95):
    machine = Machine(packages=[Package(Constant(40.0))], seed=3)
    meter = Meter(machine)
    errors = []
    for turn in range(60):
        machine.work(0.0101 + turn * 0.00037)
        window = meter.start()
        # No whole number of the counter's periods.
        machine.work(length * (1 + 0.1 * (turn * 0.618 % 1)), own=1.0)
        result = meter.stop(window)
        truth = machine.packages[0].energy_j(window.begin.at, window.end.at)
        errors.append(abs(result.components[0].host_energy_j.value - truth) / truth)
    errors.sort()
    assert errors[int(0.95 * len(errors))] <= p95


def test_the_update_period_is_found():
    for period in (0.001, 0.002):
        machine = Machine(packages=[Package(Constant(20.0), period_s=period)])
        counter = Meter(machine)._trackers[0].counter
        assert period <= counter.period_s <= 2.2 * period


def test_a_slow_counter_keeps_its_safe_period():
    machine = Machine(packages=[Package(Constant(20.0), period_s=0.015)])
    assert Meter(machine)._trackers[0].counter.period_s >= 0.015


def test_windows_nest_and_overlap():
    machine = Machine(packages=[Package(Constant(30.0))])
    meter = Meter(machine)
    outer = meter.start()
    machine.work(0.5, own=1)
    first = meter.start()
    machine.work(0.5, own=1)
    second = meter.start()
    one = meter.stop(first)
    machine.work(0.5, own=1)
    two = meter.stop(second)
    whole = meter.stop(outer)
    values = [r.components[0].host_energy_j.value for r in (one, two, whole)]
    assert values == pytest.approx([15, 15, 45], rel=0.01)


def test_between_windows_that_overlap_lies_nothing():
    machine = Machine(packages=[Package(Constant(30.0))])
    meter = Meter(machine)
    one = meter.start()
    machine.work(1.0)
    two = meter.start()
    assert meter.gap(one, two) is None
    meter.stop(one)
    assert meter.gap(one, two) is None
    meter.stop(two)
    machine.work(1.0)
    gap = meter.gap(two, meter.start())
    assert gap.length_s == pytest.approx(1.0, rel=0.01)


def test_peek_closes_nothing():
    machine = Machine(packages=[Package(Constant(30.0))])
    meter = Meter(machine)
    window = meter.start()
    machine.work(1.0, own=1)
    early = meter.peek(window)
    machine.work(1.0, own=1)
    late = meter.stop(window)
    assert early.duration_s == pytest.approx(1.0, rel=0.01)
    assert late.duration_s == pytest.approx(2.0, rel=0.01)
    assert late.host_energy_j.value > early.host_energy_j.value
    assert meter.stop(window) == late


def test_totals_add_their_components():
    machine = Machine(packages=[Package(Constant(30.0), dram=Constant(3.0))])
    meter = Meter(machine)
    window = meter.start()
    machine.work(1.0, own=1)
    result = meter.stop(window)
    assert {c.kind for c in result.components} == {"cpu", "ram"}
    assert {c.source for c in result.components} == {"rapl"}
    for name in ("energy_j", "host_energy_j"):
        parts = [getattr(c, name).value for c in result.components]
        assert math.isclose(getattr(result, name).value, sum(parts))
    assert result.host_energy_j.value == pytest.approx(33.0, rel=0.01)
