"""GPUs that are split into instances: never the whole as one's own."""

import pytest

from greenlab.meter import Meter
from tests.simulated import Constant, Gpu, Instance, Machine

OURS, OTHERS = "MIG-aaaa-1111", "MIG-bbbb-2222"
WATTS = 300.0


def split(*slices, **gpu):
    names = (OURS, OTHERS)
    instances = [Instance(name, count) for name, count in zip(names, slices)]
    return Gpu(Constant(WATTS), instances=instances, **gpu)


def machine_with(*gpus, chosen):
    machine = Machine(gpus=gpus)
    machine.cuda_visible = chosen
    return machine


def status(meter):
    return next(s for s in meter.sensors if s.name == "nvml")


def weigh(machine, meter, seconds=10.0, **options):
    window = meter.start()
    machine.work(seconds, own=1)
    return meter.stop(window, **options)


def parts(result):
    return [c for c in result.components if c.kind == "gpu"]


@pytest.mark.parametrize("chosen", [OURS, "MIG-aaaa", "0", None])
def test_an_instance_is_a_part_of_the_whole_with_all_that_may_be(chosen):
    machine = machine_with(split(3, 4), chosen=chosen)
    meter = Meter(machine)
    for _ in range(3):
        weigh(machine, meter)
    result = weigh(machine, meter)
    (part,) = parts(result)
    whole = part.host_energy_j
    assert whole.value == pytest.approx(WATTS * 10.0, rel=0.02)
    assert part.energy_j.value == pytest.approx(whole.value * 3 / 7, rel=0.02)
    assert part.energy_j.low <= whole.value * 3 / 7
    assert part.energy_j.high >= whole.value
    assert part.active_j.low == 0
    assert part.energy_j.tier == "modelled"
    assert "split" in part.energy_j.reason
    assert "3/7" in part.device
    assert status(meter).available
    assert status(meter).tier == "modelled"


def test_a_short_cell_is_no_exception_while_its_counter_settles():
    machine = machine_with(split(1, 6), chosen=OURS)
    meter = Meter(machine)
    got = []
    meter.on_settled = lambda window, result: got.append(result)
    first = weigh(machine, meter, 0.05)
    meter.wait()
    assert not first.settled
    for result in (first, *got):
        (part,) = parts(result)
        assert part.energy_j.value <= part.host_energy_j.value / 7 * 1.001
        assert "split" in part.energy_j.reason
    machine.set_clock(3600)
    (part,) = parts(weigh(machine, meter, 1.0))
    assert part.energy_j.value <= part.host_energy_j.value / 7 * 1.001


def test_two_instances_of_one_gpu_are_one_part():
    machine = machine_with(split(2, 3), chosen=f"{OURS},{OTHERS}")
    (part,) = parts(weigh(machine, Meter(machine)))
    assert "5/7" in part.device
    assert part.energy_j.value == pytest.approx(part.host_energy_j.value * 5 / 7, rel=0.02)


def test_slices_that_are_not_reported_leave_the_part_open():
    machine = machine_with(split(None), chosen=OURS)
    (part,) = parts(weigh(machine, Meter(machine)))
    assert part.energy_j.low == 0
    assert part.energy_j.value < part.host_energy_j.value
    assert part.energy_j.high >= WATTS * 10.0


def test_a_split_gpu_that_reports_no_energy_is_missing_with_the_reason():
    machine = machine_with(split(3, 4, has_energy=False), chosen=OURS)
    meter = Meter(machine)
    result = weigh(machine, meter)
    (part,) = parts(result)
    assert part.energy_j.value is None
    assert "Not Supported" in part.energy_j.reason
    assert part.device in result.energy_j.lacks
    assert result.energy_j.high is None
    assert "does not report its energy" in status(meter).reason


def test_an_instance_that_is_nowhere_is_reported():
    machine = machine_with(split(3), chosen="MIG-cccc")
    meter = Meter(machine)
    assert not status(meter).available
    assert status(meter).present
    assert "MIG-cccc" in status(meter).reason
    assert parts(weigh(machine, meter)) == []


def test_the_gpu_beside_it_that_is_whole_stays_whole():
    other = Gpu(Constant(100.0), uuid="GPU-1")
    machine = machine_with(split(7), other, chosen="GPU-1")
    machine.gpus[1].users = {machine.pid(): 90}
    (part,) = parts(weigh(machine, Meter(machine)))
    assert part.energy_j.value == pytest.approx(1000.0, rel=0.02)
    assert part.energy_j.tier == "measured"
