"""D02: the GPU is simulated: torch is only said to have begun to work on one."""

from dataclasses import replace

import pytest
from advice_cells import HEAVY, change, found, rules, run

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

ROOM = replace(HEAVY, gpu_busy=0.7, gpu_memory_share=0.3)
CELL = """\
total = 0.0
for x in data:
    total += float(x.sum())
    torch.cuda.empty_cache()  # frees memory
print(total)
"""


@pytest.fixture(autouse=True)
def gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "_initialized", True)


def namespace():
    return {"torch": torch, "data": [torch.ones(2)] * 3, "print": lambda *_: None}


def test_the_call_is_taken_out_and_the_outcome_is_the_same(monkeypatch):
    names = namespace()
    advice = [one for one in found(CELL, names, ROOM) if one.rule == "D02"]
    assert "30% of the GPU's memory" in " ".join(advice[0].because)
    text = change(advice)
    assert "empty_cache" not in text
    monkeypatch.setattr(torch.cuda, "_initialized", False)
    run(text, names)
    assert names["total"] == 6.0
    monkeypatch.setattr(torch.cuda, "_initialized", True)
    assert "D02" not in rules(found(text, names, ROOM))


@pytest.mark.parametrize(
    "source",
    [
        "from torch.cuda import empty_cache\n" + CELL.replace("torch.cuda.e", "e"),
        "import torch.cuda as gpu\n" + CELL.replace("torch.cuda.e", "gpu.e"),
        CELL.replace("    torch", "    if total > 1:\n        torch"),
    ],
)
def test_other_shapes(source):
    names = {**namespace(), "empty_cache": torch.cuda.empty_cache, "gpu": torch.cuda}
    text = change([one for one in found(source, names, ROOM) if one.rule == "D02"])
    assert "empty_cache()" not in text


@pytest.mark.parametrize(
    "source",
    [
        CELL.replace("    torch", "torch"),  # once, after the loop
        CELL.replace("    torch.cuda.empty_cache()", "    try:\n        pass\n"
                     "    except RuntimeError:\n        torch.cuda.empty_cache()"),
        CELL.replace("torch.cuda.", "own."),
    ],
)  # fmt: skip
def test_silent_where_it_is_called_once_or_for_want_of_memory(source):
    assert "D02" not in rules(found(source, namespace(), ROOM))


@pytest.mark.parametrize("share", [None, 0.95])
def test_silent_where_memory_is_short_or_not_known(share):
    signals = replace(ROOM, gpu_memory_share=share)
    assert "D02" not in rules(found(CELL, namespace(), signals))


def test_silent_where_no_gpu_is_in_use(monkeypatch):
    monkeypatch.setattr(torch.cuda, "_initialized", False)
    assert "D02" not in rules(found(CELL, namespace(), ROOM))


def test_a_loop_on_one_line_is_changed_by_hand():
    source = "for x in data: torch.cuda.empty_cache()\n"
    (one,) = [one for one in found(source, namespace(), ROOM) if one.rule == "D02"]
    assert one.change is None
