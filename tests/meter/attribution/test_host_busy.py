"""How busy the machine was: the truth lies inside, though the system counts in ticks."""

from hypothesis import given, settings
from hypothesis import strategies as st

from greenlab.meter.attribution.shares import CpuUse, counter_cases, cpu_shares
from greenlab.meter.attribution.host_busy import TICK_S, HostCpu
from greenlab.interval import Interval
from tests.simulated import Machine


@settings(max_examples=150, deadline=None)
@given(
    own=st.floats(0, 2),
    others=st.floats(0, 2),
    seconds=st.floats(0.001, 2),
    phase=st.floats(0, 0.02),
)
def test_the_interval_contains_the_truth(own, others, seconds, phase):
    machine = Machine()
    cpu = HostCpu(machine)
    machine.work(phase, others=1.3)
    start, begun = cpu.snapshot(), machine.now
    machine.work(seconds, own=own, others=others)
    end, ended = cpu.snapshot(), machine.now
    own_s = machine.load.own_s(ended) - machine.load.own_s(begun)
    truth = machine.load.busy_s(ended) - machine.load.busy_s(begun)
    busy = cpu.busy(start, end, begun, ended, own_s)
    assert busy.low - 1e-5 <= truth <= busy.high + 1e-5
    assert own_s <= busy.low <= busy.mid <= busy.high
    assert busy.high - busy.low <= 5.1 * TICK_S + 1e-4


def test_a_proc_that_does_not_add_up_bounds_by_all_cpus():
    machine = Machine()
    machine.files["/proc/stat"] = lambda: b"cpu  0 0 0 0 0 0 0 0 0 0\n"
    cpu = HostCpu(machine)
    start, begun = cpu.snapshot(), machine.now
    machine.work(1.0, own=1)
    busy = cpu.busy(start, cpu.snapshot(), begun, begun + 1.0, 1.0)
    assert (busy.low, busy.high) == (1.0, 4.0)


def test_stolen_time_is_not_surely_busy():
    machine = Machine()
    ticks = [b"cpu  0 0 0 0 0 0 0 0 0 0\n", b"cpu  100 0 0 100 0 0 0 200 0 0\n"]
    machine.files["/proc/stat"] = lambda: ticks[machine.now > 1000.5]
    cpu = HostCpu(machine)
    start, begun = cpu.snapshot(), machine.now
    machine.work(1.0, own=0.5)
    busy = cpu.busy(start, cpu.snapshot(), begun, begun + 1.0, 0.5)
    assert busy.low < 1.0 < busy.high
    assert busy.high > 2.9


@given(own=st.floats(0.001, 1), doubt=st.floats(0, 1), energy=st.floats(0, 100))
def test_the_doubt_in_the_busy_time_reaches_the_figure(own, doubt, energy):
    use = CpuUse(own, Interval(own, own + doubt / 2, own + doubt), 1.0, 4)
    exact = Interval(energy, energy, energy)
    cases = counter_cases(exact, Interval(0, 0, 0), cpu_shares(use), 1.0, Interval(1, 1, 1))
    joules = [active * share + idle * part for active, idle, share, part in cases]
    for busy in use.busy_s:
        truth = energy * own / busy
        assert min(joules) - 1e-9 <= truth <= max(joules) + 1e-9


def test_held_up_once_the_machine_is_asked_again_and_always_the_truth_lies_inside():
    for always in (False, True):
        machine = Machine()
        stat, late = machine._stat, [0.0]
        machine.files["/proc/stat"] = lambda m=machine, s=stat, d=late: m.work(d[0]) or s()
        cpu = HostCpu(machine)
        machine.others = 3.0
        for turn in range(40):
            machine.work(0.0123)
            if not always:
                machine.pause(1, 0.08)
            late[0] = 0.03 * always * (turn % 2)
            start, begun = cpu.snapshot(), machine.now
            late[0] = 0.03 * always * (turn % 3)
            machine.work(0.05 + 0.003 * turn, own=1.0, others=1.0)
            ended, end = machine.now, cpu.snapshot()
            own_s = machine.load.own_s(ended) - machine.load.own_s(begun)
            truth = machine.load.busy_s(ended) - machine.load.busy_s(begun)
            busy = cpu.busy(start, end, begun, ended, own_s)
            assert busy.low - 1e-5 <= truth <= busy.high + 1e-5
            if not always:
                assert busy.high - busy.low <= 5.1 * TICK_S + 1e-4


@settings(max_examples=150, deadline=None)
@given(
    late=st.tuples(st.floats(0, 0.1), st.floats(0, 0.1)),
    others=st.floats(0, 2),
    seconds=st.floats(0.001, 0.5),
)
def test_snapshots_may_come_late(late, others, seconds):
    """What they leave out at the start, or cover beyond the end, is doubt and no error."""
    machine = Machine()
    cpu = HostCpu(machine)
    begun = machine.now
    machine.work(late[0], others=others)
    start = cpu.snapshot()
    machine.work(seconds, own=1.0, others=others)
    ended = machine.now
    machine.work(late[1], own=2.0, others=others)
    end = cpu.snapshot()
    own_s = machine.load.own_s(ended) - machine.load.own_s(begun)
    truth = machine.load.busy_s(ended) - machine.load.busy_s(begun)
    busy = cpu.busy(start, end, begun, ended, own_s)
    assert busy.low - 1e-5 <= truth <= busy.high + 1e-5
    assert busy.high - busy.low <= 5.1 * TICK_S + 4 * sum(late) + 1e-4


def test_a_snapshot_that_is_missing_bounds_by_all_cpus():
    machine = Machine()
    busy = HostCpu(machine).busy(HostCpu(machine).snapshot(), None, 0.0, 1.0, 0.5)
    assert (busy.low, busy.high) == (0.5, 4.0)
