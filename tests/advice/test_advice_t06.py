"""T06: real loaders; workers are kept where they would be started again and again."""

from dataclasses import replace

import pytest
from advice_cells import HEAVY, change, found, rules, run

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

CELL = """\
loader = DataLoader(data, batch_size=8, num_workers=1)  # mine
for epoch in range(4):
    for (x,) in loader:
        seen = x
"""


class Rows(torch.utils.data.Dataset):
    def __len__(self):
        return 16

    def __getitem__(self, at):
        return (torch.zeros(2),)


def namespace():
    return {"DataLoader": torch.utils.data.DataLoader, "data": Rows()}


def after(source, names=None, signals=HEAVY):
    names = names or namespace()
    run(source, names)
    return found(source, names, signals)


def test_the_workers_are_kept_by_the_change():
    advice = after(CELL)
    assert rules(advice) == ["T06"]
    assert any("1 processes anew for each of 4 epochs of 3.0 s" in f for f in advice[0].because)
    text = change(advice)
    assert "num_workers=1, persistent_workers=True)  # mine" in text
    assert after(text) == ()


@pytest.mark.parametrize(
    "source",
    [
        CELL.replace("for (x,) in loader", "for i, (x,) in enumerate(loader)"),
        CELL.replace("range(4)", "range(epochs)").replace("loader = ", "epochs = 4\nloader = "),
        CELL.replace("num_workers=1", "num_workers=1, persistent_workers=False"),
    ],
)
def test_other_shapes(source):
    assert after(change(after(source))) == ()


@pytest.mark.parametrize(
    "source",
    [
        CELL.replace(", num_workers=1", ""),
        CELL.replace("range(4)", "range(1)"),
        CELL.replace("for epoch in range(4)", "for epoch in [1]"),
    ],
)
def test_silent_where_workers_start_once_or_never(source):
    assert after(source) == ()


def test_silent_for_long_epochs():
    assert after(CELL, signals=replace(HEAVY, duration_s=60.0)) == ()


def test_a_gpu_that_waits_is_listed_with_the_trap():
    names = namespace()
    source = CELL.replace(", num_workers=1", "")
    run(source, names)
    (one,) = found(source, names, replace(HEAVY, gpu_busy=0.4))
    assert one.status == "candidate"
    assert one.change is None
    assert "cheap" in one.risk
    assert found(source, names, replace(HEAVY, gpu_busy=0.95)) == ()
