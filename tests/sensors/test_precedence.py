"""Never the same joule twice: which source is used when several hold the same hardware."""

import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import greenlab.sensors as sensors
from greenlab.sensors import SENSORS, Host, discover
from greenlab.sensors.base import parts
from tests.cpu_clock import on_a_fast_machine_s
from tests.simulated import Constant, Gpu, Machine, Package
from tests.simulated.devices import (
    AmdGpu,
    add_amd_gpus,
    add_grace,
    add_intel_gpu,
    add_jetson,
    add_power_events,
)

WATTS = Constant(20.0)


def names(machine):
    return [(source.source, source.kind) for source in discover(machine)[1]]


def test_perf_stands_in_where_powercap_cannot_be_read_and_only_there():
    machine = Machine(packages=[Package(WATTS, dram=WATTS)])
    add_power_events(machine, [WATTS], [WATTS])
    assert names(machine) == [("rapl", "cpu"), ("rapl", "ram")]
    machine.packages[0].faults.denied = True
    for memory in machine.packages_dram:
        memory.faults.denied = True
    assert names(machine) == [("perf", "cpu"), ("perf", "ram")]


def test_gpus_of_several_makers_are_all_counted():
    machine = Machine(gpus=[Gpu(WATTS)])
    add_amd_gpus(machine, AmdGpu(WATTS))
    add_intel_gpu(machine, WATTS)
    gpus = [name for name, kind in names(machine) if kind == "gpu"]
    assert gpus == ["nvml", "amdsmi", "intel-gpu"]


def test_grace_holds_the_memory_too():
    machine = Machine(vendor="0x41")
    add_grace(machine, WATTS)
    assert names(machine) == [("grace", "cpu")]
    used = {(s.name, s.kind) for s in discover(machine)[0] if s.used}
    assert used == {("grace", "cpu"), ("grace", "ram")}


def test_a_jetson_s_gpu_rail_stands_back_for_nvml():
    machine = Machine(vendor="0x41", gpus=[Gpu(WATTS)])
    add_jetson(machine, VDD_GPU_SOC=WATTS, VDD_CPU_CV=WATTS, VIN_SYS_5V0=WATTS)
    assert names(machine) == [("nvml", "gpu"), ("jetson", "cpu"), ("ram-model", "ram")]


def test_one_rail_of_processor_and_gpu_is_counted_once():
    machine = Machine(vendor="0x41")
    add_jetson(machine, VDD_IN=WATTS, VDD_CPU_GPU_CV=WATTS, VDD_SOC=WATTS)
    assert names(machine) == [("jetson", "cpu"), ("ram-model", "ram")]
    used = {(s.name, s.kind) for s in discover(machine)[0] if s.used}
    assert ("jetson", "gpu") in used


@given(st.permutations(SENSORS))
def test_in_any_order_no_part_is_held_twice(order):
    machine = Machine(packages=[Package(WATTS, dram=WATTS)], gpus=[Gpu(WATTS)])
    add_power_events(machine, [WATTS], [WATTS])
    add_amd_gpus(machine, AmdGpu(WATTS))
    add_grace(machine, WATTS)
    add_jetson(machine, VDD_GPU_SOC=WATTS, VDD_CPU_CV=WATTS, VDDRQ=WATTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sensors, "SENSORS", tuple(order))
        found = discover(machine)[1]
    holders = {}
    for source in found:
        for part in parts(source):
            holders.setdefault(part, set()).add(source.source)
    assert all(len(names) == 1 for names in holders.values()), holders
    assert set(holders) == {"cpu", "ram", "gpu", "amd gpu"}


def test_hardware_that_is_absent_is_said_to_be():
    for status in discover(Machine(guest=True))[0]:
        assert status.present == status.available
        assert status.available or status.reason


def test_nothing_is_imported_for_hardware_that_is_absent(monkeypatch):
    monkeypatch.setattr(importlib, "import_module", lambda name: pytest.fail(f"imports {name}"))
    discover(Machine())


def test_looking_is_quick():
    discover(Host())
    assert on_a_fast_machine_s(lambda: discover(Host())) < 0.04
