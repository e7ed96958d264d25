"""The GPU benchmark, as far as it runs without one: what traces say, tables, refusals."""

from __future__ import annotations

import random
import sys
import threading
import time
from types import SimpleNamespace

import pytest
from benchmarks.gpu import parts, run, tail
from benchmarks.gpu.recorder import Recorder, thinned
from benchmarks.gpu.traces import edges, mean_power, paired, period, rise_s, table
from greenlab.meter import Meter
from greenlab.sensors import Host
from hypothesis import given
from hypothesis import strategies as st
from tests.simulated import Constant, FakeNvml, Gpu


def counter(period_s, watts=100.0, seconds=3.0, every_s=0.001):
    """A counter that moves every `period_s`, looked at every `every_s`."""
    return [
        (i * every_s, watts * (int(i * every_s / period_s + 1e-9) * period_s))
        for i in range(int(seconds / every_s))
    ]


@given(st.sampled_from([0.02, 0.05, 0.1]), st.floats(0.0005, 0.004))
def test_finds_the_period_as_finely_as_it_looks(true_s, every_s):
    found = period(counter(true_s, every_s=every_s))
    assert found.median_s == pytest.approx(true_s, abs=every_s * 1.01)
    assert found.resolution_s == pytest.approx(every_s)
    assert found.p5_s <= found.median_s <= found.p95_s


def test_an_edge_is_between_two_reads():
    assert edges([(0.0, 1.0), (1.0, 1.0), (2.0, 5.0), (3.0, 5.0)]) == [1.5]


@pytest.mark.parametrize("trace", [[], [(0.0, 1.0)], [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)]])
def test_a_counter_that_hardly_moves_has_no_period(trace):
    with pytest.raises(ValueError, match="three are needed"):
        period(trace)


def test_mean_power_is_the_slope_between_edges():
    assert mean_power(counter(0.1, watts=250.0)) == pytest.approx(250.0, rel=0.001)
    with pytest.raises(ValueError, match="hardly moved"):
        mean_power([(0.0, 1.0), (1.0, 1.0)])


def step(window_s, low=60.0, high=300.0, at=2.0, seconds=6.0):
    """What a mean over `window_s` shows of a step in power."""
    trace = []
    for i in range(int(seconds * 1000)):
        t = i / 1000
        part = min(1.0, max(0.0, (t - at) / window_s))
        trace.append((t, low + (high - low) * part))
    return trace


@pytest.mark.parametrize("window_s", [0.025, 0.1, 1.0])
def test_the_rise_tells_over_how_long_power_is_averaged(window_s):
    assert rise_s(step(window_s), 2.0) / 0.8 == pytest.approx(window_s, abs=0.004)


def test_a_trace_without_a_step_up_has_no_rise():
    with pytest.raises(ValueError, match="did not rise"):
        rise_s(step(0.1, low=300.0, high=60.0), 2.0)
    with pytest.raises(ValueError, match="before the step and after"):
        rise_s([], 2.0)


@given(st.floats(0.3, 3.0), st.integers(3, 9))
def test_the_ratio_of_equal_pairs_is_exact(factor, count):
    before = [1.0 + i / 10 for i in range(count)]
    found = paired(before, [factor * joules for joules in before])
    assert found.value == pytest.approx(factor)
    assert found.low == pytest.approx(factor)
    assert found.pairs == count


def test_the_interval_of_a_ratio_mostly_holds_it():
    chance = random.Random(7)
    held = 0
    for _ in range(300):
        before = [chance.lognormvariate(0.0, 0.05) for _ in range(6)]
        after = [0.8 * chance.lognormvariate(0.0, 0.05) for _ in range(6)]
        found = paired(before, after)
        held += found.low <= 0.8 <= found.high
    assert 0.90 <= held / 300 <= 0.99


@pytest.mark.parametrize("values", [([1.0], [1.0]), ([1.0, 0.0], [1.0, 1.0])])
def test_no_ratio_of_one_pair_or_of_nothing(values):
    with pytest.raises(ValueError, match="two pairs"):
        paired(*values)


def test_table():
    assert table(("a", "b"), [[1, "x"]]) == "| a | b |\n| --- | --- |\n| 1 | x |"
    with pytest.raises(ValueError, match="a cell for every head"):
        table(("a", "b"), [[1]])


class Nvml(FakeNvml):
    NVML_SUCCESS, NVML_FI_DEV_POWER_AVERAGE, NVML_FI_DEV_POWER_INSTANT = 0, 185, 186

    def nvmlDeviceGetFieldValues(self, gpu, numbers):
        known = numbers == [self.NVML_FI_DEV_POWER_AVERAGE]
        value = SimpleNamespace(uiVal=300_000)
        return [SimpleNamespace(nvmlReturn=0 if known else 3, value=value)]


def test_records_what_the_gpu_reports_and_leaves_out_the_rest():
    gpu = Gpu(Constant(300.0), period_s=0.02)
    with Recorder(Nvml([gpu], time.monotonic, pid=1), gpu) as recorder:
        time.sleep(1.0)
    assert set(recorder.samples) == {"energy_j", "power_w", "average_w"}
    assert mean_power(recorder.samples["energy_j"]) == pytest.approx(300.0, rel=0.2)
    kept = thinned(recorder.samples)
    assert len(kept["average_w"]) == 2
    assert len(edges(kept["energy_j"])) == len(edges(recorder.samples["energy_j"]))


def test_one_clear_sentence_where_there_is_no_gpu(monkeypatch, capsys, tmp_path):
    class NVMLError(Exception):
        pass

    def nvmlInit():
        raise NVMLError("NVML Shared Library Not Found")

    fake = SimpleNamespace(NVMLError=NVMLError, nvmlInit=nvmlInit)
    monkeypatch.setitem(sys.modules, "pynvml", fake)
    for name in ("CUDA_DEVICE_ORDER", "CUDA_VISIBLE_DEVICES", "PYTHONPATH"):
        monkeypatch.setenv(name, "")  # put back afterwards
    out = tmp_path / "out.json"
    monkeypatch.setattr(sys, "argv", ["run.py", "--out", str(out)])
    assert run.main() == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1
    assert "GPU 0 cannot be measured: NVML Shared Library Not Found" in told[0]
    assert not out.exists()


@pytest.mark.torch
def test_both_sides_of_every_pair_run():
    pytest.importorskip("torch")
    from benchmarks.gpu.work import pairs

    seen = []
    for pair in pairs("cpu", small=True):
        pair.before()
        pair.after()
        seen.append(pair.rule)
    assert seen == ["T01", "T01", "T02", "T04", "T05", "L01"]


class WithGpu(Host):
    """This machine, in real time, with a simulated GPU."""

    def __init__(self, gpu):
        super().__init__()
        gpu.users = {self.pid(): 100}
        self.fake = Nvml([gpu], time.monotonic, self.pid())

    def nvml(self):
        return self.fake


@pytest.fixture
def bench(monkeypatch):
    """A GPU that draws 300 W whatever it does; work is sleep."""
    gpu = Gpu(Constant(300.0), period_s=0.05)
    host = WithGpu(gpu)
    monkeypatch.setattr(parts, "_burner", lambda: time.sleep)
    monkeypatch.setattr(parts, "_meter", lambda: Meter(host))
    monkeypatch.setattr(parts, "CELLS", 3)
    monkeypatch.setattr(parts, "LENGTHS_S", (0.5,))
    monkeypatch.setattr(parts, "SETTLED_S", 1.5)
    return parts.Bench(host.fake, gpu)


def test_settled_figures_are_compared_with_the_whole_series(bench):
    ((length, reference, bias, _scatter, held, zeros),) = parts.settling(bench)
    assert length.startswith("500 ms")
    # The recorder is late where the machine is busy; 300 W for half a second is 150 J.
    assert float(reference.split()[0]) == pytest.approx(150.0, rel=0.25)
    assert abs(float(bias.rstrip("%"))) < 25
    assert (held, zeros) == ("3 of 3", 0)
    assert set(bench.traces) == {"kernels of 500 ms"}


def test_torch_without_cuda_is_distinguished(monkeypatch):
    failed = SimpleNamespace(returncode=1)
    monkeypatch.setattr(run.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(run.NoGpu, match="install it with CUDA"):
        run.check_torch()


def test_work_that_is_left_is_counted_and_what_asking_takes():
    """On a thread that works like a GPU's queue: what is launched goes on by itself."""
    done = [threading.Event()]
    done[0].set()

    def launch(seconds):
        done.append(threading.Event())
        threading.Timer(seconds, done[-1].set).start()

    def wait():
        assert done[-1].wait(120)

    rows = tail.rows(launch, wait, lambda: not done[-1].is_set())
    seen = {row[0]: row[2] for row in rows}
    assert seen["0 ms"] == f"0 of {tail.TURNS}"
    assert seen["100 ms"] == f"{tail.TURNS} of {tail.TURNS}"
    assert "not reported" in tail.rows(launch, wait, lambda: None)[0][2]
