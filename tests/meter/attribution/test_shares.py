"""Shares of the machine's energy: what must hold for any load."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlab.meter import Meter
from greenlab.meter.attribution.shares import counter_cases
from greenlab.interval import Interval
from tests.simulated import Machine, Package, Proportional

IDLE_W, W_PER_CPU = 10.0, 8.0


def proportional(**kwargs):
    machine = Machine(packages=[Package(Proportional(IDLE_W, W_PER_CPU))], **kwargs)
    return machine, Meter(machine)


def teach(machine, meter):
    """Quiet seconds between two windows, from which the idle power is learned."""
    for _ in range(2):
        meter.stop(meter.start())
        machine.work(2.0, others=0.01)


def holds(figure, truth):
    return figure.low - 1e-9 <= truth <= figure.high + 1e-9


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(
    own=st.floats(0, 2),
    others=st.floats(0, 2),
    seconds=st.floats(0.005, 5),
    learned=st.booleans(),
)
def test_the_share_holds_the_truth(own, others, seconds, learned):
    machine, meter = proportional()
    if learned:
        teach(machine, meter)
    window = meter.start()
    machine.work(seconds, own=own, others=others)
    result = meter.stop(window)
    begun, ended = window.begin.at, window.end.at
    span, own_s = ended - begun, machine.load.own_s(ended) - machine.load.own_s(begun)
    cpu = result.components[0]
    assert holds(cpu.active_j, W_PER_CPU * own_s)
    assert holds(cpu.idle_j, IDLE_W * span)
    assert holds(cpu.energy_j, IDLE_W * span + W_PER_CPU * own_s)
    assert cpu.energy_j.value <= cpu.host_energy_j.value + 1e-9
    assert cpu.energy_j.high <= cpu.host_energy_j.high + 1e-9


@settings(max_examples=100, deadline=None)
@given(
    energy=st.lists(st.floats(0, 1e4), min_size=3, max_size=3).map(sorted),
    idle=st.lists(st.floats(0, 300), min_size=3, max_size=3).map(sorted),
    parts=st.lists(st.floats(0, 1), min_size=2, max_size=5),
    span=st.floats(1e-3, 100),
)
def test_concurrent_shares_add_up_to_the_active_energy(energy, idle, parts, span):
    whole = sum(parts) or 1.0
    shares = [part / whole for part in parts] if sum(parts) else []
    cases = [
        counter_cases(
            Interval(*energy), Interval(*idle), Interval(s, s, s), span, Interval(1, 1, 1)
        )
        for s in shares
    ]
    for together in zip(*cases, strict=True):
        active, idle_j = together[0][:2]
        assert sum(case[0] * case[2] for case in together) == pytest.approx(active)
        assert active + idle_j <= max(energy) * (1 + 1e-12)


def test_known_idle_power_narrows_the_share():
    machine, meter = proportional()
    window = meter.start()
    machine.work(1.0, own=1, others=1)
    before = meter.stop(window).components[0].energy_j
    teach(machine, meter)
    window = meter.start()
    machine.work(1.0, own=1, others=1)
    after = meter.stop(window).components[0].energy_j
    assert after.high - after.low < 0.5 * (before.high - before.low)
    assert after.value == pytest.approx(IDLE_W + W_PER_CPU, rel=0.06)


@pytest.mark.parametrize("w_per_cpu", [8.0, 45.0, 90.0])
def test_work_in_every_stretch_is_not_taken_for_rest(w_per_cpu):
    """Desktop processors add some 70 W for a single thread."""
    machine = Machine(
        packages=[Package(Proportional(IDLE_W, w_per_cpu), limit_w=400.0)], name="?"
    )
    meter = Meter(machine)
    for _ in range(6):
        window = meter.start()
        machine.work(1.0, own=1.0)
        cpu = meter.stop(window).components[0]
        assert holds(cpu.active_j, w_per_cpu * window.length_s)
        assert holds(cpu.idle_j, IDLE_W * window.length_s)
        machine.work(0.2, others=1.0)


def test_scopes():
    for scope, truth in (("process", 18.0), ("host", 26.0), ("active", 8.0)):
        machine, meter = proportional()
        teach(machine, meter)
        window = meter.start()
        machine.work(1.0, own=1, others=1)
        result = meter.stop(window, scope)
        assert holds(result.components[0].energy_j, truth)
        # A share is less sure than the counter it is a share of.
        assert result.components[0].energy_j.level == (0.999 if scope == "host" else 0.95)
        assert result.components[0].energy_j.value == pytest.approx(truth, rel=0.12)


@pytest.mark.parametrize(
    "files",
    [
        {"/sys/fs/cgroup/cpu.max": "100000 100000"},
        {
            "/sys/fs/cgroup/jupyter/cpu.max": "50000 50000",
            "/proc/self/cgroup": "0::/jupyter/u1",
        },
        {
            "/proc/self/cgroup": "3:cpu,cpuacct:/u1",
            "/sys/fs/cgroup/cpu/u1/cpu.cfs_quota_us": "100000",
            "/sys/fs/cgroup/cpu/u1/cpu.cfs_period_us": "100000",
        },
    ],
    ids=["v2", "v2, parent", "v1"],
)
def test_a_quota_charges_its_part_of_the_idle_power(files):
    machine = Machine(packages=[Package(Proportional(IDLE_W, W_PER_CPU))])
    machine.files.update(files)
    meter = Meter(machine)
    teach(machine, meter)
    window = meter.start()
    machine.work(1.0, own=1.0)
    cpu = meter.stop(window).components[0]
    assert holds(cpu.idle_j, IDLE_W / 4)
    assert cpu.idle_j.value == pytest.approx(IDLE_W / 4, rel=0.15)


def test_a_memory_limit_charges_its_part():
    def memory_j(files):
        machine = Machine()
        machine.files.update(files)
        meter = Meter(machine)
        window = meter.start()
        machine.work(1.0)
        return next(c for c in meter.stop(window).components if c.kind == "ram").energy_j.value

    whole = memory_j({})
    assert memory_j({"/sys/fs/cgroup/memory.max": "4000000000"}) == pytest.approx(
        whole / 4, rel=0.01
    )
    assert memory_j({"/sys/fs/cgroup/memory.max": "max"}) == whole
    assert memory_j({"/sys/fs/cgroup/memory.max": "9" * 19}) == whole


def test_an_unreadable_proc_leaves_the_share_open_but_bounded():
    machine, meter = proportional()
    del machine.files["/proc/stat"]
    meter = Meter(machine)
    window = meter.start()
    machine.work(1.0, own=1, others=1)
    cpu = meter.stop(window).components[0]
    assert holds(cpu.active_j, W_PER_CPU)
    assert cpu.energy_j.high <= cpu.host_energy_j.high
