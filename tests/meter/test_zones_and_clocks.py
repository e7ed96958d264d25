"""Zones that are missing, come or go; clocks that are set: the totals name what they lack."""

import pytest

from greenlab.meter import Meter
from tests.simulated import Constant, Gpu, Machine, Package


def weigh(machine, meter, during=lambda: None, seconds=1.0):
    window = meter.start()
    machine.work(seconds / 2, own=1)
    during()
    machine.work(seconds / 2, own=1)
    return meter.stop(window), window


def zones(machine, **names):
    """Rename or take away zones below powercap, before a meter looks."""
    for entry, name in names.items():
        path = f"/sys/class/powercap/{entry.replace('_', ':').replace('rapl', 'intel-rapl')}"
        if name is None:
            machine.files = {k: v for k, v in machine.files.items() if not k.startswith(path)}
        else:
            machine.files[f"{path}/name"] = name


def test_psys_alone_is_not_taken_for_the_package():
    machine = Machine(packages=[Package(Constant(40.0))])
    zones(machine, rapl_0_0=None, rapl_0="psys")
    meter = Meter(machine)
    result, _ = weigh(machine, meter)
    assert {c.source for c in result.components} == {"cpu-model", "ram-model"}
    rapl = next(s for s in meter.sensors if s.name == "rapl")
    assert not rapl.available
    assert "no zone of a package" in rapl.reason


def test_without_a_memory_zone_memory_is_a_model():
    machine = Machine(packages=[Package(Constant(40.0))])
    result, _ = weigh(machine, Meter(machine))
    assert [(c.kind, c.host_energy_j.tier) for c in result.components] == [
        ("cpu", "measured"),
        ("ram", "assumed"),
    ]
    assert result.host_energy_j.tier == "assumed"


def test_without_a_package_zone_the_processor_is_a_model():
    machine = Machine(packages=[Package(Constant(40.0), dram=Constant(3.0))])
    zones(machine, rapl_0="psys")
    result, _ = weigh(machine, Meter(machine))
    sources = {c.kind: c.source for c in result.components}
    assert sources == {"cpu": "cpu-model", "ram": "rapl"}


def test_one_of_two_packages_that_may_not_be_read():
    packages = [Package(Constant(40.0)), Package(Constant(30.0), name="package-1")]
    packages[1].faults.denied = True
    machine = Machine(packages=packages)
    result, window = weigh(machine, Meter(machine))
    first, second = result.components[:2]
    truth = packages[0].energy_j(window.begin.at, window.end.at)
    assert first.host_energy_j.low <= truth <= first.host_energy_j.high
    assert second.host_energy_j.value is None
    for total in (result.energy_j, result.host_energy_j):
        assert total.lacks == ("package-1",)
        assert total.high is None


@pytest.mark.parametrize("name", ["package-{}", "package-{}-die-0"])
@pytest.mark.parametrize("listed", [0, 1])
def test_one_of_two_packages_that_is_not_even_listed(listed, name):
    """The processor's own table tells that there are two."""
    packages = [
        Package(Constant(40.0), name=name.format(n), dram=Constant(3.0)) for n in (0, 1)
    ]
    machine = Machine(packages=packages)
    zones(machine, **{f"rapl_{1 - listed}": None})
    meter = Meter(machine)
    result, window = weigh(machine, meter)
    lost = f"package-{1 - listed}"
    truth = packages[listed].energy_j(window.begin.at, window.end.at)
    host = next(c for c in result.components if c.host_energy_j.value is not None).host_energy_j
    assert host.low <= truth <= host.high
    for total in (result.energy_j, result.host_energy_j):
        assert total.lacks == (lost, f"{lost} dram")
        assert total.high is None
    status = next(s for s in meter.sensors if s.name == "rapl")
    assert status.covers == f"counter, {name.format(listed).replace('-', ' ')}"
    assert lost in status.reason
    machine.appear(Package(Constant(40.0), name=lost))
    assert weigh(machine, meter)[0].energy_j.lacks == (lost, f"{lost} dram")


def test_memory_that_only_one_of_two_packages_shows():
    packages = [Package(Constant(40.0), name=f"package-{n}") for n in (0, 1)]
    packages[0].dram = Constant(3.0)
    result, _ = weigh(machine := Machine(packages=packages), Meter(machine))
    assert result.host_energy_j.lacks == ("package-1 dram",)
    assert result.host_energy_j.high is None


def test_permission_lost_and_given_back_in_a_window():
    machine = Machine(packages=[Package(Constant(40.0))])
    meter = Meter(machine)

    def close_for_a_while():
        machine.packages[0].faults.denied = True
        meter._keep_alive()
        machine.work(0.3, own=1)
        machine.packages[0].faults.denied = False

    result, window = weigh(machine, meter, close_for_a_while)
    truth = machine.packages[0].energy_j(window.begin.at, window.end.at)
    host = result.components[0].host_energy_j
    assert host.low <= truth <= host.high

    def close():
        machine.packages[0].faults.denied = True

    result, _ = weigh(machine, meter, close)
    assert "root only" in result.components[0].host_energy_j.reason
    assert result.energy_j.lacks == ("package-0",)


def test_a_zone_that_appears_is_named_as_lacking_until_greenlab_starts_anew():
    machine = Machine(packages=[Package(Constant(40.0))])
    meter = Meter(machine)
    assert weigh(machine, meter)[0].host_energy_j.lacks == ()
    result, _ = weigh(
        machine, meter, lambda: machine.appear(Package(Constant(30.0), name="package-1"))
    )
    for total in (result.energy_j, result.host_energy_j):
        assert total.lacks == ("package-1",)
        assert total.high is None
        assert "appeared" in total.reason
    result, window = weigh(machine, meter)
    assert meter.stop(window).energy_j.lacks == result.energy_j.lacks == ("package-1",)
    again = Meter(machine)
    result, window = weigh(machine, again)
    truth = sum(p.energy_j(window.begin.at, window.end.at) for p in machine.packages)
    figures = [c.host_energy_j for c in result.components if c.kind == "cpu"]
    assert sum(f.low for f in figures) <= truth <= sum(f.high for f in figures)
    assert result.host_energy_j.lacks == ()


def test_a_zone_that_comes_back_under_another_number_is_no_newcomer():
    machine = Machine(packages=[Package(Constant(40.0))])
    meter = Meter(machine)
    machine.files["/sys/class/powercap/intel-rapl:7/name"] = "package-0"
    assert [c.device for c in weigh(machine, meter)[0].components] == ["package-0", "memory"]


@pytest.mark.parametrize("step", [-3600.0, -0.7, 0.9, 86400.0])
def test_a_wall_clock_that_is_set_changes_no_energy(step):
    machine = Machine(packages=[Package(Constant(40.0))])
    result, window = weigh(machine, Meter(machine), lambda: machine.set_clock(step))
    truth = machine.packages[0].energy_j(window.begin.at, window.end.at)
    host = result.components[0].host_energy_j
    assert host.low <= truth <= host.high
    assert host.value == pytest.approx(truth, rel=0.01)
    assert result.duration_s == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize("step", [-3600.0, 3600.0])
def test_a_wall_clock_that_is_set_leaves_open_who_used_the_gpu(step):
    """The driver dates its samples by the wall clock."""
    for users in ({}, {999_999: 90}):
        machine = Machine(gpus=[Gpu(Constant(200.0), users=users)])
        meter = Meter(machine)
        result, _ = weigh(machine, meter, lambda: machine.set_clock(step), seconds=10.0)
        gpu = next(c for c in result.components if c.kind == "gpu")
        assert gpu.energy_j.low == 0
        assert gpu.energy_j.high >= 2000
        assert "cannot be seen" in gpu.energy_j.reason
