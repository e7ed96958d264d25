"""Models: sane figures, honest intervals, and tiers that say how far to trust them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.sensors import Host, discover
from greenlab.sensors.models import cpu, ram
from greenlab.interval import Interval
from greenlab.sensors.models.power_curve import PowerCurve, shape
from greenlab.host.machine import look
from tests.simulated import Machine


def test_known_hardware_is_modelled_with_its_sockets():
    (model,) = cpu.find(Machine(name="AMD EPYC 9654 96-Core Processor")).sources
    assert model.tier == "modelled"
    assert model.curve.full_w == cpu.SERVER_FULL_LOAD.times(360)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AMD EPYC 9654 96-Core Processor", cpu.SERVER_FULL_LOAD),
        ("Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz", cpu.SERVER_FULL_LOAD),
        ("Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz", cpu.SERVER_FULL_LOAD),
        ("Intel(R) Xeon(R) W-2145 CPU @ 3.70GHz", cpu.CLIENT_FULL_LOAD),
        ("Intel(R) Xeon(R) E-2276G CPU @ 3.80GHz", cpu.CLIENT_FULL_LOAD),
        ("Intel(R) Xeon(R) CPU E3-1230 V2 @ 3.30GHz", cpu.CLIENT_FULL_LOAD),
        ("AMD Ryzen 7 5800X 8-Core Processor", cpu.CLIENT_FULL_LOAD),
    ],
)
def test_desktops_and_laptops_exceed_their_design_power_by_more(name, expected):
    assert cpu.full_load(name) == expected


def test_a_guest_is_charged_its_threads_not_the_chip():
    found = cpu.find(
        Machine(name="Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz", guest=True, cpus=2)
    )
    (model,) = found.sources
    assert model.tier == "assumed"
    assert model.curve.full_w.mid < 20
    assert model.curve.full_w.high / model.curve.full_w.low > 4
    assert "shared machine" in found.statuses[0].covers


@given(busy=st.just(0.0) | st.floats(1e-9, 8), span=st.floats(1e-3, 1e3))
def test_the_model_s_best_lies_between_least_and_most(busy, span):
    model = cpu.CpuModel("x", PowerCurve(Interval(70, 100, 130)), "modelled")
    best, *extremes = model.splits(busy, span, 4)
    for part in (sum, lambda split: split.active_j, lambda split: split.idle_j):
        values = [part(split) for split in extremes]
        assert 0 <= min(values) <= part(best) <= max(values) <= 130 * span * 1.0001


def test_full_load_is_full_power_and_rest_is_not_zero():
    model = cpu.CpuModel("x", PowerCurve(Interval(70, 100, 130)), "modelled")
    assert sum(model.splits(4.0, 1.0, 4)[0]) == pytest.approx(100)
    assert 0 < sum(model.splits(0.0, 1.0, 4)[0]) < 40


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_shape_rises(one, two):
    low, high = sorted((one, two))
    assert shape(low) <= shape(high)


def test_the_shape_is_that_of_packages():
    assert shape(0.1) == pytest.approx(0.32)
    assert shape(0.5) == pytest.approx(0.73)


def test_memory():
    (model,) = ram.find(Machine(memory_gb=16)).sources
    best, least, most = model.splits(0, 10, 4)
    assert best.idle_j == pytest.approx(48, rel=0.01)
    assert least.idle_j == pytest.approx(3.2, rel=0.01)
    assert most.idle_j == pytest.approx(160, rel=0.01)


def test_memory_of_unknown_size_is_missing_with_the_reason():
    machine = Machine()
    machine.files["/proc/meminfo"] = ""
    found = ram.find(machine)
    assert found.sources == ()
    assert "size" in found.statuses[0].reason


def test_this_machine_has_a_figure_for_cpu_and_memory():
    statuses, sources = discover(Host())
    assert {source.kind for source in sources} >= {"cpu", "ram"}
    for status in statuses:
        assert status.available or status.reason


def test_one_sensor_that_fails_spoils_no_other(monkeypatch):
    import greenlab.sensors as sensors

    def broken(host):
        raise RuntimeError("surprise")

    monkeypatch.setattr(sensors, "SENSORS", (("rapl", broken), *sensors.SENSORS[1:]))
    statuses, sources = discover(Machine())
    assert "surprise" in statuses[0].reason
    assert {source.kind for source in sources} == {"cpu", "ram"}


def test_guests_are_recognised():
    assert look(Machine(guest=True)).guest
    assert not look(Machine()).guest
    arm = Machine()
    arm.files["/sys/class/dmi/id/sys_vendor"] = "Amazon EC2"
    arm.files["/sys/class/dmi/id/product_name"] = "m7g.large"
    assert look(arm).guest
    arm.files["/sys/class/dmi/id/product_name"] = "m7g.metal"
    assert not look(arm).guest
