"""N02: the GPU is simulated: torch is only said to have begun to work on one."""

import sys
import types
from dataclasses import replace

import pytest
from advice_cells import HEAVY, found, rules

from greenlab.advice import read

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

PARKED = replace(HEAVY, duration_s=900.0, gpu_busy=0.01, gpu_power_w=71.0)
CELL = "total = sum(numbers)\n"


@pytest.fixture(autouse=True)
def gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "_initialized", True)
    for name in ("cupy", "jax", "tensorflow"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def after(signals=PARKED, source=CELL):
    return found(source, {"numbers": [1, 2]}, signals)


@pytest.mark.parametrize(
    "source", [CELL, "%time total = sum(numbers)", "for x in numbers:\n    x"]
)
def test_an_idle_gpu_is_named_with_its_watts_and_the_risk(source):
    (one,) = after(source=source)
    assert (one.rule, one.change, one.status) == ("N02", None, "shown")
    facts = " ".join(one.because)
    assert "busy 1.0% of the time" in facts
    assert "71 W" in facts
    assert "loses the kernel's variables" in one.risk


@pytest.mark.parametrize(
    "other", [{"duration_s": 300.0}, {"gpu_busy": 0.4}, {"gpu_busy": None}]
)
def test_silent_for_short_cells_and_where_the_gpu_has_work_or_nobody_knows(other):
    assert "N02" not in rules(after(replace(PARKED, **other)))


def test_silent_where_cuda_was_never_begun(monkeypatch):
    monkeypatch.setattr(torch.cuda, "_initialized", False)
    assert after() == ()


def test_silent_where_another_library_may_hold_the_gpu(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", types.ModuleType("cupy"))
    assert after() == ()


def test_reading_alone_lists_nothing():
    assert "N02" not in rules(read([(None, CELL)]))
