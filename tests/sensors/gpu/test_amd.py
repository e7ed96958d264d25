"""AMD's GPUs through a fake of the module amdsmi."""

import pytest

from greenlab.meter import Meter
from greenlab.sensors.gpu import amd
from tests.simulated import Constant, Machine, Square
from tests.simulated.devices import AmdGpu, add_amd_gpus


def machine_with(*gpus, **kwargs):
    machine = Machine()
    add_amd_gpus(machine, *gpus, **kwargs)
    return machine


def gpus(result):
    return [c for c in result.components if c.kind == "gpu"]


def weigh(machine, seconds=10.0):
    meter = Meter(machine)
    window = meter.start()
    machine.work(seconds, own=1)
    return window, gpus(meter.stop(window))


@pytest.mark.parametrize("old", [False, True], ids=["now", "ROCm 5"])
@pytest.mark.parametrize("seconds", [0.02, 0.5, 20.0])
def test_accumulator_times_resolution(seconds, old):
    trace = Square(90.0, 600.0, 0.3)
    window, (found,) = weigh(machine_with(AmdGpu(trace, old=old)), seconds)
    truth = trace.joules(window.end.at) - trace.joules(window.begin.at)
    assert found.host_energy_j.low <= truth <= found.host_energy_j.high
    assert found.host_energy_j.tier == "measured"
    assert found.device == "AMD GPU 0, AMD Instinct MI300X"


def test_late_figures_settle():
    machine = machine_with(AmdGpu(Constant(300.0)))
    meter, got = Meter(machine), []
    meter.on_settled = lambda window, result: got.append((window, result))
    for _ in range(3):
        machine.work(0.5)
        window = meter.start()
        machine.work(0.05)
        assert not meter.stop(window).settled
        meter.wait()
    for window, result in got:
        (found,) = gpus(result)
        assert found.host_energy_j.value == pytest.approx(
            300 * (window.end.at - window.begin.at), rel=0.3
        )
    assert len(got) == 3


@pytest.mark.parametrize(
    ("users", "least", "most"),
    [(["own"], 1, 1), (["own", 99], 0, 1), ([99], 0, 0)],
    ids=["alone", "beside others", "others only"],
)
def test_whose_work(users, least, most):
    machine = machine_with(AmdGpu(Constant(200.0)))
    machine.fake_amdsmi.gpus[0].users = [machine.pid() if u == "own" else u for u in users]
    _, (found,) = weigh(machine)
    assert found.energy_j.low == pytest.approx(least * 2000, rel=0.05)
    assert found.energy_j.high == pytest.approx(most * 2000, rel=0.05)


def test_in_a_container_nobody_is_seen():
    machine = machine_with(AmdGpu(Constant(200.0), users=[99]))
    machine.is_container = True
    _, (found,) = weigh(machine)
    assert found.energy_j.low == 0
    assert found.energy_j.high >= 2000


def test_visible_devices():
    machine = machine_with(*[AmdGpu(Constant(100.0 * n), f"card {n}") for n in (1, 2, 3)])
    for variables, chosen in (
        ({}, ["card 1", "card 2", "card 3"]),
        ({"HIP_VISIBLE_DEVICES": "2,0"}, ["card 3", "card 1"]),
        ({"ROCR_VISIBLE_DEVICES": "1,2", "HIP_VISIBLE_DEVICES": "1"}, ["card 3"]),
        ({"ROCR_VISIBLE_DEVICES": "0,9,1"}, ["card 1"]),
        ({"ROCR_VISIBLE_DEVICES": ""}, []),
    ):
        machine.variables = variables
        found = amd.find(machine)
        assert [source.device.split(", ")[1] for source in found.sources] == chosen
    assert "hides" in found.statuses[0].reason
    assert not found.statuses[0].present


def test_a_card_that_is_lost_in_a_window_is_missing_and_named():
    machine = machine_with(AmdGpu(Constant(100.0)), AmdGpu(Constant(200.0)))
    meter = Meter(machine)
    window = meter.start()
    machine.work(10.0)
    machine.fake_amdsmi.gpus[1].lost = True
    result = meter.stop(window)
    one, two = gpus(result)
    assert one.host_energy_j.value == pytest.approx(1000, rel=0.02)
    assert two.host_energy_j.value is None
    assert "NO_DATA" in two.host_energy_j.reason
    assert result.host_energy_j.lacks == (two.device,)


def test_cards_without_a_usable_counter_are_named():
    machine = machine_with(
        AmdGpu(Constant(50.0), tells_energy=False),
        AmdGpu(Constant(0.0), "AMD Instinct MI100"),
        AmdGpu(Constant(50.0), "AMD Instinct MI300A"),
    )
    found = amd.find(machine)
    (status,) = found.statuses
    assert found.sources == ()
    assert status.present
    assert not status.available
    for word in ("NOT_SUPPORTED", "empty counter", "holds the processor"):
        assert word in status.reason


def test_garbage_is_no_energy():
    machine = machine_with(AmdGpu(Constant(50.0)))
    for told in ({}, {"energy_accumulator": "N/A", "counter_resolution": 15.3}, None):
        machine.fake_amdsmi.amdsmi_get_energy_count = lambda gpu: told
        assert amd.find(machine).sources == ()


def test_without_library_or_driver():
    machine = machine_with(AmdGpu(Constant(50.0)), dead=True)
    assert "does not answer" in amd.find(machine).statuses[0].reason
    machine.fake_amdsmi = None
    (status,) = amd.find(machine).statuses
    assert status.present
    assert status.fix.startswith("pip install amdsmi")


def test_graphics_inside_a_processor_is_not_asked():
    machine = machine_with(AmdGpu(Constant(50.0)))
    machine.files["/sys/class/drm/card0/device/mem_info_vram_total"] = str(512 << 20)
    machine.amdsmi = lambda: pytest.fail("imports amdsmi")
    assert not amd.find(machine).statuses[0].present
