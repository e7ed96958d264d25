"""An NVML that fails, lies, loses a GPU or takes its time."""

import pytest

from greenlab.meter import Meter
from tests.simulated import Constant, Gpu, Machine, Square


def weigh(machine, meter, during=lambda: None, seconds=10.0):
    window = meter.start()
    machine.work(seconds / 2, own=1)
    during()
    machine.work(seconds / 2, own=1)
    return meter.stop(window), window


def gpus(result):
    return [c for c in result.components if c.kind == "gpu"]


def test_a_driver_that_does_not_start():
    machine = Machine(gpus=[Gpu(Constant(100.0))])
    machine.fake_nvml.starts = False
    meter = Meter(machine)
    status = next(s for s in meter.sensors if s.name == "nvml")
    assert not status.available
    assert "Driver Not Loaded" in status.reason
    assert "nvidia-smi" in status.fix
    result, _ = weigh(machine, meter)
    assert gpus(result) == []


def test_a_counter_that_decreases_is_missing_and_then_right_again():
    gpu = Gpu(Constant(100.0), energy_offset_j=5000.0)
    machine = Machine(gpus=[gpu])
    meter = Meter(machine)
    result, _ = weigh(machine, meter, lambda: setattr(gpu, "energy_offset_j", 0.0))
    (part,) = gpus(result)
    assert part.host_energy_j.value is None
    assert "restarted" in part.host_energy_j.reason
    assert result.host_energy_j.lacks == (part.device,)
    assert result.energy_j.high is None
    result, window = weigh(machine, meter)
    host = gpus(result)[0].host_energy_j
    assert host.low <= gpu.energy_j(window.begin.at, window.end.at) <= host.high


@pytest.mark.parametrize("seconds", [0.02, 0.3, 3.0])
@pytest.mark.parametrize("settles", [True, False])
def test_a_driver_that_takes_30_ms_for_an_answer(seconds, settles):
    gpu = Gpu(Square(60.0, 350.0, 0.23), answers_in_s=0.03)
    machine = Machine(gpus=[gpu])
    meter = Meter(machine)
    got = []
    meter.on_settled = (lambda window, result: got.append(result)) if settles else None
    for turn in range(10):
        machine.work(0.4 + 0.0171 * turn)
        result, window = weigh(machine, meter, seconds=seconds)
        meter.wait()
        truth = gpu.energy_j(window.begin.at, window.end.at)
        for one in (result, *got[-1:]):
            host = gpus(one)[0].host_energy_j
            assert host.low <= truth <= host.high
    assert len(got) == 10 * settles


def test_process_lists_that_are_denied_leave_the_share_open():
    gpu = Gpu(Constant(200.0), shows_processes=False, users={1: 50})
    machine = Machine(gpus=[gpu])
    result, window = weigh(machine, Meter(machine))
    (part,) = gpus(result)
    truth = gpu.energy_j(window.begin.at, window.end.at)
    assert part.host_energy_j.low <= truth <= part.host_energy_j.high
    assert part.energy_j.low == 0
    assert part.energy_j.high >= truth
    assert "cannot be seen" in part.energy_j.reason


@pytest.mark.parametrize("fault", [{"lost": True}, {"energy_offset_j": 0.0}])
def test_a_gpu_that_is_lost_or_starts_again_while_a_window_settles(fault):
    gpu = Gpu(Constant(200.0), energy_offset_j=5000.0)
    machine = Machine(gpus=[gpu])
    meter = Meter(machine)
    got, sleep = [], machine.sleep

    def fail(seconds):
        for name, value in fault.items():
            setattr(gpu, name, value)
        sleep(seconds)

    machine.sleep = fail
    meter.on_settled = lambda window, result: got.append(result)
    first, window = weigh(machine, meter, seconds=0.05)
    meter.wait()
    assert got
    truth = gpu.energy_j(window.begin.at, window.end.at)
    for result in (first, *got):
        host = gpus(result)[0].host_energy_j
        assert host.low <= truth <= host.high
