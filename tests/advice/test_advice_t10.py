"""T10: real torch; the change takes the very same steps."""

import pytest
from advice_cells import change, found, rules, run

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

LOOP = """\
for _ in range(3):  # epochs
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
"""


def namespace(held=lambda model: model[2].parameters()):
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(32, 64), torch.nn.ReLU(), torch.nn.Linear(64, 2)
    )
    return {
        "model": model,
        "x": torch.randn(16, 32),
        "y": torch.randint(0, 2, (16,)),
        "loss_fn": torch.nn.CrossEntropyLoss(),
        "optimizer": torch.optim.SGD(held(model), lr=0.1, momentum=0.9),
    }


def test_the_change_takes_the_same_steps_and_is_not_found_again():
    before, after = namespace(), namespace()
    run(LOOP, before)
    advice = [one for one in found(LOOP, before) if one.rule == "T10"]
    assert any("steps 130 weights" in fact for fact in advice[0].because)
    text = change(advice)
    assert "# epochs" in text
    run(text, after)
    for old, new in zip(before["model"].parameters(), after["model"].parameters(), strict=True):
        assert torch.equal(old, new)
    assert after["model"][0].weight.grad is None
    assert "T10" not in rules(found(text, after))


@pytest.mark.parametrize(
    "held",
    [
        lambda model: model.parameters(),
        lambda model: [{"params": model[0].parameters()}, {"params": model[2].parameters()}],
    ],
)
def test_silent_where_everything_is_trained(held):
    names = namespace(held)
    run(LOOP, names)
    assert "T10" not in rules(found(LOOP, names))


def test_silent_where_the_rest_is_frozen_already():
    names = namespace()
    names["model"][0].requires_grad_(False)
    run(LOOP, names)
    assert "T10" not in rules(found(LOOP, names))


def test_silent_with_a_second_optimizer():
    names = namespace()
    names["other"] = torch.optim.SGD(names["model"][0].parameters(), lr=0.1)
    source = LOOP + "    other.step()\n"
    run(source, names)
    assert "T10" not in rules(found(source, names))


def test_clipping_depends_on_all_gradients_and_is_changed_by_hand():
    names = {**namespace(), "torch": torch}
    clip = "    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n    optimizer.step()\n"
    source = LOOP.replace("    optimizer.step()\n", clip)
    run(source, names)
    (one,) = [one for one in found(source, names) if one.rule == "T10"]
    assert one.change is None


def test_a_loop_in_a_function_is_seen_through():
    names = namespace()
    source = "def train(net, opt):\n    for _ in range(3):\n        opt.zero_grad()\n"
    source += (
        "        loss_fn(net(x), y).backward()\n        opt.step()\ntrain(model, optimizer)\n"
    )
    run(source, names)
    (one,) = [one for one in found(source, names) if one.rule == "T10"]
    assert one.change is None
