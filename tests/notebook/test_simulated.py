"""A real kernel on a simulated machine whose package draws 40 W, counted every millisecond."""

from __future__ import annotations

import os
import time

import pytest

from tests.notebook.kernel import Kernel
from tests.simulated.tree import ServedTree

WATTS = 40.0


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("machine")
    ledger = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    with ServedTree(folder, watts=WATTS) as tree:
        env = {"GREENLAB_SYSROOT": str(tree.root), "GREENLAB_LEDGER": str(ledger)}
        kernel = Kernel({**os.environ, **env})
        kernel.tree = tree
        kernel.run("%load_ext greenlab")
        yield kernel
        kernel.stop()


def host(record):
    (part,) = [part for part in record["components"] if part["kind"] == "cpu"]
    return part["host_energy_j"]


@pytest.mark.parametrize("seconds", [0.005, 0.05, 0.5])
def test_the_true_energy_lies_in_a_cell_s_interval(counted, seconds):
    counted.run(f"import time; time.sleep({seconds})")
    record = counted.records()[-1]
    truth, figure = WATTS * record["duration_s"], host(record)
    late_j = WATTS * counted.tree.late_s
    assert figure["tier"] == "measured"
    assert figure["low"] - late_j <= truth <= figure["high"] + late_j


def test_a_cell_too_short_for_the_counter_shows_an_upper_bound(counted):
    (shown,) = counted.run("%%energy --scope host\npass").displays
    assert shown["text/plain"].startswith("≤ ")


def test_precise_narrows_the_interval(counted):
    def width(options=""):
        counted.run(f"%%energy -q {options}\nimport time; time.sleep(0.01)")
        figure = host(counted.records()[-1])
        return (figure["high"] - figure["low"]) / figure["value"]

    narrowest = min(width() for _ in range(9))
    # A busy machine writes the counter late, so that a cell waits in vain; not each of so many.
    assert any(width("--precise") < narrowest / 3 for _ in range(100))


@pytest.mark.parametrize("first_line", ["", "%%energy -o run\n"], ids=["silent", "shown"])
def test_a_counter_that_stops_in_a_cell_is_found_out_after_it(tmp_path, own_ledger, first_line):
    with ServedTree(tmp_path, watts=WATTS) as tree:
        kernel = Kernel({**os.environ, "GREENLAB_SYSROOT": str(tree.root)})
        try:
            kernel.ledger = own_ledger
            kernel.run("%load_ext greenlab")
            began = tmp_path / "began"
            begin = f"import pathlib, time; pathlib.Path({str(began)!r}).touch()"
            running = kernel.send(f"{first_line}{begin}; time.sleep(0.6)")
            while not began.exists():
                time.sleep(0.01)
            time.sleep(0.3)
            tree.stalled.set()
            kernel.wait(running)
            time.sleep(0.2)
            tree.stalled.clear()
            deadline = time.monotonic() + 120.0
            while time.monotonic() < deadline:
                figure = host(kernel.records()[-1])
                if "stalled" in figure.get("reason", ""):
                    break
                time.sleep(0.05)
            assert figure["low"] <= WATTS * kernel.records()[-1]["duration_s"] <= figure["high"]
            assert "stalled" in figure["reason"]
            if first_line:
                kept = kernel.run("[part.host_energy_j.reason for part in run.components]")
                assert "stalled" in kept.value
        finally:
            kernel.stop()
