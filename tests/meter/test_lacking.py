"""A part that no source tells of is named in every total."""

from __future__ import annotations

import pytest

from greenlab import sensors
from greenlab.meter import Meter
from greenlab.record import CellRecord
from greenlab.session import Session
from tests.simulated import Constant, Machine, Package

PCI = "/sys/bus/pci/devices/0000:01:00.0"


def measured(machine):
    meter = Meter(machine)
    window = meter.start()
    machine.work(1.0, own=1.0)
    result = meter.stop(window)
    meter.close()
    return result


def blank(path):
    machine = Machine()
    machine.files[path] = ""
    return machine


@pytest.mark.parametrize("text", ["", "MemFree: 12 kB\n", "MemTotal:\n", "MemTotal: ? kB\n"])
def test_memory_whose_size_cannot_be_read(text):
    machine = Machine()
    machine.files["/proc/meminfo"] = text
    result = measured(machine)
    for figure in (result.energy_j, result.host_energy_j):
        assert figure.lacks == ("memory",)
        assert figure.high is None
        assert "size of the memory" in figure.reason
    (part,) = [one for one in result.components if one.kind == "ram"]
    assert part.energy_j.value is None


def test_nothing_is_lacking_where_all_parts_have_a_source():
    assert measured(Machine()).energy_j.lacks == ()
    assert measured(Machine([Package(Constant(20.0))])).energy_j.lacks == ()


@pytest.mark.parametrize(
    ("sensor", "named"), [("cpu-model", "CPU"), ("ram-model", "memory"), ("nvml", "GPU")]
)
def test_a_sensor_that_fails(monkeypatch, sensor, named):
    def fails(_host):
        raise RuntimeError("torn")

    found = tuple((name, fails if name == sensor else find) for name, find in sensors.SENSORS)
    monkeypatch.setattr(sensors, "SENSORS", found)
    result = measured(Machine())
    assert result.energy_j.lacks == (named,)
    assert "torn" in result.energy_j.reason


def test_a_gpu_on_the_bus_whose_driver_is_silent():
    from tests.simulated.gpu import FakeNvml

    machine = Machine()
    nvml = FakeNvml(machine, [], 1)
    error = nvml.NVMLError(9)

    def fails():
        raise error

    nvml.nvmlInit = fails
    machine.nvml = lambda: nvml
    assert measured(machine).energy_j.lacks == ()  # the library alone is no GPU
    machine.files[f"{PCI}/vendor"] = "0x10de"
    machine.files[f"{PCI}/class"] = "0x030200"
    listed = machine.listdir
    machine.listdir = lambda path: (
        ["0000:01:00.0"] if path == "/sys/bus/pci/devices" else listed(path)
    )
    assert measured(machine).energy_j.lacks == ("GPU",)


def test_totals_of_a_session_name_it_too(own_ledger):
    session = Session(Meter(blank("/proc/meminfo")))
    for _ in range(2):
        record = session.end(session.begin("cell"), "ok")
        assert isinstance(record, CellRecord)
    totals = session.totals()
    assert totals.energy_j.lacks == ("memory",)
    assert totals.emissions_g.lacks == ("memory",)
    assert totals.by_kind["ram"].lacks == ("memory",)
    assert totals.active_j.lacks == ("memory",)
    session.close()
