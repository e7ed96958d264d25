"""Windows whose ends wait for the counter's next update."""

import pytest

from greenlab.meter import Meter
from tests.simulated import Constant, Gpu, Machine, Package, Spikes, Square


def weigh(machine, meter, seconds, others=0.3):
    asked = machine.now
    window = meter.start(precise=True)
    began = machine.now
    machine.work(seconds, own=1.0, others=others)
    done = machine.now
    result = meter.stop(window)
    return result, window, began - asked, machine.now - done


@pytest.mark.parametrize(("length", "p95"), [(0.005, 0.04), (0.01, 0.04), (0.05, 0.01)])
@pytest.mark.parametrize("jitter", [0.0, 0.05])
def test_the_best_value_is_near(length, p95, jitter):
    package = Package(Constant(40.0), jitter=jitter)
    machine = Machine(packages=[package], seed=3)
    meter = Meter(machine)
    errors, delays = [], []
    for turn in range(60):
        machine.work(0.0101 + turn * 0.00037)
        odd = length * (1 + 0.1 * (turn * 0.618 % 1))
        result, window, *waited = weigh(machine, meter, odd)
        truth = package.energy_j(window.begin.at, window.end.at)
        host = result.components[0].host_energy_j
        assert host.low <= truth <= host.high
        errors.append(abs(host.value - truth) / truth)
        delays += waited
    assert sorted(errors)[57] <= p95
    # A period at either end, and what reading costs.
    assert max(delays) <= 1.3e-3
    assert result.duration_s == pytest.approx(odd, abs=1e-4)


# At 60 W all the time it draws its power cap: nothing is left for a date that is too narrow.
@pytest.mark.parametrize("trace", [Square(5.0, 60.0, 0.013), Spikes(4.0, 60.0), Constant(60.0)])
def test_the_interval_holds_under_any_load_and_when_held_up(trace):
    packages = [Package(trace, dram=Constant(3.0)), Package(Constant(9.0), name="package-1")]
    machine = Machine(packages=packages, jitter=0.1, seed=5)
    meter = Meter(machine)
    for turn in range(60):
        machine.work(0.0101 + turn * 0.00037)
        result, window, *_ = weigh(machine, meter, 0.004)
        for package, device in zip(packages, ("package-0", "package-1")):
            part = next(c for c in result.components if c.device == device)
            truth = package.energy_j(window.begin.at, window.end.at)
            host = part.host_energy_j
            assert host.low - 1e-9 <= truth <= host.high + 1e-9


def test_half_the_width_of_a_plain_window():
    def width(precise):
        machine = Machine(packages=[Package(Constant(40.0))], seed=3)
        meter = Meter(machine)
        widths = []
        for turn in range(40):
            machine.work(0.0101 + turn * 0.00037)
            window = meter.start(precise=precise)
            machine.work(0.02, own=1.0)
            host = meter.stop(window).components[0].host_energy_j
            widths.append(host.high - host.low)
        return sum(widths) / 40

    assert width(True) < 0.55 * width(False)


@pytest.mark.parametrize("fault", ["stalled", "denied", "slow"])
def test_nobody_waits_for_a_counter_that_does_not_move(fault):
    period_s = 0.1 if fault == "slow" else 0.001
    machine = Machine(packages=[Package(Constant(40.0), period_s=period_s)])
    meter = Meter(machine)
    meter.wait()
    if fault != "slow":
        setattr(machine.packages[0].faults, fault, True)
    result, window, before, after = weigh(machine, meter, 0.5)
    assert max(before, after) < 0.07
    host = result.components[0].host_energy_j
    truth = machine.packages[0].energy_j(window.begin.at, window.end.at)
    assert host.value is None if fault != "slow" else host.low <= truth <= host.high


def test_without_a_fast_counter_nothing_is_waited_for():
    for machine in (Machine(), Machine(gpus=[Gpu(Constant(100.0))])):
        _, _, before, after = weigh(machine, Meter(machine), 0.01)
        assert max(before, after) < 1e-3
