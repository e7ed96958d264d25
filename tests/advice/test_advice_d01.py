"""D01: real loaders; workers that only fetch rows of tensors are done without."""

from dataclasses import replace

import pytest
from advice_cells import HEAVY, change, found, rules, run

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

LIGHT = replace(HEAVY, duration_s=0.2, cpu_s=0.2, runs=300, total_duration_s=60.0)
CELL = """\
loader = DataLoader(data, batch_size=8, num_workers=1)  # mine
for epoch in range(4):
    for (x,) in loader:
        seen = x
"""


def namespace(rows=256):
    data = torch.utils.data.TensorDataset(torch.zeros(rows, 2))
    return {"DataLoader": torch.utils.data.DataLoader, "data": data, "torch": torch}


def after(source, names=None, signals=LIGHT):
    names = names or namespace()
    run(source, names)
    return found(source, names, signals)


def test_the_change_leaves_the_workers_out_and_gives_the_same_rows():
    names = namespace()
    advice = after(CELL, names)
    assert rules(advice) == ["D01"]
    assert any("128 batches" in fact and "4 starts" in fact for fact in advice[0].because)
    seen, text = names["seen"], change(advice)
    assert "DataLoader(data, batch_size=8)  # mine" in text
    assert after(text, names) == ()
    assert torch.equal(names["seen"], seen)


@pytest.mark.parametrize(
    "source",
    [
        CELL.replace("(x,) in loader", "i, (x,) in enumerate(loader)"),
        CELL.replace("=1)", "=1, persistent_workers=True, prefetch_factor=2, drop_last=True)"),
        CELL.replace("DataLoader(", "torch.utils.data.DataLoader("),
        CELL.replace("data,", "torch.utils.data.random_split(data, [200, 56])[0],"),
        CELL.replace("data, batch_size=8", "\n    data,\n    8"),
    ],
)
def test_other_shapes(source):
    text = change(after(source))
    assert "workers" not in text
    assert "prefetch" not in text
    assert ("drop_last=True" in text) == ("drop_last=True" in source)
    assert after(text) == ()


def test_a_loader_of_another_cell_is_named_in_words():
    names = namespace()
    made, _, loop = CELL.partition("\n")
    run(made, names)
    (one,) = after(loop, names)
    assert one.change is None
    assert "loader with `num_workers=0`" in one.because[-1]


def test_torch_s_own_warning_is_a_fact():
    said = replace(
        LIGHT, warnings=("This DataLoader will create 9 worker processes in total.",)
    )
    (one,) = after(CELL, signals=said)
    assert "torch warned that it has fewer processors than workers." in one.because


def test_beside_a_gpu_it_is_only_listed():
    kept = CELL.replace("=1)", "=1, persistent_workers=True)")
    (one,) = after(kept, signals=replace(LIGHT, gpu_busy=0.9))
    assert one.status == "candidate"


@pytest.mark.parametrize(
    "source",
    [
        CELL.replace(", num_workers=1", ""),
        CELL.replace("=1)", "=1, collate_fn=list)").replace("(x,)", "x"),
        CELL.replace("data,", "[torch.zeros(2)] * 256,").replace("(x,)", "x"),
    ],
)
def test_silent_without_workers_or_where_items_may_take_work(source):
    assert "D01" not in rules(after(source))


def test_silent_where_the_workers_do_not_weigh():
    assert "D01" not in rules(after(CELL, signals=HEAVY))
