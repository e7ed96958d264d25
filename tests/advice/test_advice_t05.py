"""T05: models that ran for long; on a GPU simulated, nothing here ran on one."""

import pytest
from advice_cells import HEAVY, change, found, on_gpu, run

from greenlab.advice import Signals
from greenlab.advice.rules import t05_compile as t05

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
BLOCK = "with torch.no_grad():\n    for x in batches:\n        out = net(x)\n"
FUNCTION = """\
def evaluate(model):
    with torch.no_grad():
        for x in batches:
            model(x)
evaluate(net)
"""
LONG = Signals(900.0, HEAVY.energy_j, gpu_busy=0.9)


@pytest.fixture
def namespace():
    return {"torch": torch, "net": nn.Linear(8, 8), "batches": [torch.randn(2, 8)]}


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr(t05, "look", on_gpu)


def mine(source, namespace, signals=LONG):
    return [one for one in found(source, namespace, signals) if one.rule == "T05"]


def status(source, namespace, signals=LONG):
    return [one.status for one in mine(source, namespace, signals)]


@pytest.mark.parametrize("source", [STEP, BLOCK])
def test_it_is_found_and_the_change_runs(source, namespace, gpu, monkeypatch):
    run(source, namespace)
    assert status(source, namespace) == ["shown"]
    text = change(mine(source, namespace))
    assert "net.compile()  # greenlab:T05" in text
    # Without a compiler of its own: what is traced runs as it is.
    compiled = torch.compile
    monkeypatch.setattr(torch, "compile", lambda *a, **k: compiled(*a, **k, backend="eager"))
    keys = list(namespace["net"].state_dict())
    before = namespace["net"](namespace["batches"][0])
    namespace["net"].requires_grad_(source is STEP)
    run(text, namespace)
    assert list(namespace["net"].state_dict()) == keys
    if source is BLOCK:
        torch.testing.assert_close(namespace["out"], before.detach())
    assert mine(source, namespace) == []  # it is compiled now


@pytest.mark.parametrize("name", ["net", "m"])
def test_renaming_changes_nothing(name, namespace, gpu):
    named = {**namespace, name: namespace["net"]}
    assert f"{name}.compile()" in change(mine(STEP.replace("net", name), named))


def test_listed_on_a_cpu_where_some_models_lose(namespace, monkeypatch):
    monkeypatch.setattr(t05.shutil, "which", lambda _: "/usr/bin/g++")
    assert status(STEP, namespace) == ["candidate"]
    monkeypatch.setattr(t05.shutil, "which", lambda _: None)
    assert mine(STEP, namespace) == []


def test_listed_where_inputs_are_likely_to_vary_in_shape(namespace, gpu):
    namespace["net"] = nn.Sequential(nn.Embedding(9, 8), nn.Linear(8, 8))
    assert status(STEP, namespace) == ["candidate"]


def test_silence_for_what_ran_too_short_and_for_a_gpu_that_waits(namespace, gpu):
    short = Signals(60.0, HEAVY.energy_j, gpu_busy=0.9)
    assert mine(STEP, namespace, short) == []
    assert mine(STEP, namespace, Signals(900.0, HEAVY.energy_j, gpu_busy=0.1)) == []
    often = Signals(60.0, HEAVY.energy_j, gpu_busy=0.9, runs=12, total_duration_s=720.0)
    assert status(STEP, namespace, often) == ["shown"]


def test_silence_where_it_is_compiled_or_runs_once(namespace, gpu):
    assert mine("fast = torch.compile(net)\n" + STEP, namespace) == []
    assert mine("with torch.no_grad():\n    out = net(batches[0])", namespace) == []
    assert mine(STEP, {**namespace, "net": torch.compile(namespace["net"])}) == []


def test_no_edit_within_a_function_that_may_run_again(namespace, gpu):
    (advice,) = mine(FUNCTION, namespace)
    assert advice.change is None
    assert "model.compile()" in advice.because[-1]
