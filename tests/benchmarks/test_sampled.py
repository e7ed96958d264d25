"""The GPU that only shows power, served to every process, and what is said of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def run(code):
    """What a fresh process prints as JSON: the module `pynvml` is another one there."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_its_readings_add_up_to_the_truth():
    mean_w, truth_w = run("""
import json, time
from benchmarks.sampled import Served, served
from tests.simulated import Square

with served() as (gpu, _):
    import pynvml
    wave = Square(30.0, 240.0, 0.5, 0.4)
    gpu.write(wave, 0.0, 0.05)
    now = [1000.0]
    time.monotonic = lambda: now[0]
    readings = []
    for _ in range(200):
        readings.append(pynvml.nvmlDeviceGetPowerUsage(0) / 1e3)
        now[0] += 0.05
    print(json.dumps([sum(readings) / len(readings), wave.joules(10.0) / 10.0]))
""")
    assert mean_w == pytest.approx(truth_w, abs=0.3)


def test_greenlab_s_interval_holds_in_real_time():
    held, sampled, error = run("""
import json
from benchmarks.sampled import Case, Greenlab, served, window

with served(Greenlab) as (gpu, tools):
    case = Case(0.02, "steady", 1.0)
    list(window(gpu, tools, case, 0.0))
    ((_, answer, truth_j),) = window(gpu, tools, case, 0.0)
    held = answer.low_j <= truth_j <= answer.high_j
    print(json.dumps([held, answer.says, abs(answer.energy_j / truth_j - 1.0)]))
""")
    assert held
    assert "sampled every 10 ms" in sampled
    assert error < 0.01  # of a load that is always the same, however rarely it is sampled
