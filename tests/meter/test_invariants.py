"""What must hold for several kernels and for windows that overlap, under any load."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlab.meter import Meter
from tests.simulated import Machine, Package, Proportional

IDLE_W, W_PER_CPU = 10.0, 8.0
HALF = {"/sys/fs/cgroup/cpu.max": "200000 100000"}
STRETCH = st.tuples(st.floats(0.002, 0.8), st.floats(0, 2), st.floats(0, 2))


class Neighbour:
    """Another kernel on the same machine: what others use is its own work."""

    def __init__(self, machine):
        self._machine = machine

    def __getattr__(self, name):
        return getattr(self._machine, name)

    def process_cpu_s(self):
        return self._machine.load.others_s(self._machine.now)


def two_kernels(files):
    machine = Machine(packages=[Package(Proportional(IDLE_W, W_PER_CPU))])
    machine.files.update(files)
    return machine, Meter(machine), Meter(Neighbour(machine))


def cpu(result):
    return result.components[0]


@settings(max_examples=60, deadline=None)
@given(stretches=st.lists(STRETCH, min_size=1, max_size=4), shared=st.booleans())
def test_two_kernels_together_use_no_more_than_the_machine(stretches, shared):
    """Each knows its own share only. With quotas that add up to the machine, so do they."""
    machine, *meters = two_kernels(HALF if shared else {})
    for meter in meters:
        meter.stop(meter.start())
    machine.work(2.0)
    windows = [meter.start() for meter in meters]
    for seconds, own, others in stretches:
        machine.work(seconds, own=own, others=others)
    one, two = (cpu(m.stop(w)) for m, w in zip(meters, windows))
    begun, ended = windows[1].begin.at, windows[0].end.at
    busy_j = W_PER_CPU * (machine.load.busy_s(ended) - machine.load.busy_s(begun))
    assert one.active_j.low + two.active_j.low <= busy_j + 0.01
    assert one.active_j.high + two.active_j.high >= busy_j - 0.01
    if ended - begun >= 0.1:  # the machine's busy time is told in ticks of 0.01 s
        assert one.active_j.value + two.active_j.value <= one.host_energy_j.high * (1 + 1e-9)
    for part in (one, two):
        assert part.energy_j.value <= part.host_energy_j.value * (1 + 1e-9)
        assert part.energy_j.low <= part.host_energy_j.low * (1 + 1e-9)
        assert part.energy_j.high <= part.host_energy_j.high * (1 + 1e-9)
    if shared:
        whole = machine.packages[0].energy_j(begun, ended)
        assert one.energy_j.low + two.energy_j.low <= whole + 0.01
        assert one.energy_j.high + two.energy_j.high >= whole - 0.1


@settings(max_examples=60, deadline=None)
@given(stretches=st.lists(STRETCH, min_size=4, max_size=4))
def test_overlapping_windows_of_a_process_count_the_overlap_twice_and_nothing_else(stretches):
    """A before B: |A| + |B| = |A or B| + |A and B|, for the share as for the device."""
    machine = Machine(packages=[Package(Proportional(IDLE_W, W_PER_CPU))])
    meter = Meter(machine)
    opened = {0: ("union", "A"), 1: ("B", "both")}
    closed = {2: ("A", "both"), 3: ("B", "union")}
    windows, results = {}, {}
    for turn, (seconds, own, others) in enumerate(stretches):
        for name in opened.get(turn, ()):
            windows[name] = meter.start()
        machine.work(seconds, own=own, others=others)
        for name in closed.get(turn, ()):
            results[name] = cpu(meter.stop(windows[name]))
    for field in ("energy_j", "host_energy_j", "active_j", "idle_j"):
        part = {name: getattr(result, field) for name, result in results.items()}
        assert part["A"].low + part["B"].low <= part["union"].high + part["both"].high + 1e-6
        assert part["A"].high + part["B"].high >= part["union"].low + part["both"].low - 1e-6
    host = {name: result.host_energy_j.value for name, result in results.items()}
    slack = 4 * 0.003 * meter._trackers[0].counter.cap_w
    assert host["A"] + host["B"] == pytest.approx(host["union"] + host["both"], abs=slack)


@settings(max_examples=60, deadline=None)
@given(stretches=st.lists(STRETCH, min_size=2, max_size=6))
def test_windows_one_after_the_other_add_up_to_the_whole(stretches):
    machine = Machine(packages=[Package(Proportional(IDLE_W, W_PER_CPU))])
    meter = Meter(machine)
    whole = meter.start()
    parts = []
    for seconds, own, others in stretches:
        window = meter.start()
        machine.work(seconds, own=own, others=others)
        parts.append(cpu(meter.stop(window)))
    total = cpu(meter.stop(whole))
    for field in ("energy_j", "host_energy_j", "active_j", "idle_j"):
        figures = [getattr(part, field) for part in parts]
        assert sum(f.low for f in figures) <= getattr(total, field).high + 0.01
        assert sum(f.high for f in figures) >= getattr(total, field).low - 0.01
