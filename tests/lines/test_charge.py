"""From samples to joules: lines and the rest are the cell, whatever was sampled."""

import math
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.interval import Interval
from greenlab.lines.gil_switch_points import Place
from greenlab.lines.charge import charge, part_of, wilson
from greenlab.lines.hot_stacks import hot_stacks
from greenlab.lines.line_energies import line_energies
from greenlab.lines.samples import KEYS, LINES, SLOTS, Samples, Used
from greenlab.lines.sources import Sources
from greenlab.lines.stack import Seen
from greenlab.lines.user_code import UserCode
from greenlab.lines.window_code import WindowCode
from greenlab.meter.measurement import Measurement
from greenlab.record import Component, Figure, total

PERIOD_S = 0.01
positive = st.floats(0.001, 1000.0)


def at(line, outer=None, landmarks=()):
    place = Place("cell.py", line, "<module>")
    own = place if outer is None else Place("cell.py", outer, "<module>")
    return Seen(own, place, landmarks)


def figure(joules):
    return Figure.within(joules, 0.8 * joules, 1.3 * joules, level=0.95, tier="modelled")


def component(kind, active_j, idle_j):
    whole = figure(active_j + idle_j)
    return Component(kind, kind, "test", whole, whole, figure(active_j), figure(idle_j))


def measurement(components, duration_s, cpu_s, energy_j=None):
    energy = energy_j or total((one.device, one.energy_j) for one in components)
    busy = Interval(cpu_s, cpu_s, cpu_s)
    return Measurement(0.0, duration_s, tuple(components), energy, energy, cpu_s, None,
                       busy_s=busy, cpus=2)  # fmt: skip


def sampled(steps, begun=100.0):
    """Samples of (line, CPU seconds, elapsed seconds)."""
    samples, now = Samples(begun), begun
    for line, cpu_s, duration_s in steps:
        samples.add(at(line), Used(cpu_s, now, now + duration_s, PERIOD_S))
        samples.covered_s += duration_s
        now += duration_s
    return samples, now - begun


def watched(samples, *, asked=True):
    facts = SimpleNamespace(of=lambda _file, _line: {})
    return SimpleNamespace(
        samples=samples, asked=asked, facts=facts, gpu="waiting", note=None, source=None
    )


SOURCES = Sources(WindowCode(UserCode()))

steps = st.lists(
    st.tuples(st.integers(1, 6), st.floats(0.0, 0.4), st.floats(0.0, 0.4)), min_size=1
)
devices = st.lists(
    st.tuples(st.sampled_from(["cpu", "ram", "gpu"]), positive, positive),
    min_size=1,
    max_size=3,
)


@given(steps, devices, st.floats(0.0, 5.0), st.floats(0.0, 5.0))
def test_lines_and_the_rest_are_the_cell(steps, devices, longer_s, more_s):
    samples, duration_s = sampled(steps)
    cpu_s = sum(one[1] for one in steps)
    result = measurement(
        [component(*one) for one in devices], duration_s + longer_s, cpu_s + more_s
    )
    charged = charge(samples, result)
    lines = line_energies(watched(samples), result, charged, SOURCES)
    for uses in (lines.code, lines.cell):
        whole = math.fsum([*(one.energy_j.value for one in uses), lines.rest_j.value])
        assert whole == pytest.approx(result.energy_j.value, rel=1e-9)
        for one in (*(use.energy_j for use in uses), lines.rest_j):
            assert 0 <= one.low <= one.value <= one.high
            assert one.tier == result.energy_j.tier
    shares = [one.share for one in hot_stacks(watched(samples), charged, SOURCES)]
    assert math.fsum(shares) <= 1 + 1e-9


def test_work_goes_by_cpu_time_and_idle_power_by_time():
    samples, _ = sampled([(1, 1.0, 1.0), (2, 0.0, 3.0)])
    result = measurement([component("cpu", 60.0, 40.0)], 4.0, 1.0)
    lines = line_energies(watched(samples), result, charge(samples, result), SOURCES)
    joules = {one.line: one.energy_j.value for one in lines.code}
    assert joules == pytest.approx({1: 60 + 10, 2: 30})
    assert lines.rest_j.value == pytest.approx(0.0, abs=1e-9)


def test_what_was_not_sampled_is_on_no_line():
    samples, _ = sampled([(1, 1.0, 1.0)])
    result = measurement([component("cpu", 50.0, 50.0)], 2.0, 2.0)
    lines = line_energies(watched(samples), result, charge(samples, result), SOURCES)
    assert lines.code[0].energy_j.value == pytest.approx(50.0)
    assert lines.rest_j.value == pytest.approx(50.0)


def test_a_gpu_counts_on_the_line_at_which_the_host_was():
    samples, _ = sampled([(1, 0.5, 1.0), (2, 0.5, 1.0)])
    result = measurement([component("gpu", 80.0, 20.0)], 2.0, 1.0)
    lines = line_energies(watched(samples), result, charge(samples, result), SOURCES)
    assert lines.gpu == "waiting"
    assert [one.gpu_j for one in lines.code] == pytest.approx([50.0, 50.0])


def test_energy_that_is_not_known_has_no_lines_and_says_why():
    samples, duration_s = sampled([(1, 1.0, 1.0)])
    missing = Figure.missing("no sensor")
    result = measurement([], duration_s, 1.0, missing)
    assert charge(samples, result) is None
    lines = line_energies(watched(samples), result, None, SOURCES)
    assert (lines.code, lines.rest_j, lines.note) == ((), missing, "no sensor")
    assert line_energies(watched(None, asked=False), result, None, SOURCES) is None
    stacks = hot_stacks(watched(samples), None, SOURCES)
    assert stacks[0].energy_j is None
    assert stacks[0].share == 1.0


@given(st.integers(0, 400), st.integers(1, 400))
def test_an_interval_holds_the_share_and_narrows_with_samples(seen, samples):
    share = min(1.0, seen / samples)
    low, high = wilson(share, samples)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1
    wider = wilson(share, samples / 4)
    assert wider[1] - wider[0] >= high - low - 1e-12


def test_a_part_of_a_figure_that_has_no_upper_bound_has_none():
    whole = Figure(10.0, 8.0, None, 0.95, "modelled", lacks=("gpu",))
    part = part_of(whole, 5.0, 10.0, 100)
    assert part.value == 5.0
    assert part.high is None
    assert part.lacks == ("gpu",)


def test_a_late_sample_is_as_sure_as_others():
    """C code that holds the lock is seen once, however long it takes, and by no chance."""
    late, duration_s = sampled([(1, PERIOD_S, PERIOD_S)] * 100 + [(2, 1.0, 1.0)])
    result = measurement([component("cpu", 100.0, 1.0)], duration_s, 2.0)
    lines = line_energies(watched(late), result, charge(late, result), SOURCES)
    use = next(one for one in lines.code if one.line == 2)
    assert use.energy_j.low > 0.5 * 0.8 * use.energy_j.value


def test_memory_is_bounded_and_nothing_is_lost():
    samples = Samples(0.0)
    count = 50_000
    for n in range(count):
        seen = at(n % 1000, outer=1, landmarks=(f"lib.f{n % 7}",))
        samples.add(seen, Used(0.01, n * 0.01, (n + 1) * 0.01, PERIOD_S))
    assert len(samples.seen) <= KEYS + LINES
    slots = list(samples.slots)
    assert len(slots) <= SLOTS
    whole = sum(one.cpu_s for slot in slots for one in slot.spent.values())
    assert whole == pytest.approx(sum(one.cpu_s for one in samples.total.values()))
    assert whole <= count * 0.01 + 1e-6
