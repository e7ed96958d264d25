"""T02, simulated: models are said to lie on a GPU; nothing here ran on one."""

import pytest
from advice_cells import HEAVY, change, found, on_gpu, run

from greenlab.advice import Signals
from greenlab.advice.rules import t01_mixed_precision as t01
from greenlab.advice.rules import t02_tf32 as t02

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch
nn = torch.nn

STEP = """\
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for x in batches:
    opt.zero_grad()
    loss = net(x).pow(2).mean()  # the loss
    loss.backward()
    opt.step()
"""
BLOCK = "with torch.no_grad():\n    out = [net(x) for x in batches]\n"
BUSY = Signals(60.0, HEAVY.energy_j, gpu_busy=0.9)


@pytest.fixture
def namespace(monkeypatch):
    monkeypatch.setattr(t02, "look", on_gpu)
    monkeypatch.setattr(t01, "half_precision", lambda _: None)  # it would speak first
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (8, 0))
    _nobody_chose()  # another test may have
    yield {"torch": torch, "net": nn.Linear(1024, 1024), "batches": [torch.randn(2, 1024)]}
    _nobody_chose()


def _nobody_chose():
    torch.set_float32_matmul_precision("highest")
    torch.backends.cuda.matmul.fp32_precision = "none"


def mine(source, namespace, signals=BUSY):
    return [one for one in found(source, namespace, signals) if one.rule == "T02"]


@pytest.mark.parametrize("source", [STEP, BLOCK])
def test_it_is_found_and_the_change_settles_it(source, namespace):
    run(source, namespace)
    text = change(mine(source, namespace))
    assert text.startswith('torch.set_float32_matmul_precision("high")  # greenlab:T02\n') or (
        source is STEP
    )
    run(text, namespace)
    assert torch.backends.cuda.matmul.fp32_precision == "tf32"
    assert torch.backends.cuda.matmul.allow_tf32  # the older way of saying it still reads
    assert mine(source, namespace) == []


@pytest.mark.parametrize("name", ["net", "m"])
@pytest.mark.parametrize("alias", ["torch", "th"])
def test_neither_alias_nor_renaming_changes_what_is_found(name, alias, namespace):
    source = STEP.replace("net", name).replace("torch.", f"{alias}.")
    named = {name: namespace["net"], alias: torch, "batches": namespace["batches"]}
    assert f'{alias}.set_float32_matmul_precision("high")' in change(mine(source, named))


@pytest.mark.parametrize(
    "said", ["allow_tf32 = False", "fp32_precision = 'ieee'", "fp32_precision = 'tf32'"]
)
def test_silence_where_the_notebook_chose(said, namespace):
    exec(f"torch.backends.cuda.matmul.{said}", namespace)
    assert mine(STEP, namespace) == []


def test_silence_where_the_cell_chose(namespace):
    line = "torch.set_float32_matmul_precision('highest')\n"
    assert mine(line + STEP, namespace) == []
    assert mine(STEP.replace("net(x)", "net(x.half())"), namespace) == []


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_silence_for_another_precision(dtype, namespace):
    namespace["net"].to(dtype)
    assert mine(STEP, namespace) == []


def test_silence_for_little_to_multiply_and_for_convolutions(namespace):
    assert mine(STEP, {**namespace, "net": nn.Linear(64, 64)}) == []
    assert mine(STEP, {**namespace, "net": nn.Conv2d(512, 512, 3)}) == []


def test_silence_on_an_older_gpu_on_a_cpu_and_without_cuda(namespace, monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (7, 5))
    assert mine(STEP, namespace) == []
    monkeypatch.undo()
    assert mine(STEP, namespace) == []  # the model lies on a CPU
    monkeypatch.setattr(t02, "look", on_gpu)
    assert mine(STEP, namespace) == []  # torch says that there is no GPU


def test_bfloat16_comes_first(namespace, monkeypatch):
    namespace["batches"] = [torch.randn(64, 1024)]  # enough for it to pay
    run(STEP, namespace)
    assert [one.rule for one in found(STEP, namespace, BUSY)] == ["T02"]
    monkeypatch.setattr(t01, "look", on_gpu)
    monkeypatch.setattr(t01, "half_precision", lambda _: "bfloat16")
    assert [one.rule for one in found(STEP, namespace, BUSY)] == ["T01"]


def test_silence_for_a_gpu_that_waits_or_is_unknown(namespace):
    for busy in (0.2, None):
        assert mine(STEP, namespace, Signals(60.0, HEAVY.energy_j, gpu_busy=busy)) == []
    assert mine(STEP, namespace) != []
