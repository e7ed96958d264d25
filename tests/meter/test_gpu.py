"""GPU windows: settled between counter updates, shared by use."""

import math
import random
import threading

import pytest

from greenlab.meter import Meter
from greenlab.sensors.gpu import nvidia
from tests.simulated import Constant, Gpu, Machine, Square, watched

IDLE_W, BUSY_W = 60.0, 300.0


class Bursts:
    """At rest but for the stretches a test adds."""

    cap_w = BUSY_W

    def __init__(self):
        self.stretches = []

    def joules(self, t):
        busy = sum(max(0.0, min(t, end) - begin) for begin, end in self.stretches if t > begin)
        return IDLE_W * t + (BUSY_W - IDLE_W) * busy


def machine_with(*gpus, **kwargs):
    machine = Machine(gpus=gpus, **kwargs)
    return machine, Meter(machine)


def settled(machine, meter, seconds, trace):
    """A window in which the GPU works all the time; first answer, final one, and truth."""
    got = {}
    # By window: one before it may settle only now.
    meter.on_settled = got.__setitem__
    window = meter.start()
    trace.stretches.append((machine.now, machine.now + seconds))
    machine.work(seconds, own=1)
    first = meter.stop(window)
    meter.wait()
    truth = trace.joules(window.end.at) - trace.joules(window.begin.at)
    return first, got.get(window), truth


def gpu(result):
    return next(c for c in result.components if c.kind == "gpu")


@pytest.mark.parametrize("jitter", [0.0, 0.03], ids=["regular", "irregular"])
@pytest.mark.parametrize(("seconds", "p95"), [(0.01, 0.10), (0.05, 0.03), (0.2, 0.01)])
def test_short_windows_settle_near_the_truth_and_never_at_zero(seconds, p95, jitter):
    trace = Bursts()
    machine, meter = machine_with(Gpu(trace, period_s=0.09, jitter=jitter))
    machine.gpus[0].users = {machine.pid(): 90}
    machine.work(3.0)
    errors = []
    for turn in range(40):
        machine.work(0.411 + turn * 0.0137)
        first, final, truth = settled(
            machine, meter, seconds * (1 + 0.1 * (turn * 0.618 % 1)), trace
        )
        assert not first.settled
        assert final.settled
        host = gpu(final).host_energy_j
        assert host.low <= truth <= host.high
        assert host.value > 0
        errors.append(abs(host.value - truth) / truth)
    errors.sort()
    # Irregular updates are dated wrongly now and then; the interval holds all the same.
    assert errors[20 if jitter else 37] <= p95 * (2 if jitter else 1)


@pytest.mark.parametrize(("seconds", "most"), [(0.01, 0.10), (0.05, 0.03)])
def test_a_window_that_begins_at_an_update_is_dated_from_the_right_one(seconds, most):
    trace = Bursts()
    machine, meter = machine_with(Gpu(trace))
    machine.gpus[0].users = {machine.pid(): 90}
    machine.work(3.0)
    settled(machine, meter, seconds, trace)
    for turn in range(40):
        update = math.ceil(machine.now * 10 + 6) / 10
        machine.work(update + (turn - 20) * 0.2e-3 - machine.now)
        _, final, truth = settled(machine, meter, seconds, trace)
        host = gpu(final).host_energy_j
        assert host.low <= truth <= host.high
        assert host.value == pytest.approx(truth, rel=most)


def test_the_rhythm_is_learned_over_windows():
    """Ten periods back from one pair of updates, polled every 3 ms, may be 30 ms off."""
    trace = Bursts()
    machine, meter = machine_with(Gpu(trace))
    machine.gpus[0].users = {machine.pid(): 90}
    machine.work(3.0)
    errors = []
    for turn in range(40):
        machine.work(0.623 + turn * 0.0137)
        _, final, truth = settled(machine, meter, 1.03, trace)
        errors.append(abs(gpu(final).host_energy_j.value - truth) / truth)
    assert sorted(errors[10:])[15] < 0.001


def test_work_of_the_last_window_still_to_be_counted_is_no_unrest():
    """The counter holds the last window's end only after it: the GPU rested all the same."""
    trace = Bursts()
    machine, meter = machine_with(Gpu(trace))
    machine.gpus[0].users = {machine.pid(): 90}
    machine.work(3.0)
    for _ in range(10):
        machine.work(math.ceil(machine.now * 10 + 4) / 10 + 0.05 - machine.now)
        _, final, truth = settled(machine, meter, 0.245, trace)
        host = gpu(final).host_energy_j
        assert host.low <= truth <= host.high
        assert host.value == pytest.approx(truth, rel=0.02)


def test_without_a_listener_nothing_waits_and_the_interval_holds():
    trace = Bursts()
    machine, meter = machine_with(Gpu(trace))
    window = meter.start()
    trace.stretches.append((machine.now, machine.now + 0.03))
    machine.work(0.03, own=1)
    result = meter.stop(window)
    truth = trace.joules(window.end.at) - trace.joules(window.begin.at)
    assert result.settled
    host = gpu(result).host_energy_j
    assert host.low <= truth <= host.high
    assert not meter._background


def test_a_busy_neighbour_keeps_the_interval_true():
    """The GPU works on after the window: nothing may be taken off at the idle power."""
    machine, meter = machine_with(Gpu(Square(50.0, 350.0, 0.037)))
    got = []
    meter.on_settled = lambda window, result: got.append((window, result))
    for turn in range(30):
        machine.work(0.2 + turn * 0.0171)
        window = meter.start()
        machine.work(0.04, own=1)
        meter.stop(window)
        meter.wait()
    for window, result in got:
        truth = machine.gpus[0].energy_j(window.begin.at, window.end.at)
        host = gpu(result).host_energy_j
        assert host.low <= truth <= host.high
    assert len(got) == 30


def weigh(machine, meter, seconds=1.0):
    window = meter.start()
    machine.work(seconds, own=1)
    return gpu(meter.stop(window))


def test_alone_all_of_it_is_ours():
    machine, meter = machine_with(Gpu(Constant(200.0)))
    machine.gpus[0].users = {machine.pid(): 90}
    component = weigh(machine, meter, 10.0)
    assert component.energy_j.value == pytest.approx(component.host_energy_j.value)
    assert component.energy_j.value == pytest.approx(2000, rel=0.02)


def test_the_work_of_a_child_is_ours():
    machine = Machine(gpus=[Gpu(Constant(200.0), users={4242: 60, 999_999: 30})])
    machine.files["/proc/4242/stat"] = f"4242 (worker) S {machine.pid()} " + "0 " * 30
    machine.has_children = lambda: True
    machine.pid_cpu_s = lambda pid: 0.0
    component = weigh(machine, Meter(machine), 10.0)
    assert component.energy_j.value == pytest.approx(
        component.host_energy_j.value * 2 / 3, rel=0.01
    )


def test_beside_others_by_time_with_doubt():
    machine, meter = machine_with(Gpu(Constant(200.0)))
    machine.gpus[0].users = {machine.pid(): 30, 999_999: 60}
    component = weigh(machine, meter, 10.0)
    assert component.energy_j.value == pytest.approx(
        component.host_energy_j.value / 3, rel=0.01
    )
    assert component.energy_j.low < 0.2 * component.host_energy_j.value
    assert component.energy_j.high > 0.5 * component.host_energy_j.value


def test_a_gpu_that_only_others_use_costs_this_kernel_nothing():
    machine, meter = machine_with(Gpu(Constant(200.0)))
    machine.gpus[0].users = {999_999: 90}
    component = weigh(machine, meter, 10.0)
    assert component.energy_j.value == 0
    assert component.host_energy_j.value == pytest.approx(2000, rel=0.02)


def test_work_of_a_process_that_has_ended_may_be_a_child_s():
    machine, meter = machine_with(
        Gpu(Constant(200.0), users={999_999: 30}, ended={888_888: 60})
    )
    component = weigh(machine, meter, 10.0)
    assert component.energy_j.value == pytest.approx(
        component.host_energy_j.value * 2 / 3, rel=0.01
    )
    assert component.energy_j.low == 0
    # What ended before the window has no part in it.
    machine.gpus[0].ended_at = machine.wallclock() - 0.5
    assert weigh(machine, meter, 10.0).energy_j.high == 0


def test_in_a_container_nobody_is_seen_and_the_share_stays_open():
    machine = Machine(gpus=[Gpu(Constant(200.0))])
    machine.is_container = True
    component = weigh(machine, Meter(machine), 10.0)
    assert component.energy_j.low == 0
    assert component.energy_j.high >= 2000
    assert "cannot be seen" in component.energy_j.reason


def test_utilisation_is_reported():
    machine, meter = machine_with(Gpu(Constant(200.0)))
    machine.gpus[0].users = {machine.pid(): 90}
    window = meter.start()
    machine.work(1.0, own=1)
    assert meter.stop(window).gpu_busy == pytest.approx(0.9)


def test_visible_devices():
    gpus = [Gpu(Constant(w), uuid=f"GPU-{w:.0f}") for w in (100.0, 200.0, 300.0)]
    machine = Machine(gpus=gpus)
    for chosen, watts in (
        ("0,2", [100, 300]),
        ("2,0", [300, 100]),
        ("2", [300]),
        ("GPU-200", [200]),
        ("0,7,1", [100]),
        ("", []),
        ("-1", []),
        (None, [100, 200, 300]),
    ):
        machine.cuda_visible = chosen
        meter = Meter(machine)
        window = meter.start()
        machine.work(10.0)
        found = [c for c in meter.stop(window).components if c.kind == "gpu"]
        values = [c.host_energy_j.value / 10 for c in found]
        assert values == pytest.approx(watts, rel=0.02)
        status = next(s for s in meter.sensors if s.name == "nvml")
        assert status.available == bool(watts)
        assert watts or "CUDA_VISIBLE_DEVICES" in status.reason


def test_numbers_that_may_mean_another_gpu():
    """CUDA counts from the fastest on, the driver along the bus."""
    display = Gpu(Constant(10.0), name="NVIDIA T400", uuid="GPU-slow")
    fast = Gpu(Constant(300.0), name="NVIDIA GeForce RTX 4090", uuid="GPU-fast")
    machine = Machine(gpus=[display, fast])

    def parts():
        meter = Meter(machine)
        window = meter.start()
        machine.work(10.0)
        status = next(s for s in meter.sensors if s.name == "nvml")
        return [c for c in meter.stop(window).components if c.kind == "gpu"], status

    fast.users = {machine.pid(): 90}
    machine.cuda_visible = "0"
    (one, two), status = parts()
    assert "CUDA_DEVICE_ORDER" in status.reason
    assert "CUDA_DEVICE_ORDER=PCI_BUS_ID" in status.fix
    assert one.energy_j.low == 0
    assert one.energy_j.high >= 100
    assert "CUDA_DEVICE_ORDER" in one.energy_j.reason
    assert two.energy_j.value == pytest.approx(3000, rel=0.02)
    assert two.energy_j.reason is None
    for certain in ("GPU-fast", "0,1", "1,0"):
        machine.cuda_visible = certain
        found, status = parts()
        assert len(found) == len(certain.split(","))
        assert status.reason is None
    machine.cuda_visible = "0"
    machine.variables["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    (one,), status = parts()
    assert one.host_energy_j.value == pytest.approx(100, rel=0.02)
    assert status.reason is None


def test_a_lost_gpu_is_missing_with_the_reason():
    machine, meter = machine_with(Gpu(Constant(100.0)), Gpu(Constant(200.0), uuid="GPU-1"))
    window = meter.start()
    machine.work(1.0)
    machine.gpus[1].lost = True
    result = meter.stop(window)
    one, two = [c for c in result.components if c.kind == "gpu"]
    assert one.host_energy_j.value == pytest.approx(100, rel=0.15)
    assert two.host_energy_j.value is None
    assert "lost" in two.host_energy_j.reason
    assert result.host_energy_j.lacks == (two.device,)


def test_before_volta_power_is_added_up():
    machine, meter = machine_with(Gpu(Square(50.0, 250.0, 3.7), has_energy=False))
    status = next(s for s in meter.sensors if s.name == "nvml")
    assert status.tier == "modelled"
    assert meter._watch._every_s == nvidia.POWER_UPDATE_S / 2
    for seconds in (0.05, 1.0, 20.0):
        window = meter.start()
        watched(machine, meter, seconds)
        host = gpu(meter.stop(window)).host_energy_j
        truth = machine.gpus[0].energy_j(window.begin.at, window.end.at)
        assert host.tier == "modelled"
        assert host.low <= truth <= host.high


@pytest.mark.slow
def test_before_volta_nine_loads_in_ten_lie_in_the_interval():
    """Also of those that change faster than they are sampled, or nearly in step."""
    dice, held = random.Random(5), []
    for _ in range(150):
        trace = Square(40.0, 300.0, math.exp(dice.uniform(-3, 3)), dice.uniform(0.05, 0.95))
        machine, meter = machine_with(Gpu(trace, has_energy=False))
        machine.work(dice.uniform(0, 20))
        window = meter.start()
        watched(machine, meter, dice.choice((1, 3, 10, 60)), own=1)
        host = gpu(meter.stop(window)).host_energy_j
        truth = machine.gpus[0].energy_j(window.begin.at, window.end.at)
        assert host.level == 0.9
        assert "sampled" in host.reason
        held.append(host.low <= truth <= host.high)
    assert sum(held) >= 0.95 * len(held)


def test_a_gpu_that_reports_nothing_is_named():
    machine, meter = machine_with(Gpu(Constant(100.0), has_energy=False, has_power=False))
    status = next(s for s in meter.sensors if s.name == "nvml")
    assert not status.available
    assert "neither" in status.reason


def test_work_right_before_the_window_is_not_taken_for_rest():
    """Cells one after the other: the update before the window holds the last cell's work."""
    trace = Bursts()
    machine, meter = machine_with(Gpu(trace))
    machine.gpus[0].users = {machine.pid(): 90}
    machine.work(3.0)
    for turn in range(20):
        machine.work(0.5 + turn * 0.013)
        before = machine.now
        machine.work(0.08)
        trace.stretches.append((before, machine.now))
        meter.stop(meter.start())
        machine.work(0.002)
        _, final, truth = settled(machine, meter, 0.01, trace)
        host = gpu(final).host_energy_j
        assert host.low <= truth <= host.high


@pytest.mark.parametrize(("users", "before", "after"), [(1, 0.0, 0.04), (2, 0.04, 0.0)])
def test_work_just_outside_the_window_is_not_surely_in_it(users, before, after):
    """Less than a period of it: no update shows it apart from the window's own work."""
    trace = Bursts()
    machine, meter = machine_with(Gpu(trace))
    machine.gpus[0].users = {machine.pid() + one: 40 for one in range(users)}
    machine.work(3.0)
    settled(machine, meter, 0.3, trace)
    for turn in range(20):
        update = math.ceil(machine.now * 10 + 6) / 10
        machine.work(update + 0.05 + turn * 0.0005 - machine.now)
        trace.stretches.append((machine.now - before, machine.now))
        end = machine.now + 0.305
        trace.stretches.append((end, end + after))
        _, final, truth = settled(machine, meter, 0.305, trace)
        host = gpu(final).host_energy_j
        assert 0 < host.low <= truth <= host.high
        assert host.level == (0.95 if users == 1 else 0.999)


@pytest.mark.parametrize("jitter", [0.0, 0.03])
def test_a_gpu_at_its_power_cap_leaves_no_room_and_holds_the_truth(jitter):
    machine, meter = machine_with(Gpu(Constant(375.0), limit_w=300.0, jitter=jitter))
    got = {}
    meter.on_settled = got.__setitem__
    for turn in range(40):
        machine.work(0.411 + turn * 0.0137)
        window = meter.start()
        machine.work(0.05 + 0.01 * turn, own=1)
        first = meter.stop(window)
        meter.wait()
        truth = machine.gpus[0].energy_j(window.begin.at, window.end.at)
        for result in (first, got[window]):
            host = gpu(result).host_energy_j
            assert host.low <= truth <= host.high + 1e-9


def test_a_loop_of_spans_starts_few_threads():
    machine, meter = machine_with(Gpu(Constant(100.0)))
    hold = threading.Event()
    machine.sleep = lambda seconds: (hold.wait(5), machine.work(seconds))
    meter.on_settled = lambda window, result: None
    results = []
    for _ in range(30):
        window = meter.start()
        machine.work(0.01)
        results.append(meter.stop(window))
    assert len(meter._background) <= 8
    assert sum(not result.settled for result in results) == 8
    hold.set()
    meter.wait()
    assert not meter._background


def test_live_windows_do_not_settle():
    machine, meter = machine_with(Gpu(Constant(100.0)))
    meter.on_settled = lambda window, result: None
    window = meter.start()
    machine.work(1.0)
    assert meter.stop(window, settle=False).settled
    assert not meter._background
