"""What the adviser adds to a record before the engine looks: warnings and the GPU."""

import os
import warnings
from types import SimpleNamespace

import pytest

from greenlab.notebook.adviser import Adviser
from greenlab.cellcode.source_hash import source_hash
from tests.ledger.conftest import record

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

WORKERS = len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else 1
CELL = f"""\
loader = torch.utils.data.DataLoader(data, 1, num_workers={WORKERS})
for row in loader:
    pass
"""


def advised(adviser, run):
    adviser.consider(run, CELL, now=True)
    adviser.settle(120)
    return {one.rule: one for one in adviser.advice}["D01"]


@pytest.mark.skipif(WORKERS == 1, reason="the system does not list its processors")
def test_a_library_s_warning_becomes_a_fact_and_stays_one(monkeypatch):
    monkeypatch.setenv("GREENLAB_ADVICE_MIN_S", "0.5")
    space = {"torch": torch, "data": torch.utils.data.TensorDataset(torch.zeros(400, 1))}
    adviser = Adviser(SimpleNamespace(user_ns=space), lambda _: None)
    run = record(duration_s=60.0, cpu_s=0.5, source_hash=source_hash(CELL), cell_id="c")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        exec(compile(CELL, "<cell>", "exec"), space)
    first = advised(adviser, run)
    assert "torch warned that it has fewer processors than workers." in first.because
    assert "torch warned" in " ".join(advised(adviser, run).because)
