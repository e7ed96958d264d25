"""Sampled power: NVIDIA Grace and Jetson."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlab.meter import Meter
from greenlab.sensors import discover, grace, jetson
from tests.simulated import Constant, Machine, Ramp, Square, watched
from tests.simulated.devices import add_grace, add_jetson


def weigh(machine, meter, seconds):
    """A window of some seconds in which power is sampled."""
    window = meter.start()
    watched(machine, meter, seconds, own=1)
    return window, meter.stop(window)


def component(result, kind):
    return next(c for c in result.components if c.kind == kind)


def covered(trace, before, seconds):
    machine = Machine(vendor="0x41")
    add_grace(machine, trace)
    meter = Meter(machine)
    machine.work(before)
    window, result = weigh(machine, meter, seconds)
    found = component(result, "cpu").host_energy_j
    truth = trace.joules(window.end.at) - trace.joules(window.begin.at)
    assert found.tier == "modelled"
    assert found.level == 0.9
    assert "sampled every 25 ms" in found.reason
    return found.low <= truth <= found.high


SECONDS = (0.003, 0.05, 0.4, 1.0, 2.5, 10.0, 60.0)


@settings(max_examples=40, deadline=None)
@given(
    trace=st.sampled_from((Constant(120.0), Square(60, 240, 7.3), Ramp(50, 300, 11.0))),
    before=st.floats(0.0, 20.0),
    seconds=st.sampled_from(SECONDS),
)
def test_power_that_changes_slowly_lies_in_the_interval(trace, before, seconds):
    assert covered(trace, before, seconds)


def test_of_all_kinds_of_load_nine_in_ten_lie_in_the_interval():
    """Also of those that change faster than they are sampled, or nearly in step."""
    dice = random.Random(7)
    held = [
        covered(
            Square(40.0, 300.0, math.exp(dice.uniform(-3, 3)), dice.uniform(0.05, 0.95)),
            dice.uniform(0, 20),
            dice.choice(SECONDS),
        )
        for _ in range(300)
    ]
    assert sum(held) >= 0.95 * len(held)


def test_a_steady_minute_is_narrow_and_a_short_cell_is_not():
    machine = Machine(vendor="0x41")
    add_grace(machine, Constant(120.0))
    meter = Meter(machine)
    assert meter._watch._every_s == grace.UPDATE_S / 2
    _, result = weigh(machine, meter, 120.0)
    long = component(result, "cpu").host_energy_j
    assert long.value == pytest.approx(14_400, rel=0.02)
    assert long.high - long.low < 0.2 * long.value
    _, result = weigh(machine, meter, 0.1)
    short = component(result, "cpu").host_energy_j
    assert short.low == 0


def test_samples_that_fail_for_long_leave_the_interval_wide():
    machine = Machine(vendor="0x41")
    value = add_grace(machine, Constant(120.0))
    meter = Meter(machine)
    window = meter.start()
    value.faults.vanished = True
    for _ in range(20):
        machine.work(1.0)
        meter._keep_alive()
    value.faults.vanished = False
    found = component(meter.stop(window), "cpu").host_energy_j
    assert found.low == 0
    assert found.high == pytest.approx(20 * grace.CAP_W, rel=0.01)


@pytest.mark.parametrize("fault", ["denied", "vanished", "garbage"])
def test_a_fault_at_the_end_is_missing_with_the_reason(fault):
    machine = Machine(vendor="0x41")
    value = add_grace(machine, Constant(120.0))
    meter = Meter(machine)
    window = meter.start()
    machine.work(1.0)
    setattr(value.faults, fault, b"?" if fault == "garbage" else True)
    result = meter.stop(window)
    assert component(result, "cpu").host_energy_j.value is None
    assert component(result, "cpu").host_energy_j.reason.startswith("Grace socket 0: ")


def test_of_grace_s_meters_only_the_socket_s():
    machine = Machine(vendor="0x41")
    for name in ("Module", "Grace", "CPU", "SysIO"):
        add_grace(machine, Constant(100.0), f"{name} Power Socket 0")
    add_grace(machine, Constant(100.0), "Grace Power Socket 1")
    devices = [source.device for source in grace.find(machine).sources]
    assert devices == ["Grace socket 0", "Grace socket 1"]


def test_a_grace_that_is_closed_leaves_the_models():
    machine = Machine(vendor="0x41")
    add_grace(machine, Constant(100.0)).faults.denied = True
    statuses, sources = discover(machine)
    assert {source.source for source in sources} == {"cpu-model", "ram-model"}
    (status,) = [s for s in statuses if s.name == "grace"]
    assert status.present
    assert status.fix.startswith("sudo chmod a+r /sys/class/hwmon/hwmon0/device/power1_average")


def test_a_jetson_s_rails():
    machine = Machine(vendor="0x41")
    add_jetson(machine, VDD_GPU_SOC=Constant(12.0), VDD_CPU_CV=Constant(8.0),
               VIN_SYS_5V0=Constant(30.0))  # fmt: skip
    add_jetson(machine, VDDQ_VDD2_1V8AO=Constant(2.0))
    meter = Meter(machine)
    _, result = weigh(machine, meter, 60.0)
    watts = {c.kind: c.host_energy_j.value / 60 for c in result.components}
    assert watts == pytest.approx({"gpu": 12, "cpu": 8, "ram": 2}, rel=0.02)
    assert component(result, "gpu").energy_j.low == 0


def test_one_rail_for_both_does_not_say_whose_work_it_was():
    machine = Machine(vendor="0x41")
    add_jetson(machine, "NVIDIA Jetson Orin Nano", VDD_CPU_GPU_CV=Constant(8.0))
    meter = Meter(machine)
    _, result = weigh(machine, meter, 30.0)
    found = component(result, "cpu")
    assert found.energy_j.low == 0
    assert found.energy_j.high >= 240
    assert not [c for c in result.components if c.kind == "gpu"]


@pytest.mark.parametrize("fault", ["denied", "vanished", "garbage"])
def test_a_rail_that_fails_is_said_to(fault):
    machine = Machine(vendor="0x41")
    currents = add_jetson(machine, VDD_GPU_SOC=Constant(12.0), VDD_CPU_CV=Constant(8.0))
    setattr(currents["VDD_GPU_SOC"].faults, fault, b"-" if fault == "garbage" else True)
    statuses = {s.kind: s for s in jetson.find(machine).statuses}
    assert statuses["cpu"].available
    assert not statuses["gpu"].available
    assert statuses["gpu"].reason.startswith("rail VDD_GPU_SOC: ")
    assert (statuses["gpu"].fix is not None) == (fault == "denied")


def test_a_rail_at_rest_may_read_below_nothing():
    machine = Machine(vendor="0x41")
    currents = add_jetson(machine, VDD_CPU=Constant(0.0))
    currents["VDD_CPU"].give = lambda: -8
    (rail,) = jetson.find(machine).sources
    assert rail.power_w() == 0


def test_other_boards_with_such_a_chip_are_left_alone():
    machine = Machine(vendor="0x41")
    add_jetson(machine, "Some Board", VDD_CPU=Constant(3.0))
    assert jetson.find(machine).sources == ()
    assert not jetson.find(machine).statuses[0].present
    machine = Machine(vendor="0x41")
    add_jetson(machine, VDD_IN=Constant(3.0))
    assert "JetPack" in jetson.find(machine).statuses[0].reason
