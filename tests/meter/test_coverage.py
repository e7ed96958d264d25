"""Coverage from a millisecond to 100 s, quiet and loaded, and width when quiet."""

import pytest

from greenlab.meter import Meter
from tests.simulated import Constant, Machine, Package
from tests.meter import test_windows

# The last leaves no room: it draws the power cap of the package below.
TRACES = test_windows.TRACES | {"at its cap": Constant(80.0)}
LENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)


def windows(trace, turns, *, jitter=0.0, others=0.0, seed=1, counter_jitter=0.0):
    """Host figure, its truth, and the true joules of window, for each length and turn."""
    # Its own limit gives the power cap: 80 W.
    package = Package(trace, jitter=counter_jitter, limit_w=64.0)
    machine = Machine([package], cpus=5, name="?", jitter=jitter, seed=seed)
    meter = Meter(machine)
    machine.others = others
    for turn in range(turns):
        for length in LENGTHS:
            machine.work(0.0123 + 0.00071 * (turn % 97), others=others)
            window = meter.start()
            left = length * (1 + 0.1 * (turn * 0.618 % 1))
            while left > 0:
                machine.work(min(left, 10.0), own=1.0, others=others)
                left -= 10.0
                if left > 0:
                    meter._keep_alive()
            result = meter.stop(window)
            truth = machine.packages[0].energy_j(window.begin.at, window.end.at)
            yield result, truth, window, meter


@pytest.mark.parametrize("others", [0.0, 4.0], ids=["idle", "4 CPUs busy"])
@pytest.mark.parametrize("jitter", [0.0, 0.2], ids=["undisturbed", "pre-empted"])
@pytest.mark.parametrize("trace", TRACES)
def test_the_interval_holds_the_truth(trace, jitter, others):
    """999 of 1000 at least; the bounds are hard, so here it is all of them."""
    for seed, counter_jitter in ((1, 0.0), (2, 0.03)):
        for result, truth, window, _ in windows(
            TRACES[trace], 10, jitter=jitter, others=others, seed=seed,
            counter_jitter=counter_jitter,
        ):  # fmt: skip
            host = result.components[0].host_energy_j
            assert host.tier == "measured"
            assert host.low - 1e-9 <= truth <= host.high + 1e-9, window.length_s
            assert host.low <= host.value <= host.high
            # The total adds the memory's model and holds what the counter holds.
            assert result.host_energy_j.low >= host.low
            assert result.host_energy_j.high >= host.high


@pytest.mark.parametrize("trace", TRACES)
def test_the_width_is_near_the_limit_when_quiet(trace):
    """The limit: a counter of known period, read in no time, and the same power cap."""
    for result, _, window, meter in windows(TRACES[trace], 12, seed=4):
        counter = meter._trackers[0].counter
        host = result.components[0].host_energy_j
        most_j = counter.cap_w * window.length_s
        limit_j = min(2 * (counter.cap_w * 0.001 + counter.step_j), most_j)
        assert host.high - host.low <= 1.2 * limit_j
