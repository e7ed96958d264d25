"""N03: smell, fixed, look-alikes. The GPU is simulated: the weights are only said to lie there."""

import dataclasses

import pytest
from advice_cells import HEAVY, found, rules

from greenlab.advice import read
from greenlab.advice.rules import n03_hardware_fit

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

IDLE = dataclasses.replace(HEAVY, gpu_busy=0.08, gpu_power_w=74.0)
TRAIN = """for epoch in range(3):
    for start in range(0, 64, 8):
        loss = criterion(net(X[start : start + 8]), y[start : start + 8])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
"""


@pytest.fixture
def namespace():
    net = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
    return {
        "net": net,
        "criterion": torch.nn.CrossEntropyLoss(),
        "optimizer": torch.optim.SGD(net.parameters(), lr=0.1),
        "X": torch.randn(64, 8),
        "y": torch.zeros(64, dtype=torch.long),
    }


@pytest.fixture
def gpu(monkeypatch):
    look = n03_hardware_fit.look

    def on_gpu(module, live):
        return dataclasses.replace(look(module, live), devices=frozenset({"cuda"}))

    monkeypatch.setattr(n03_hardware_fit, "look", on_gpu)


@pytest.mark.parametrize("name", ["net", "model"])
def test_a_tiny_model_on_an_idle_gpu_is_listed_with_its_facts(name, namespace, gpu):
    ns = {name: namespace["net"], "criterion": namespace["criterion"]}
    (advice,) = [
        one for one in found(TRAIN.replace("net", name), ns, IDLE) if one.rule == "N03"
    ]
    assert (advice.status, advice.change) == ("candidate", None)
    facts = " ".join(advice.because)
    assert "178 parameters" in facts
    assert "busy 8% of the time" in facts
    assert "74" in facts and '`device = "cpu"`' in facts


def test_silence_on_a_cpu(namespace):
    assert "N03" not in rules(found(TRAIN, namespace, IDLE))


@pytest.mark.parametrize("busy", [None, 0.5])
def test_silence_where_the_gpu_has_work_or_nobody_knows(busy, namespace, gpu):
    signals = dataclasses.replace(HEAVY, gpu_busy=busy)
    assert "N03" not in rules(found(TRAIN, namespace, signals))


@pytest.mark.parametrize(
    "net",
    [
        torch.nn.Linear(1000, 200),  # more weights
        torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3)),  # each used at every pixel
        torch.nn.ReLU(),  # nothing to learn
    ],
)
def test_silence_for_a_model_with_more_to_do(net, namespace, gpu):
    assert "N03" not in rules(found(TRAIN, {**namespace, "net": net}, IDLE))


def test_silence_where_nothing_is_trained(namespace, gpu):
    assert "N03" not in rules(found("for x in X:\n    out = net(x)", namespace, IDLE))


def test_reading_alone_lists_nothing():
    assert "N03" not in rules(read([(None, TRAIN)]))
