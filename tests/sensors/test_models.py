"""Models: sane figures, honest intervals, and tiers that say how far to trust them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.sensors import Host, cpu_model, discover, ram_model
from greenlab.sensors.base import Interval
from greenlab.sensors.machine import Machine as Facts
from greenlab.sensors.machine import look
from greenlab.sensors.tdp import table_path, tdp_w
from tests.simulated import Machine


@pytest.mark.parametrize(
    ("name", "watts"),
    [
        ("Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz", 15),
        ("AMD Ryzen 7 5800X 8-Core Processor", 105),
        ("AMD Ryzen 7 5800H with Radeon Graphics", 45),
        ("AMD EPYC 9654 96-Core Processor", 360),
        ("Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz", 210),
        ("Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz", 120),
        ("AMD EPYC", None),
        ("", None),
    ],
)
def test_design_power_by_name(name, watts):
    """Fails when codecarbon moves or renames its table."""
    assert table_path() is not None
    assert tdp_w(name) == watts


def test_known_hardware_is_modelled_with_its_sockets():
    (model,) = cpu_model.find(Machine(name="AMD EPYC 9654 96-Core Processor")).sources
    assert model.tier == "modelled"
    assert model.full_w.mid == 360


def test_a_guest_is_charged_its_threads_not_the_chip():
    found = cpu_model.find(
        Machine(name="Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz", guest=True, cpus=2)
    )
    (model,) = found.sources
    assert model.tier == "assumed"
    assert model.full_w.mid < 20
    assert model.full_w.high / model.full_w.low > 4
    assert "shared machine" in found.statuses[0].covers


def test_a_guest_with_a_hidden_name():
    facts = Facts("AMD EPYC", "AuthenticAMD", 25, 17, 2, 1, True, 0)
    low, mid, high = cpu_model.family_w_per_thread(facts)
    assert 1 <= low < mid == 2.0 < high <= 8
    unknown = Facts("?", "x", 0, 0, 2, 1, True, 0)
    assert cpu_model.family_w_per_thread(unknown) == cpu_model.UNKNOWN_W_PER_THREAD


@given(busy=st.just(0.0) | st.floats(1e-9, 8), span=st.floats(1e-3, 1e3))
def test_the_model_s_best_lies_between_least_and_most(busy, span):
    model = cpu_model.CpuModel("x", Interval(70, 100, 130), "modelled", 0.9)
    best, *extremes = model.splits(busy, span, 4)
    for part in (sum, lambda split: split.active_j, lambda split: split.idle_j):
        values = [part(split) for split in extremes]
        assert 0 <= min(values) <= part(best) <= max(values) <= 130 * span * 1.0001


def test_full_load_is_full_power_and_rest_is_not_zero():
    model = cpu_model.CpuModel("x", Interval(70, 100, 130), "modelled", 0.9)
    assert sum(model.splits(4.0, 1.0, 4)[0]) == pytest.approx(100)
    assert 0 < sum(model.splits(0.0, 1.0, 4)[0]) < 40


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_shape_rises(one, two):
    low, high = sorted((one, two))
    assert cpu_model.shape(low) <= cpu_model.shape(high)


def test_the_shape_is_that_of_packages():
    assert cpu_model.shape(0.1) == pytest.approx(0.32)
    assert cpu_model.shape(0.5) == pytest.approx(0.73)


def test_memory():
    (model,) = ram_model.find(Machine(memory_gb=16)).sources
    best, least, most = model.splits(0, 10, 4)
    assert best.idle_j == pytest.approx(60.8, rel=0.01)
    assert least.idle_j == pytest.approx(24, rel=0.01)
    assert most.idle_j == pytest.approx(128, rel=0.01)


def test_memory_of_unknown_size_is_missing_with_the_reason():
    machine = Machine()
    machine.files["/proc/meminfo"] = ""
    found = ram_model.find(machine)
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
