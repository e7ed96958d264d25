"""T13: what a loop does for nothing; every change gives the very same numbers."""

import copy

import pytest
from advice_cells import HEAVY, change, found, on_gpu, run

from greenlab.advice import Signals
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live
from greenlab.advice.rules import t13_leaks_syncs as t13

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]
nn = torch.nn

STEP = """\
opt = torch.optim.SGD(net.parameters(), lr=0.1)
total, losses = 0.0, []
for xb, yb in batches:
    opt.zero_grad()
    loss = nn.functional.cross_entropy(net(xb), yb)
    loss.backward()
    opt.step()
    # count it
"""
SWITCHED = "torch.autograd.set_detect_anomaly(True)  # find the NaN\n" + STEP
BLOCK = """\
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for xb, yb in batches:
    opt.zero_grad()
    with torch.autograd.detect_anomaly():  # find the NaN
        loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
    opt.step()
"""
SUMMED = STEP + "    total += loss\nend = float(total)\n"
KEPT = STEP + "    losses.append(loss)\nend = float(sum(losses))\n"
LOADED = """\
from transformers import AutoModel
answers = []
for epoch in range(2):
    for ids in prompts:
        # the model
        model = AutoModel.from_pretrained(folder)
        model.eval()
        with torch.no_grad():
            answers.append(model(ids).last_hidden_state.sum().item())
"""


@pytest.fixture
def namespace():
    torch.manual_seed(0)
    x = torch.randn(96, 8)
    batches = [(part, part[:, :4].argmax(1)) for part in x.split(32)]
    yield {"torch": torch, "nn": nn, "net": nn.Linear(8, 4), "batches": batches}
    torch.autograd.set_detect_anomaly(False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    transformers = pytest.importorskip("transformers")
    place = tmp_path_factory.mktemp("model")
    config = transformers.BertConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        vocab_size=50,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(place)
    return str(place)


def mine(source, namespace, signals=HEAVY):
    return [one for one in found(source, namespace, signals) if one.rule == "T13"]


def status(source, namespace, signals=HEAVY):
    return [one.status for one in mine(source, namespace, signals)]


@pytest.mark.parametrize("source", [SWITCHED, BLOCK])
def test_anomaly_detection_is_found_and_the_change_trains_to_the_same(source, namespace):
    changed = {**namespace, "net": copy.deepcopy(namespace["net"])}
    run(source, namespace)
    assert status(source, namespace) == ["shown"]
    text = change(mine(source, namespace))
    assert "torch.autograd.set_detect_anomaly(False)" in text
    run(text, changed)
    assert not torch.is_anomaly_enabled()
    torch.testing.assert_close(namespace["net"].weight, changed["net"].weight)
    assert status(text, changed) == []


def test_anomaly_detection_of_another_cell_is_switched_off_before_the_loop(namespace):
    run(STEP, namespace)
    assert status(STEP, namespace) == []
    torch.autograd.set_detect_anomaly(True)
    text = change(mine(STEP, namespace))
    assert "set_detect_anomaly(False)  # greenlab:T13\nfor xb" in text


@pytest.mark.parametrize("name", ["net", "m"])
@pytest.mark.parametrize("alias", ["torch", "th"])
def test_neither_alias_nor_renaming_changes_what_is_found(name, alias, namespace):
    source = SWITCHED.replace("net", name).replace("torch.", f"{alias}.")
    named = {**namespace, name: namespace["net"], alias: torch}
    run(source, named)
    assert status(source, named) == ["shown"]


def test_silence_where_anomalies_are_looked_for_without_training(namespace):
    source = "torch.autograd.set_detect_anomaly(True)\nfor xb, _ in batches:\n    net(xb)"
    run(source, namespace)
    assert status(source, namespace) == []


@pytest.mark.parametrize("source", [SUMMED, KEPT])
def test_kept_losses_are_listed_and_the_change_adds_up_to_the_same(source, namespace):
    changed = {**namespace, "net": copy.deepcopy(namespace["net"])}
    run(source, namespace)
    assert status(source, namespace) == ["candidate"]
    text = change(mine(source, namespace))
    assert "loss.detach()" in text
    run(text, changed)
    assert namespace["end"] == pytest.approx(changed["end"])
    assert mine(text, changed) == []


@pytest.mark.parametrize("kept", ["total += loss.item()", "losses.append(float(loss))"])
def test_silence_where_the_numbers_alone_are_kept(kept, namespace):
    source = f"{STEP}    {kept}\n"
    run(source, namespace)
    assert mine(source, namespace) == []


def test_a_sum_that_is_trained_on_is_left_alone(namespace):
    source = """\
for _ in range(2):
    total = 0
    for xb, yb in batches:
        loss = nn.functional.cross_entropy(net(xb), yb)
        total += loss
    total.backward()
"""
    run(source, namespace)
    assert mine(source, namespace) == []


def test_a_load_in_a_loop_is_done_once(namespace, folder):
    namespace |= {"prompts": [torch.tensor([[1, 2]]), torch.tensor([[3]])], "folder": folder}
    run(LOADED, namespace)
    assert status(LOADED, namespace) == ["shown"]
    text = change(mine(LOADED, namespace))
    assert "from_pretrained(folder)  # greenlab:T13\nfor epoch in range(2):" in text
    changed = dict(namespace)
    run(text, changed)
    assert changed["answers"] == namespace["answers"]
    assert mine(text, changed) == []


@pytest.mark.parametrize(
    "source",
    [
        LOADED.replace("(folder)", "(ids)"),
        LOADED.replace("model.eval()", "model.train()"),
        LOADED.replace("model.eval()", "model.config.pad_token_id = 0"),
        LOADED.replace("model.eval()", "folder = ids"),
        LOADED.replace("model.eval()", "model = model.eval()"),
        LOADED.replace("    for ids in prompts:\n", "    if True:\n        ids = prompts[0]\n"),
    ],
)
def test_silence_where_each_round_has_its_own(source, namespace, folder):
    namespace["model"] = nn.Linear(2, 2)
    namespace["AutoModel"] = pytest.importorskip("transformers").AutoModel
    namespace |= {"prompts": [], "folder": folder}
    assert mine(source, namespace) == []


def test_keras_models_built_in_a_loop_are_listed():
    """Recorded: Keras is not installed here; its class is known by its path alone."""
    base = type("Model", (), {"__module__": "keras.src.models.model"})
    Sequential = type("Sequential", (base,), {"__module__": "keras.src.models.sequential"})
    source = "for units in (8, 16):\n    model = Sequential()\n"
    namespace = {"Sequential": Sequential, "model": Sequential()}
    (advice,) = mine(source, namespace)
    assert (advice.status, advice.change) == ("candidate", None)
    assert "clear_session" in advice.because[-1]
    cleared = source + "    keras.backend.clear_session()\n"
    assert mine(cleared, namespace) == []


@pytest.mark.parametrize(("busy", "listed"), [(0.4, True), (0.9, False), (None, False)])
def test_a_sync_counts_beside_a_gpu_that_waits(busy, listed, namespace, monkeypatch):
    """Simulated: the model is said to lie on a GPU."""
    source = f"{STEP}    total += loss.item()\n"
    run(source, namespace)
    signals = Signals(60.0, HEAVY.energy_j, gpu_busy=busy)
    assert mine(source, namespace, signals) == []  # on the CPU
    monkeypatch.setattr(t13, "look", on_gpu)
    assert status(source, namespace, signals) == (["candidate"] if listed else [])


def test_silence_without_torch(monkeypatch, namespace):
    monkeypatch.setattr(t13, "loaded_module", lambda _: None)
    code = Code.of(SWITCHED, Live(namespace).names)
    (site,) = [one for one in t13.candidates(code) if one.kind == "anomaly"]
    assert t13.confirm(site, code, Live(namespace)) is None
