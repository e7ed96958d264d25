"""What holds of all counters."""

import re
import sys
from pathlib import Path

import pytest

from greenlab import work_counters
from greenlab.work_counters.step_log import TRACKERS, log_step
from tests.fresh_process import loaded_by

PAGE = Path(__file__).parents[2] / "docs" / "per-unit.md"


def test_each_is_documented_and_public():
    documented = re.findall(r"^\| `(\w+)\(", PAGE.read_text(), re.MULTILINE)
    names = [one.__name__ for one in work_counters.COUNTERS]
    assert sorted(documented) == sorted(names)
    assert set(names) < set(work_counters.__all__)
    for one in work_counters.COUNTERS:
        assert one.__doc__
        assert one.__module__.startswith("greenlab.work_counters.")


def test_importing_them_imports_no_framework():
    code = (
        "import sys, greenlab\n"
        "assert 'greenlab.work_counters' not in sys.modules\n"
        "greenlab.work_counters.keras_counter"
    )
    frameworks = "torch", "keras", "lightning", "transformers", "mlflow", "wandb", "numpy"
    assert loaded_by(code, *frameworks) == set()


@pytest.mark.parametrize("name", TRACKERS)
def test_a_tracker_without_a_run_gets_nothing(monkeypatch, name):
    class Without:
        run = None
        active_run = staticmethod(lambda: None)

    monkeypatch.setitem(sys.modules, name, Without())
    assert log_step({"a": 1.0}, 1) == ()


def test_a_tracker_that_fails_ends_no_training(monkeypatch, caplog):
    from greenlab.work_counters.training_counts import TrainingCounts

    class Broken:
        @property
        def run(self):
            raise OSError("no connection")

    monkeypatch.setitem(sys.modules, "wandb", Broken())
    counts = TrainingCounts()
    counts.begin()
    counts.count("step", 1)
    counts.log_metrics(1)
    counts.end()
    assert counts.counts == {"step": 1}
