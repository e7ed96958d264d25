"""T03: a model that only predicts; every change gives the very same answers."""

import pytest
from advice_cells import HEAVY, change, found, rules, run

from greenlab.advice import Signals, read

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch
nn = torch.nn

LOOP = """\
right = 0
for xb, yb in batches:
    out = net(xb)  # logits
    right += (out.argmax(1) == yb).sum().item()
"""
FUNCTION = """\
def predict(model, data):
    answers = []
    for x, _ in data:
        answers.append(model(x).argmax(1))
    return torch.cat(answers)
right = predict(net, batches).sum().item()
"""
COMPREHENSION = "right = sum(net(x).argmax(1).sum().item() for x, _ in batches)"
DETACHED = """\
%time pass
parts = []
for x, _ in batches:
    parts.append(net(x).detach())
right = float(torch.cat(parts).sum())
"""
RETURNED = """\
def score(x):
    return net(x).softmax(1)
right = sum(score(x).argmax(1).sum().item() for x, _ in batches)
"""
CELLS = [LOOP, FUNCTION, COMPREHENSION, DETACHED, RETURNED]


@pytest.fixture
def namespace():
    torch.manual_seed(0)
    x = torch.randn(96, 32)
    net = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 4)).eval()
    batches = [(part, part[:, :4].argmax(1)) for part in x.split(32)]
    return {"torch": torch, "nn": nn, "net": net, "batches": batches}


def fires(source, namespace, signals=HEAVY):
    return [one.status for one in found(source, namespace, signals) if one.rule == "T03"]


@pytest.mark.parametrize("source", CELLS)
def test_it_is_found_in_every_shape_and_the_change_answers_alike(source, namespace):
    changed = dict(namespace)
    run(source, namespace)
    text = change(found(source, namespace))
    assert "with torch.no_grad():  # greenlab:T03" in text
    run(text, changed)
    assert namespace["right"] == changed["right"]
    assert found(text, changed) == ()


def test_comments_stay_and_outputs_keep_no_gradients(namespace):
    run(LOOP, namespace)
    assert namespace["out"].requires_grad
    text = change(found(LOOP, namespace))
    assert "        out = net(xb)  # logits\n" in text
    run(text, namespace)
    assert not namespace["out"].requires_grad


@pytest.mark.parametrize("name", ["net", "m", "student"])
@pytest.mark.parametrize("alias", ["torch", "th", None])
def test_neither_alias_nor_renaming_changes_what_is_found(name, alias, namespace):
    named = {name: namespace["net"], "batches": namespace["batches"]}
    named |= {alias: torch} if alias else {}
    text = change(found(LOOP.replace("net", name), named))
    assert f"with {alias or 'torch'}.no_grad()" in text
    assert ("import torch" in text) == (alias is None)
    run(text, named)


@pytest.mark.parametrize(
    "source",
    [
        "with torch.no_grad():\n    for xb, _ in batches:\n        a = net(xb).argmax(1)",
        "with torch.inference_mode():\n    for xb, _ in batches:\n        a = net(xb).argmax(1)",
        "@torch.no_grad()\ndef f(x):\n    return net(x).argmax(1)\na = [f(x) for x, _ in batches]",
        "torch.set_grad_enabled(True)\nfor xb, _ in batches:\n    a = net(xb).argmax(1)",
        # saliency: the gradient of the answer
        "for xb, _ in batches:\n    a = net(xb.requires_grad_()).max(); a.backward()",
        "for xb, _ in batches:\n    a = torch.autograd.grad(net(xb).max(), net[0].weight)",
        "for xb, _ in batches:\n    torch.func.jacrev(net); a = torch.func.vjp(net, xb)",
        # once
        "a = net(batches[0][0]).argmax(1)",
    ],
)
def test_silence_where_gradients_are_off_or_wanted_or_it_runs_once(source, namespace):
    assert fires(source, namespace) == []


def test_silence_for_a_model_in_training_mode(namespace):
    namespace["net"].train()
    assert fires(LOOP, namespace) == []


def test_silence_for_weights_that_take_no_gradients(namespace):
    namespace["net"].requires_grad_(False)
    assert fires(LOOP, namespace) == []


def test_silence_where_the_notebook_switched_gradients_off(namespace):
    with torch.no_grad():
        assert fires(LOOP, namespace) == []


def test_silence_where_the_inputs_gradient_is_kept(namespace):
    run(LOOP, namespace)
    namespace["xb"].requires_grad = True
    assert fires(LOOP, namespace) == []


def test_silence_where_the_forward_guards_itself(namespace):
    class Inside(nn.Module):
        def __init__(self, body):
            super().__init__()
            self.body = body

        def forward(self, x):
            with torch.no_grad():
                return self.body(x)

    class Decorated(Inside):
        @torch.inference_mode()
        def forward(self, x):
            return self.body(x)

    for kind in (Inside, Decorated):
        assert fires(LOOP, {**namespace, "net": kind(namespace["net"]).eval()}) == []


def test_listed_where_the_outputs_may_be_trained_on(namespace):
    source = "features = [net(x) for x, _ in batches]"
    assert fires(source, namespace) == ["candidate"]


def test_listed_for_convolutions_which_gain_memory_alone(namespace):
    images = [(torch.randn(8, 3, 8, 8), torch.zeros(8))]
    layers = [nn.Conv2d(3, 64, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 4)]
    network = nn.Sequential(*layers).eval()
    assert fires(LOOP, {**namespace, "net": network, "batches": images}) == ["candidate"]


def test_silence_for_a_cell_that_waits(namespace):
    assert fires(LOOP, namespace, Signals(60.0, HEAVY.energy_j, cpu_s=2.0)) == []


def test_no_edit_where_statements_share_a_line(namespace):
    (advice,) = found("for x, _ in batches: out = net(x); a = out.argmax(1)", namespace)
    assert advice.change is None
    assert "torch.no_grad()" in advice.because[-1]


def test_reading_alone_says_nothing():
    assert "T03" not in rules(
        read([(None, "import torch\nnet = torch.nn.Linear(2, 2)\n" + LOOP)])
    )
