"""perf's power events, and the system call behind them."""

import os
import sys

import pytest

from greenlab.meter import Meter
from greenlab.sensors import Host, perf
from greenlab.sensors.base import CounterError
from tests.simulated import Constant, Machine
from tests.simulated.devices import add_power_events


def machine_with(*watts, dram=(), **kwargs):
    machine = Machine(**kwargs)
    faults = add_power_events(
        machine, [Constant(w) for w in watts], [Constant(w) for w in dram]
    )
    return machine, faults


def test_each_package_and_its_memory_once():
    machine, _ = machine_with(40.0, 30.0, dram=(3.0, 2.0))
    meter = Meter(machine)
    window = meter.start()
    machine.work(10.0, own=1)
    result = meter.stop(window)
    found = {c.device: c.host_energy_j.value / 10 for c in result.components}
    assert found == pytest.approx(
        {"package-0": 40, "package-1": 30, "package-0 dram": 3, "package-1 dram": 2}, rel=0.01
    )
    assert {c.source for c in result.components} == {"perf"}
    assert all(c.host_energy_j.tier == "measured" for c in result.components)


def test_dies_of_an_intel_package_are_added_and_those_of_an_amd_one_are_not():
    for vendor, devices in (
        ("GenuineIntel", ["package-0-die-0", "package-0-die-1"]),
        ("AuthenticAMD", ["package-0"]),
    ):
        machine, _ = machine_with(40.0, 40.0, vendor=vendor)
        machine.files["/sys/devices/system/cpu/cpu1/topology/physical_package_id"] = "0"
        assert [source.device for source in perf.find(machine).sources] == devices


def test_denied_is_explained_with_the_fix():
    machine, faults = machine_with(40.0)
    faults.denied = True
    found = perf.find(machine)
    assert found.sources == ()
    assert found.statuses[0].present
    assert "CAP_PERFMON" in found.statuses[0].reason
    assert found.statuses[0].fix == "sudo sysctl kernel.perf_event_paranoid=0"
    machine.is_container = True
    assert "--cap-add PERFMON" in perf.find(machine).statuses[0].fix


@pytest.mark.parametrize("fault", ["denied", "vanished", "garbage"])
def test_a_fault_in_a_window_is_missing_with_the_reason(fault):
    machine, faults = machine_with(40.0)
    meter = Meter(machine)
    window = meter.start()
    machine.work(1.0)
    setattr(faults, fault, b"" if fault == "garbage" else True)
    result = meter.stop(window)
    (package,) = [c for c in result.components if c.kind == "cpu"]
    assert package.host_energy_j.value is None
    assert package.host_energy_j.reason.startswith("package-0: ")
    assert "package-0" in result.host_energy_j.lacks


def test_what_is_not_in_joules_or_has_no_scale_is_left_alone():
    for file, content in (("unit", "Watts"), ("scale", "much")):
        machine, _ = machine_with(40.0)
        machine.files[f"{perf.PMU}/events/energy-pkg.{file}"] = content
        assert perf.find(machine).sources == ()
    machine, _ = machine_with(40.0)
    machine.files[f"{perf.PMU}/cpumask"] = "none"
    assert not perf.find(machine).statuses[0].present


def test_looking_leaves_no_event_open():
    machine, _ = machine_with(40.0)
    (counter,) = perf.find(machine).sources
    assert counter._count._reader is None
    counter.read_j()
    counter.close()
    assert counter._count._reader is None


def test_the_system_call():
    """The software event cpu-clock stands for a power event: nanoseconds of one CPU."""
    try:
        reader = Host().perf_event(1, 0, 0)
    except OSError as error:
        pytest.skip(f"the kernel refuses: {error}")
    with open(f"/proc/self/fdinfo/{reader._fd}") as about:
        assert "flags:\t02" in about.read()  # closed on exec
    first = int.from_bytes(reader.read(), sys.byteorder)
    for _ in range(1000):
        os.getpid()
    assert int.from_bytes(reader.read(), sys.byteorder) > first
    reader.close()
    reader.close()


def test_a_refused_system_call_says_why():
    with pytest.raises(OSError, match="No such|Invalid|denied|permitted|implemented"):
        Host().perf_event(0x7FFFFFFF, 0, 0)
    counter = perf.PerfCounter(Host(), perf.Event(0x7FFFFFFF, 0, 0, 1.0), "cpu", "package-0", 9)
    with pytest.raises(CounterError, match="package-0: "):
        counter.read_j()
