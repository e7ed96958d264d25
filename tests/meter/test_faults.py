"""Every failing counter ends right, or missing with the reason: never silently wrong."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlab.meter import Meter
from tests.simulated import Constant, Machine, Package


def weigh(machine, meter, seconds=1.0, during=lambda: None):
    window = meter.start()
    machine.work(seconds / 2, own=1)
    during()
    machine.work(seconds / 2, own=1)
    result = meter.stop(window)
    truth = sum(p.energy_j(window.begin.at, window.end.at) for p in machine.packages)
    return result, truth


def cpu(result):
    return [c.host_energy_j for c in result.components if c.kind == "cpu"]


def right_or_missing(result, truth):
    figures = cpu(result)
    if all(figure.value is not None for figure in figures):
        assert sum(f.low for f in figures) <= truth <= sum(f.high for f in figures)
    else:
        assert all(figure.reason for figure in figures if figure.value is None)
        assert result.host_energy_j.lacks
        assert result.host_energy_j.high is None


def one(**package):
    machine = Machine(packages=[Package(Constant(40.0), **package)])
    return machine, Meter(machine)


def test_one_wrap():
    machine, meter = one(range_uj=65_712_999_613, start_uj=65_712_999_613 - 40_010_000_000)
    for _ in range(3):
        result, truth = weigh(machine, meter, 1.0)
    machine, meter = one(range_uj=262_000_000, start_uj=262_000_000 - 40_020_000)
    result, truth = weigh(machine, meter, 1.0)
    assert cpu(result)[0].value == pytest.approx(truth, rel=0.01)
    right_or_missing(result, truth)


def test_two_wraps_that_nobody_saw_are_not_guessed():
    machine, meter = one(range_uj=65_000_000)
    result, truth = weigh(machine, meter, 4.0)
    assert cpu(result)[0].value is None
    assert "wrapped" in cpu(result)[0].reason


def test_readings_in_between_see_every_wrap():
    machine, meter = one(range_uj=65_000_000)
    window = meter.start()
    for _ in range(40):
        machine.work(0.1, own=1)
        meter._keep_alive()
    result = meter.stop(window)
    assert cpu(result)[0].value == pytest.approx(160.0, rel=0.01)


@settings(max_examples=60, deadline=None)
@given(
    start=st.integers(0, 262_143_000_000),
    top=st.integers(1_000_000_000, 262_143_328_850),
    watts=st.floats(1, 55),
    seconds=st.floats(0.01, 10),
)
def test_any_single_wrap(start, top, watts, seconds):
    package = Package(Constant(watts), start_uj=start % top, range_uj=top)
    machine = Machine(packages=[package])
    meter = Meter(machine)
    result, truth = weigh(machine, meter, seconds)
    (figure,) = cpu(result)
    assert figure.low <= truth <= figure.high


def test_reset():
    machine, meter = one()
    result, truth = weigh(machine, meter, 1.0, machine.packages[0].reset)
    assert cpu(result)[0].value is None
    assert "restarted" in cpu(result)[0].reason
    result, truth = weigh(machine, meter)
    assert cpu(result)[0].value == pytest.approx(truth, rel=0.01)


def test_jump():
    machine, meter = one()
    result, truth = weigh(machine, meter, 1.0, machine.packages[0].jump)
    assert cpu(result)[0].value is None
    assert "jumped" in cpu(result)[0].reason


@pytest.mark.parametrize("fault", ["denied", "vanished"])
def test_lost_in_a_window(fault):
    machine, meter = one()
    result, truth = weigh(
        machine, meter, 1.0, lambda: setattr(machine.packages[0].faults, fault, True)
    )
    right_or_missing(result, truth)
    assert cpu(result)[0].value is None
    setattr(machine.packages[0].faults, fault, False)
    weigh(machine, meter)
    result, truth = weigh(machine, meter)
    assert cpu(result)[0].value == pytest.approx(truth, rel=0.01)


def test_denied_from_the_start_gives_the_model_and_the_command():
    machine = Machine(packages=[Package(Constant(40.0))])
    machine.packages[0].faults.denied = True
    machine.files["/sys/class/powercap/intel-rapl:0/energy_uj"] = lambda: machine.packages[
        0
    ].counter(machine.now)
    meter = Meter(machine)
    rapl = next(s for s in meter.sensors if s.name == "rapl")
    assert not rapl.available
    assert "root" in rapl.reason
    assert rapl.fix.startswith("sudo chmod")
    result, _ = weigh(machine, meter)
    assert {c.source for c in result.components} == {"cpu-model", "ram-model"}
    assert result.energy_j.tier in ("modelled", "assumed")


@pytest.mark.parametrize(
    ("garbage", "says"),
    [
        (b"", "no number"),
        (b"nonsense", "no number"),
        (b"-5", "no number"),
        (b"999999999999999999", "beyond its own range"),
        (b"\xff\x00", "no number"),
    ],
)
def test_garbage(garbage, says):
    machine, meter = one()

    def spoil():
        machine.packages[0].faults.garbage = garbage

    result, truth = weigh(machine, meter, 1.0, spoil)
    assert cpu(result)[0].value is None
    assert says in cpu(result)[0].reason
    assert result.energy_j.lacks == ("package-0",)


def test_plausible_garbage_for_one_read_is_a_break():
    machine, meter = one()
    window = meter.start()
    machine.work(0.5, own=1)
    machine.packages[0].faults.garbage = b"123456789"
    meter.peek(window)
    machine.packages[0].faults.garbage = None
    machine.work(0.5, own=1)
    result = meter.stop(window)
    right_or_missing(result, 40.0 * result.duration_s)


def test_standstill():
    machine, meter = one()
    machine.packages[0].stall()
    result, _ = weigh(machine, meter)
    assert cpu(result)[0].value is None
    assert "has stalled" in cpu(result)[0].reason


def test_one_of_two_packages_stalls():
    machine = Machine(
        packages=[Package(Constant(40.0)), Package(Constant(30.0), name="package-1")]
    )
    meter = Meter(machine)
    machine.packages[1].stall()
    result, truth = weigh(machine, meter)
    right_or_missing(result, truth)
    assert result.host_energy_j.lacks == ("package-1",)


def test_stall_within_a_window_widens_once_idle_power_is_known():
    machine, meter = one()
    for _ in range(3):
        weigh(machine, meter, 1.0)
        machine.work(2.0)
    window = meter.start()
    machine.work(0.1, own=1)
    machine.packages[0].stall()
    machine.work(1.9, own=1)
    result = meter.stop(window)
    truth = machine.packages[0].energy_j(window.begin.at, window.end.at)
    right_or_missing(result, truth)


def test_suspend():
    machine, meter = one()
    result, _ = weigh(machine, meter, 1.0, lambda: machine.suspend(3600))
    assert cpu(result)[0].value is None
    assert "slept" in cpu(result)[0].reason
    memory = next(c for c in result.components if c.kind == "ram")
    assert "the time awake is counted" in memory.energy_j.reason
    assert memory.energy_j.high < 3600
    assert result.duration_s == pytest.approx(1.0, rel=0.01)


def test_power_while_suspended_is_not_learned_as_idle_power():
    """It is in the counter, over hours that the clock leaves out."""
    package = Package(Constant(40.0))
    machine = Machine(packages=[package], name="A CPU nobody knows")
    meter = Meter(machine)
    machine.suspend(3600)
    package.jump(600.0)
    machine.work(1.0)
    for _ in range(2):
        result, truth = weigh(machine, meter)
        right_or_missing(result, truth)
        assert result.components[0].host_energy_j.reason is None
        assert result.components[0].active_j.high > 0


@pytest.mark.parametrize(
    "zones",
    [
        {"psys": True},
        {"mmio": True},
        {"psys": True, "shuffled": True},
        {"mmio": True, "psys": True, "shuffled": True},
    ],
    ids=lambda zones: "+".join(zones),
)
def test_zones_that_repeat_others_are_not_added(zones):
    machine = Machine(packages=[Package(Constant(40.0))], **zones)
    result, truth = weigh(machine, Meter(machine))
    assert [f.value for f in cpu(result)] == pytest.approx([truth], rel=0.01)


def test_mirrored_dies_count_once_and_different_ones_twice():
    machine = Machine(packages=[Package(Constant(40.0), name="package-0-die-0")], mirrored=True)
    result, truth = weigh(machine, Meter(machine))
    assert [f.value for f in cpu(result)] == pytest.approx([truth], rel=0.01)
    dies = [Package(Constant(w), name=f"package-0-die-{i}") for i, w in enumerate((40, 30))]
    dies[1].start_uj += 77
    machine = Machine(packages=dies)
    result, truth = weigh(machine, Meter(machine))
    assert sum(f.value for f in cpu(result)) == pytest.approx(truth, rel=0.01)


def test_two_packages_add_up():
    machine = Machine(
        packages=[Package(Constant(40.0)), Package(Constant(30.0), name="package-1")],
        shuffled=True,
    )
    result, truth = weigh(machine, Meter(machine))
    assert result.components[0].device == "package-0"
    assert sum(f.value for f in cpu(result)) == pytest.approx(truth, rel=0.01)
