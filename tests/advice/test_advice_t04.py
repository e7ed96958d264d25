"""T04: channels last; every change gives the same answers up to rounding."""

import copy

import pytest
from advice_cells import HEAVY, change, found, on_gpu, run

from greenlab.advice import Signals
from greenlab.advice.rules import t04_channels_last as t04

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore:CUDA is not")]
nn = torch.nn

BLOCK = """\
scores = []
with torch.no_grad():
    for batch in images:  # NCHW
        scores.append(net(batch))
scores = torch.cat(scores)
"""
FUNCTION = """\
@torch.inference_mode()
def predict(model, x):
    return model(x.float())
scores = predict(net, images[0])
"""
STEP = """\
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for batch in images:
    opt.zero_grad()
    loss = net(batch).pow(2).mean()
    loss.backward()
    opt.step()
"""


@pytest.fixture
def namespace():
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 32, 3), nn.ReLU(), nn.Conv2d(32, 32, 3), nn.AdaptiveAvgPool2d(1),
        nn.Flatten(), nn.Linear(32, 4),
    ).eval()  # fmt: skip
    return {"torch": torch, "nn": nn, "net": net, "images": list(torch.randn(2, 4, 3, 40, 40))}


def mine(source, namespace, signals=HEAVY):
    return [one for one in found(source, namespace, signals) if one.rule == "T04"]


def status(source, namespace, signals=HEAVY):
    return [one.status for one in mine(source, namespace, signals)]


@pytest.mark.parametrize("source", [BLOCK, FUNCTION])
def test_it_is_found_in_every_shape_and_the_change_answers_alike(source, namespace):
    changed = {**namespace, "net": copy.deepcopy(namespace["net"])}
    run(source, namespace)
    assert status(source, namespace) == ["shown"]
    text = change(mine(source, namespace))
    assert ".to(memory_format=torch.channels_last)  # greenlab:T04" in text
    run(text, changed)
    torch.testing.assert_close(namespace["scores"], changed["scores"], rtol=1e-3, atol=1e-4)
    assert changed["net"][2].weight.stride()[1] == 1
    assert mine(BLOCK, changed) == []


@pytest.mark.parametrize("name", ["net", "m"])
@pytest.mark.parametrize("alias", ["torch", "th"])
def test_neither_alias_nor_renaming_changes_what_is_found(name, alias, namespace):
    source = BLOCK.replace("net", name).replace("torch.", f"{alias}.")
    named = {name: namespace["net"], alias: torch, "images": namespace["images"]}
    run(source, named)
    text = change(mine(source, named))
    assert f"{name}.to(memory_format={alias}.channels_last)" in text


def test_silence_for_small_images_few_channels_and_other_convolutions(namespace):
    run(BLOCK, namespace)
    assert mine(BLOCK, {**namespace, "batch": torch.randn(4, 3, 28, 28)}) == []
    assert mine(BLOCK, {**namespace, "batch": torch.randn(4, 3, 40)}) == []
    few = nn.Sequential(nn.Conv2d(3, 16, 3), nn.Conv2d(16, 16, 3))
    volumes = nn.Sequential(nn.Conv3d(3, 64, 3), nn.Conv3d(64, 64, 3))
    for net in (few, volumes, nn.Linear(40, 4)):
        assert mine(BLOCK, {**namespace, "net": net}) == []


def test_silence_in_training_on_a_cpu_and_where_it_waits(namespace):
    run(STEP, namespace)
    assert mine(STEP, namespace) == []
    run(BLOCK, namespace)
    assert mine(BLOCK, namespace, Signals(60.0, HEAVY.energy_j, cpu_s=2.0)) == []


def test_no_edit_where_the_network_is_bound_in_the_loop(namespace):
    source = """\
with torch.no_grad():
    for model in [net]:
        scores = model(batch)
"""
    namespace |= {"model": namespace["net"], "batch": namespace["images"][0]}
    (advice,) = mine(source, namespace)
    assert advice.change is None
    assert "channels_last" in advice.because[-1]


@pytest.mark.parametrize(
    ("cell", "busy", "fires"),
    [(BLOCK, 0.9, False), (f"with torch.autocast('cuda'):\n    {{}}\n{STEP}", 0.9, True),
     (f"with torch.autocast('cuda'):\n    {{}}\n{STEP}", 0.2, False)],
)  # fmt: skip
def test_on_a_gpu_it_takes_half_precision(cell, busy, fires, namespace, monkeypatch):
    """Simulated: the network is said to lie on a GPU; nothing here ran on one."""
    run(cell, namespace)
    monkeypatch.setattr(t04, "look", on_gpu)
    signals = Signals(60.0, HEAVY.energy_j, gpu_busy=busy)
    assert status(cell, namespace, signals) == (["shown"] if fires else [])
