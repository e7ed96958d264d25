"""Intel's discrete GPUs through hwmon."""

import pytest

from greenlab.meter import Meter
from greenlab.meter.counter_reader import KEEP_ALIVE_S
from greenlab.sensors.gpu import intel
from tests.simulated import Constant, Machine, Square
from tests.simulated.devices import add_hwmon, add_intel_gpu, energy_file


def gpu(result):
    return next(c for c in result.components if c.kind == "gpu")


@pytest.mark.parametrize("seconds", [0.02, 1.0, 30.0])
def test_the_card_s_energy_lies_in_the_interval(seconds):
    machine = Machine()
    trace = Square(40.0, 180.0, 0.7)
    add_intel_gpu(machine, trace)
    meter = Meter(machine)
    window = meter.start()
    machine.work(seconds, own=1)
    found = gpu(meter.stop(window))
    truth = trace.joules(window.end.at) - trace.joules(window.begin.at)
    assert found.host_energy_j.low <= truth <= found.host_energy_j.high
    assert found.host_energy_j.tier == "measured"
    # Whose work it was is not told: anything from none to all.
    assert found.energy_j.low == 0
    assert found.energy_j.high >= truth
    assert "cannot be seen" in found.energy_j.reason


def test_the_register_s_wrap_is_unrolled():
    machine = Machine()
    add_intel_gpu(machine, Constant(100.0), wrap_j=intel.IntelGpuCounter.range_j)
    meter = Meter(machine)
    machine.now += intel.IntelGpuCounter.range_j / 100.0 - machine.now - 5.0
    meter.stop(meter.start())
    window = meter.start()
    machine.work(10.0)
    assert gpu(meter.stop(window)).host_energy_j.value == pytest.approx(1000, rel=0.01)


def test_turns_that_may_have_been_lost_leave_it_missing():
    machine = Machine()
    add_intel_gpu(machine, Constant(100.0))
    meter = Meter(machine)
    assert meter._watch._every_s == KEEP_ALIVE_S
    window = meter.start()
    machine.work(4000.0)
    assert "wrapped" in gpu(meter.stop(window)).host_energy_j.reason


def test_a_driver_that_starts_anew_far_beyond_its_register_is_no_wrap():
    machine = Machine()
    value = add_intel_gpu(machine, Constant(100.0))
    shown = [1e12]
    value.give = lambda: int(shown[0])
    meter = Meter(machine)
    window = meter.start()
    machine.work(1.0)
    shown[0] = 5e6
    assert "restarted" in gpu(meter.stop(window)).host_energy_j.reason


def test_the_chip_s_counter_where_the_card_has_none_and_no_tile_s():
    machine = Machine()
    add_hwmon(machine, "xe", energy2_input=energy_file(machine, Constant(50.0)))
    add_hwmon(machine, "i915_gt0", energy1_input=energy_file(machine, Constant(50.0)))
    add_hwmon(machine, "i915", in0_input="900")
    (counter,) = intel.find(machine).sources
    assert counter.file.path.endswith("hwmon0/energy2_input")
    assert counter.cap_w == intel.UNKNOWN_CAP_W


def test_denied_is_present_and_has_a_command():
    machine = Machine()
    value = add_intel_gpu(machine, Constant(50.0))
    value.faults.denied = True
    # A kernel opens the file and fails: so does the simulated one.
    found = intel.find(machine)
    (status,) = found.statuses
    assert found.sources == ()
    assert status.present
    assert not status.available
    assert status.fix == "sudo chmod a+r /sys/class/hwmon/hwmon0/energy1_input"


@pytest.mark.parametrize("fault", ["denied", "vanished", "garbage", "negative"])
def test_a_fault_in_a_window_is_missing_with_the_reason(fault):
    machine = Machine()
    value = add_intel_gpu(machine, Constant(50.0))
    meter = Meter(machine)
    window = meter.start()
    machine.work(1.0)
    bad = {"garbage": b"<none>", "negative": b"-5"}.get(fault)
    setattr(value.faults, "garbage" if bad else fault, bad or True)
    result = meter.stop(window)
    assert gpu(result).host_energy_j.value is None
    assert gpu(result).host_energy_j.reason.startswith("Intel GPU 0: ")
    assert "Intel GPU 0" in result.host_energy_j.lacks


def test_a_card_that_sleeps_is_not_woken():
    machine = Machine()
    value = add_intel_gpu(machine, Constant(50.0))
    state = ["suspended"]
    power_state = "/sys/class/hwmon/hwmon0/device/power/runtime_status"
    machine.files[power_state] = lambda: state[0].encode() + b"\n"
    energy, value.give = value.give, lambda: pytest.fail("wakes the card")
    meter = Meter(machine)
    (status,) = [s for s in meter.sensors if s.name == "intel-gpu"]
    assert status.used
    window = meter.start()
    machine.work(1.0)
    result = meter.stop(window)
    assert "sleeps" in gpu(result).host_energy_j.reason
    assert "Intel GPU 0" in result.host_energy_j.lacks
    state[0], value.give = "active", energy
    window = meter.start()
    machine.work(10.0)
    assert gpu(meter.stop(window)).host_energy_j.value == pytest.approx(500, rel=0.02)
