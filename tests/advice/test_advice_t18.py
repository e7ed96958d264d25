"""T18: small networks; the words are carried out where ONNX Runtime is installed."""

import dataclasses
import re

import pytest
from advice_cells import HEAVY, found, run

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch
nn = torch.nn

LONG = dataclasses.replace(HEAVY, duration_s=400.0, cpu_s=500.0)
AGAIN = dataclasses.replace(HEAVY, runs=40, total_duration_s=480.0)
LOOP = """\
with torch.no_grad():
    for rows in data:
        out = net(rows)
"""
FUNCTION = """\
@torch.inference_mode()
def ask(model):
    return [model(rows) for rows in data]
out = ask(net)
"""


def perceptron():
    return nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 4)).eval()


def images():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    ).eval()


def names(net=None, *shape):
    torch.manual_seed(0)
    data = list(torch.randn(12, *(shape or (16,))).split(3))
    return {"torch": torch, "net": net or perceptron(), "data": data, "rows": data[0]}


def mine(source, namespace, signals=LONG):
    return [one for one in found(source, namespace, signals) if one.rule == "T18"]


@pytest.mark.parametrize(("net", "shape"), [(perceptron, (16,)), (images, (1, 8, 8))])
@pytest.mark.parametrize("source", [LOOP, FUNCTION])
@pytest.mark.parametrize("signals", [LONG, AGAIN])
def test_a_small_network_that_predicts_for_long(source, net, shape, signals):
    namespace = names(net(), *shape)
    run(source, namespace)
    (one,) = mine(source, namespace, signals)
    assert one.change is None and one.status == "shown"
    assert "A call has" in one.because[-2]


@pytest.mark.filterwarnings("ignore")
def test_its_words_work(tmp_path, monkeypatch):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    monkeypatch.chdir(tmp_path)
    namespace = {**names(), "onnxruntime": onnxruntime}
    run(LOOP, namespace)
    (one,) = mine(LOOP, namespace)
    export, session, answer = re.findall(r"`([^`]+)`", one.because[-1])
    run(f"{export}\n{session}\nnumbers = {answer}", namespace)
    expected = namespace["net"](namespace["rows"]).detach()
    torch.testing.assert_close(torch.from_numpy(namespace["numbers"]), expected)
    other = torch.randn(7, 16)  # another number of rows
    run(f"numbers = {answer}", {**namespace, "rows": other})


@pytest.mark.parametrize(("name", "alias"), [("student", "torch"), ("net", "th")])
def test_neither_alias_nor_renaming_changes_what_is_found(name, alias):
    source = LOOP.replace("net", name).replace("torch.", f"{alias}.")
    namespace = names()
    assert mine(source, {name: namespace["net"], alias: torch, "rows": namespace["rows"]})


@pytest.mark.parametrize(
    "net",
    [
        perceptron().train(),
        perceptron().double(),
        nn.Sequential(nn.Linear(16, 1024), nn.Linear(1024, 1024)).eval(),
        nn.Sequential(nn.LSTM(16, 4)).eval(),
        nn.Sequential(nn.Embedding(16, 4)).eval(),
    ],
    ids=["training", "float64", "wide", "recurrent", "words"],
)
def test_silent_for_networks_that_do_not_suit(net):
    assert mine(LOOP, names(net)) == []


@pytest.mark.parametrize(
    "signals",
    [HEAVY, dataclasses.replace(LONG, cpu_s=10.0), dataclasses.replace(LONG, duration_s=8.0)],
    ids=["short", "waiting", "shorter"],
)
def test_silent_for_short_and_waiting_cells(signals):
    assert mine(LOOP, names(), signals) == []


def test_silent_where_it_is_trained():
    source = LOOP + "for rows in data:\n    net(rows).sum().backward()\n"
    assert mine(source, names()) == []


def test_listed_where_the_rows_are_not_in_sight():
    namespace = names()
    del namespace["rows"]
    assert [one.status for one in mine(LOOP, namespace)] == ["shown"]  # those of `data` are
    del namespace["data"]
    assert [one.status for one in mine(LOOP, namespace)] == ["candidate"]
