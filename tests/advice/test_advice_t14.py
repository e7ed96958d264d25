"""T14: torch's own pruning; the change gives the same numbers."""

import pytest
from advice_cells import HEAVY, change, found, rules, run

from greenlab.advice import Signals

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch
prune = pytest.importorskip("torch.nn.utils.prune")

LOOP = """\
answers = []
with torch.no_grad():
    for rows in data:  # a few at a time
        answers.append(net(rows))
answers = torch.cat(answers)
"""
INSIDE = """\
answers = torch.zeros(0, 4)
for rows in data:
    with torch.inference_mode():
        answers = torch.cat([answers, net(rows)])
"""
FUNCTION = """\
@torch.no_grad()
def ask(model):
    return torch.cat([model(rows) for rows in data])
answers = ask(net)
"""


def masked(cut=prune.l1_unstructured, width=256):
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Linear(16, width), torch.nn.ReLU(), torch.nn.Linear(width, width),
        torch.nn.ReLU(), torch.nn.Linear(width, 4),
    )  # fmt: skip
    for layer in net:
        if isinstance(layer, torch.nn.Linear):
            cut(layer, "weight", 0.5)
    return net.eval()


def names(net=None):
    torch.manual_seed(1)
    data = list(torch.randn(24, 16).split(4))
    return {"torch": torch, "net": net or masked(), "data": data, "rows": data[0]}


def mine(source, namespace, signals=HEAVY):
    return [one for one in found(source, namespace, signals) if one.rule == "T14"]


def structured(layer, name, amount):
    prune.ln_structured(layer, name, amount, n=1, dim=0)


@pytest.mark.parametrize("cut", [prune.l1_unstructured, prune.random_unstructured, structured])
@pytest.mark.parametrize("source", [LOOP, INSIDE, FUNCTION])
def test_the_change_gives_the_same_numbers(source, cut):
    torch.manual_seed(0)
    before = names(masked(cut))
    torch.manual_seed(0)
    after = names(masked(cut))
    run(source, before)
    text = change(mine(source, before))
    run(text, after)
    assert torch.equal(before["answers"], after["answers"])
    assert not prune.is_pruned(after["net"]) and prune.is_pruned(before["net"])
    assert mine(text, after) == []


def test_its_facts():
    namespace = names()
    run(LOOP, namespace)
    (one,) = mine(LOOP, namespace)
    weights = sum(part.weight_orig.numel() for part in namespace["net"][::2])
    assert f"{weights:,} weights" in one.because[1]
    assert "A call has 4 rows." in one.because[2]
    assert "# a few at a time" in one.change.text


@pytest.mark.parametrize("alias", ["torch", "th"])
def test_neither_alias_nor_renaming_changes_what_is_found(alias):
    namespace = names()
    run(LOOP, namespace)
    other = {
        "m": namespace["net"],
        alias: torch,
        "data": namespace["data"],
        "rows": torch.ones(4, 16),
    }
    source = LOOP.replace("net(", "m(").replace("torch.", f"{alias}.")
    run(change(mine(source, other)), other)


@pytest.mark.parametrize(
    "source",
    [
        LOOP.replace("with torch.no_grad():", "if True:"),  # T03 first
        LOOP + "for _ in data:\n    net(rows).sum().backward()\n",  # trained here
        "for layer in net:\n    pass\nwith torch.no_grad():\n    answers = net(rows)\n",  # once
    ],
)
def test_silent_where_it_does_not_predict_again_and_again(source):
    namespace = names()
    run(source, namespace)
    assert mine(source, namespace) == []


def test_silent_while_it_is_pruned_or_trained():
    namespace = {**names(), "prune": prune}
    source = "for amount in (0.1, 0.1):\n    prune.l1_unstructured(net[0], 'weight', amount)\n"
    source += "".join(f"    {line}\n" for line in LOOP.splitlines())
    run(source, namespace)
    assert mine(source, namespace) == []
    namespace = names(masked().train())
    run(LOOP, namespace)
    assert mine(LOOP, namespace) == []


def test_silent_for_a_small_model_and_a_waiting_one():
    namespace = names(masked(width=32))
    run(LOOP, namespace)
    assert mine(LOOP, namespace) == []
    namespace = names()
    assert mine(LOOP, namespace, Signals(60.0, HEAVY.energy_j, cpu_s=2.0)) == []


def test_listed_where_the_rows_are_not_known():
    namespace = names()
    run(LOOP, namespace)
    del namespace["rows"]
    assert [one.status for one in mine(LOOP, namespace)] == ["shown"]  # those of `data` are
    del namespace["data"]
    assert [one.status for one in mine(LOOP, namespace)] == ["candidate"]


def test_by_hand_where_another_buffer_is_called_a_mask():
    namespace = names()
    namespace["net"][0].register_buffer("attention_mask", torch.ones(2))
    run(LOOP, namespace)
    (one,) = mine(LOOP, namespace)
    assert one.change is None and "prune.remove(layer" in one.because[-1]


def test_by_hand_where_the_model_is_bound_anew():
    namespace = names()
    source = f"{LOOP}net = net\n"
    run(source, namespace)
    (one,) = mine(source, namespace)
    assert one.change is None


def test_a_mask_of_somebody_elses_is_none():
    net = masked()
    for layer in net[::2]:
        prune.remove(layer, "weight")
        layer.register_buffer("weight_mask", torch.ones_like(layer.weight))
    namespace = names(net)
    run(LOOP, namespace)
    assert "T14" not in rules(found(LOOP, namespace))
