"""The powercap zones, and why there are none."""

import os
import pathlib

import pytest

from greenlab.sensors import Host, discover, rapl
from tests.simulated import Constant, Machine, Package


def status(machine, name, kind="cpu"):
    statuses, _ = discover(machine)
    return next(s for s in statuses if s.name == name and s.kind == kind)


def sources(machine):
    return [(s.kind, s.source, s.device) for s in discover(machine)[1]]


def test_a_counter_takes_the_place_of_its_kind_s_model():
    machine = Machine(packages=[Package(Constant(40.0))])
    assert sources(machine) == [("cpu", "rapl", "package-0"), ("ram", "ram-model", "memory")]
    assert status(machine, "cpu-model").available
    assert not status(machine, "cpu-model").used
    assert status(machine, "rapl").covers == "counter, package 0"
    machine = Machine(packages=[Package(Constant(40.0), dram=Constant(3.0))])
    assert sources(machine) == [
        ("cpu", "rapl", "package-0"),
        ("ram", "rapl", "package-0 dram"),
    ]
    assert status(machine, "rapl", "ram").covers == "counter, package 0 memory"


def test_zones_are_distinguished_by_name():
    machine = Machine(
        packages=[Package(Constant(40.0), dram=Constant(3.0)), Package(Constant(1.0), "package-1")],
        psys=True, mmio=True, shuffled=True,
    )  # fmt: skip
    assert [zone.name for zone in rapl.zones(machine)] == [
        "package-0", "package-0 dram", "package-1",
    ]  # fmt: skip
    assert not any("mmio" in zone.path for zone in rapl.zones(machine))


def test_the_power_cap_comes_from_the_zone_s_limits():
    unnamed = "A CPU nobody knows"
    machine = Machine(packages=[Package(Constant(40.0), limit_w=200.0)], name=unnamed)
    assert discover(machine)[1][0].cap_w == 250.0
    machine.files["/sys/class/powercap/intel-rapl:0/enabled"] = "1"
    assert discover(machine)[1][0].cap_w == 250.0
    machine.files["/sys/class/powercap/intel-rapl:0/enabled"] = "0"
    assert discover(machine)[1][0].cap_w == rapl.UNKNOWN_CAP_W
    machine = Machine(packages=[Package(Constant(40.0))], name=unnamed)
    assert discover(machine)[1][0].cap_w == rapl.UNKNOWN_CAP_W
    machine = Machine(packages=[Package(Constant(40.0), limit_w=4095.0)])
    assert discover(machine)[1][0].cap_w == 60.0  # four times the 15 W of its name


def test_why_there_is_none():
    assert "virtual machine" in status(Machine(guest=True), "rapl").reason
    container = Machine()
    container.is_container = True
    assert "container" in status(container, "rapl").reason
    assert "--how rapl" in status(container, "rapl").fix
    assert "modprobe" in status(Machine(), "rapl").fix
    assert "no RAPL" in status(Machine(vendor="0x41"), "rapl").reason


def test_a_container_may_be_shown_the_counters_below_host():
    machine = Machine(packages=[Package(Constant(40.0))])
    machine.is_container = True
    for path in [path for path in machine.files if path.startswith(rapl.POWERCAP)]:
        machine.files["/host" + path] = machine.files.pop(path)
    assert sources(machine) == [("cpu", "rapl", "package-0"), ("ram", "ram-model", "memory")]


@pytest.fixture
def tree(tmp_path):
    zone = tmp_path / "sys/class/powercap/intel-rapl:0"
    zone.mkdir(parents=True)
    (zone / "name").write_text("package-0\n")
    (zone / "max_energy_range_uj").write_text("262143328850\n")
    (zone / "energy_uj").write_text("123456789\n")
    return zone


def test_real_files_below_a_given_root(tree, tmp_path, monkeypatch):
    monkeypatch.setenv("GREENLAB_SYSROOT", str(tmp_path))
    (counter,) = rapl.find(Host()).sources
    assert counter.read_j() == pytest.approx(123.456789)
    (tree / "energy_uj").write_text("223456789\n")
    assert counter.read_j() == pytest.approx(223.456789)
    counter.close()
    assert counter.read_j() == pytest.approx(223.456789)
    counter.close()
    # Whatever the root lacks is taken from the real machine.
    assert Host().path("/proc/stat") == pathlib.Path("/proc/stat")


def test_permission_is_explained(tree, tmp_path):
    class Refused(Host):
        def open(self, path, size=4096, *, quick=False):
            raise PermissionError(13, "Permission denied")

    (found,) = rapl.find(Refused(tmp_path)).statuses
    assert not found.available
    assert "root only" in found.reason
    assert found.fix.startswith("sudo chmod")
    assert rapl.find(Refused(tmp_path)).sources == ()


def test_no_descriptor_is_left_open(tree, tmp_path):
    def count():
        return len(os.listdir("/proc/self/fd"))

    before = count()
    for source in rapl.find(Host(tmp_path)).sources:
        source.read_j()
        source.close()
    assert count() == before
