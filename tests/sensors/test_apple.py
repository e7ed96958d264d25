"""Apple's chips through a fake of zeus-apple-silicon."""

import pytest

from greenlab.meter import Meter
from greenlab.sensors import apple, discover
from tests.simulated import Constant, Machine
from tests.simulated.devices import Mac


def mac(**changes):
    told = {
        "cpu_total": Constant(12.0), "gpu": Constant(6.0), "gpu_sram": Constant(0.5),
        "dram": Constant(1.5), "ane": Constant(0.1),
    }  # fmt: skip
    return Mac(**(told | changes))


def test_each_part_of_the_chip():
    machine = mac()
    meter = Meter(machine)
    window = meter.start()
    machine.work(20.0, own=1)
    result = meter.stop(window)
    watts = {c.kind: c.host_energy_j.value / 20 for c in result.components}
    assert watts == pytest.approx({"cpu": 12, "gpu": 6.5, "ram": 1.5}, rel=0.01)
    for c in result.components:
        assert c.source == "apple"
        assert c.host_energy_j.low <= watts[c.kind] * 20 <= c.host_energy_j.high
    gpu = next(c for c in result.components if c.kind == "gpu")
    assert gpu.energy_j.low == 0


def test_a_chip_that_hides_its_memory_leaves_it_to_the_model():
    statuses, sources = discover(mac(dram=None, gpu_sram=None))
    assert [(s.source, s.kind) for s in sources] == [
        ("apple", "cpu"), ("apple", "gpu"), ("ram-model", "ram"),
    ]  # fmt: skip
    (memory,) = [s for s in statuses if s.name == "apple" and s.kind == "ram"]
    assert "does not report" in memory.reason


def test_a_failure_in_a_window_is_missing_with_the_reason():
    machine = mac()
    meter = Meter(machine)
    window = meter.start()
    machine.work(1.0)
    machine.broken = True
    result = meter.stop(window)
    assert result.host_energy_j.value is None
    assert "IOReport gave nothing" in result.host_energy_j.reason


def test_without_the_package_there_is_a_command_and_a_model():
    machine = mac()
    machine.installed = False
    statuses, sources = discover(machine)
    (status,) = [s for s in statuses if s.name == "apple"]
    assert status.present
    assert status.fix == "pip install zeus-apple-silicon"
    assert {source.source for source in sources} == {"cpu-model", "ram-model"}


def test_elsewhere_it_is_not_looked_for():
    (status,) = apple.find(Machine()).statuses
    assert not status.present
