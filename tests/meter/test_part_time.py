"""GPUs that look at their power for 25 ms of every 100 ms, as A100 and H100 do."""

import pytest

from greenlab.meter import Meter
from tests.meter.test_gpu import Bursts, gpu, settled
from tests.simulated import Constant, Gpu, Machine, Square

SEEN_S = 0.025
PART_TIME, FULL_TIME = "NVIDIA H100 80GB HBM3", "NVIDIA L40S"


def machine_with(trace, name, **kwargs):
    machine = Machine(gpus=[Gpu(trace, name=name, seen_s=SEEN_S, **kwargs)])
    machine.gpus[0].users = {machine.pid(): 90}
    return machine, Meter(machine)


def bursts(name, seconds, turns=40):
    """First and final host figure and the truth of bursts that begin anywhere in a period."""
    trace = Bursts()
    machine, meter = machine_with(trace, name)
    machine.work(3.0)
    for turn in range(turns):
        machine.work(0.7 + turn * 0.0137)
        first, final, truth = settled(machine, meter, seconds * (1 + turn * 0.618 % 1), trace)
        yield gpu(first).host_energy_j, gpu(final).host_energy_j, truth


@pytest.mark.parametrize("seconds", [0.005, 0.02, 0.06, 0.15, 0.6])
def test_bursts_that_it_misses_or_counts_more_than_once_lie_in_the_interval(seconds):
    missed = counted_more = 0
    for first, final, truth in bursts(PART_TIME, seconds):
        for figure in (first, final):
            assert figure.low <= truth <= figure.high
            assert figure.level < 0.999
        missed += final.value < 0.9 * truth
        counted_more += final.value > 1.1 * truth
        assert "a quarter of the time" in final.reason
    assert (missed and counted_more) or seconds > 0.1


def test_without_the_allowance_it_would_be_wrong():
    """Such a counter in a GPU that is not known for it: the allowance is what holds the truth."""
    outside = [
        not final.low <= truth <= final.high for _, final, truth in bursts(FULL_TIME, 0.02)
    ]
    assert sum(outside) > 5


@pytest.mark.parametrize("trace", [Constant(250.0), Square(80.0, 320.0, 0.037)], ids=["a", "b"])
def test_long_windows_are_hardly_wider(trace):
    machine, meter = machine_with(trace, PART_TIME)
    machine.work(1.0)
    window = meter.start()
    machine.work(60.0, own=1)
    host = gpu(meter.stop(window)).host_energy_j
    truth = machine.gpus[0].energy_j(window.begin.at, window.end.at)
    assert host.low <= truth <= host.high
    assert host.high - host.low < 0.03 * truth
    assert host.reason is None


def test_what_it_learns_of_the_draw_at_rest_is_not_widened():
    def learned(name):
        machine, meter = machine_with(Constant(70.0), name)
        meter.stop(meter.start())
        machine.work(3.0)
        meter.stop(meter.start())
        (idle,) = meter._weighing.idle.values()
        return idle._low_w, idle._high_w

    assert learned(PART_TIME) == learned(FULL_TIME)
