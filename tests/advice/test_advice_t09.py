"""T09: checkpointing that nothing asks for; every change trains to the very same weights."""

import copy

import pytest
from advice_cells import HEAVY, change, found, run

from greenlab.advice import Signals
from greenlab.advice.analysis import peak_memory as host_memory
from greenlab.cellcode.introspect import Live
from greenlab.advice.rules import t09_checkpointing as t09

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]

LOOP = """\
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in batches:
    opt.zero_grad()
    loss = model(input_ids=x, labels=y).loss  # the loss
    loss.backward()
    opt.step()
"""
ENABLED = "model.gradient_checkpointing_enable()  # to be safe\nmodel.train()\n" + LOOP
NEW_NAME = ENABLED.replace("gradient_", "activation_")
FUNCTION = """\
def fit(net, data):
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for x, y in data:
        opt.zero_grad()
        net(input_ids=x, labels=y).loss.backward()
        opt.step()
fit(model, batches)
"""
TRAINER = """\
from transformers import Trainer, TrainingArguments
arguments = TrainingArguments(
    "out",
    gradient_checkpointing=True,  # to be safe
    max_steps=2, use_cpu=True, report_to=[], save_strategy="no", disable_tqdm=True, seed=0,
)
trainer = Trainer(model, arguments, train_dataset=rows)
trainer.train()
"""


@pytest.fixture
def namespace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(t09, "peak_share", lambda: 0.1)
    config = transformers.BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        vocab_size=50, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    torch.manual_seed(0)
    model = transformers.BertForSequenceClassification(config)
    model.activation_checkpointing_enable()
    x, y = torch.randint(0, 50, (8, 12)), torch.randint(0, 2, (8,))
    rows = [{"input_ids": a, "labels": b} for a, b in zip(x, y, strict=True)]
    batches = [(x[:4], y[:4]), (x[4:], y[4:])]
    return {"torch": torch, "model": model, "batches": batches, "rows": rows}


def fires(source, namespace, signals=HEAVY):
    return [one.status for one in found(source, namespace, signals) if one.rule == "T09"]


@pytest.mark.parametrize("source", [LOOP, ENABLED, NEW_NAME, FUNCTION, TRAINER])
def test_it_is_found_in_every_shape_and_the_change_trains_to_the_same(source, namespace):
    changed = {**namespace, "model": copy.deepcopy(namespace["model"])}
    run(source, namespace)
    text = change([one for one in found(source, namespace) if one.rule == "T09"])
    assert "# greenlab:T09" in text
    run(text, changed)
    assert not changed["model"].is_activation_checkpointing
    for before, after in zip(
        namespace["model"].parameters(), changed["model"].parameters(), strict=True
    ):
        torch.testing.assert_close(before, after)
    assert fires(text, changed) == []


def test_what_is_written_within_the_arguments_stays(namespace):
    run(TRAINER, namespace)
    text = change([one for one in found(TRAINER, namespace) if one.rule == "T09"])
    assert "    gradient_checkpointing=False,  # to be safe\n" in text
    assert "trainer.model.activation_checkpointing_disable()  # greenlab:T09\n" in text


@pytest.mark.parametrize("name", ["model", "bert"])
@pytest.mark.parametrize("alias", ["torch", "th"])
def test_neither_alias_nor_renaming_changes_what_is_found(name, alias, namespace):
    named = {name: namespace["model"], alias: torch, "batches": namespace["batches"]}
    source = LOOP.replace("model", name).replace("torch.", f"{alias}.")
    text = change([one for one in found(source, named) if one.rule == "T09"])
    assert f"{name}.activation_checkpointing_disable()" in text


def test_no_edit_where_the_arguments_are_of_another_cell(namespace):
    run(TRAINER, namespace)
    (advice,) = [one for one in found("trainer.train()", namespace) if one.rule == "T09"]
    assert advice.change is None
    assert "model.activation_checkpointing_disable()" in advice.because[-1]


def test_silence_for_a_model_that_keeps_its_activations(namespace):
    namespace["model"].activation_checkpointing_disable()
    assert fires(LOOP, namespace) == []
    assert fires("trainer.train()", {"trainer": namespace["model"]}) == []


def test_silence_where_it_does_not_train(namespace):
    source = "with torch.no_grad():\n    for x, _ in batches:\n        model(input_ids=x)"
    assert fires(source, namespace) == []


def test_silence_for_a_frozen_part_and_one_in_eval_mode(namespace):
    namespace["head"] = torch.nn.Linear(2, 2)
    source = """\
for x, y in batches:
    with torch.no_grad():
        f = model(input_ids=x).logits
    torch.nn.functional.cross_entropy(head(f), y).backward()
"""
    assert fires(source, namespace) == []
    namespace["model"].eval()
    assert fires(LOOP, namespace) == []
    assert fires(f"model.train()\n{LOOP}model.eval()", namespace) == ["shown"]


def test_memory_decides(namespace, monkeypatch):
    for share, expected in [(0.2, ["shown"]), (0.5, []), (None, ["candidate"])]:
        monkeypatch.setattr(t09, "peak_share", lambda share=share: share)
        assert fires(LOOP, namespace) == expected


@pytest.mark.parametrize(
    ("share", "says"), [(0.3, "Only 30%"), (0.9, None), (None, "twice in each step")]
)
def test_on_a_gpu_its_own_memory_decides(share, says, namespace, monkeypatch):
    """Simulated: a model that is said to lie on a GPU."""
    live = Live(namespace)
    code = t09.Code.of(LOOP, live.names)
    (site,) = t09.candidates(code)
    confirmed = t09.confirm(site, code, live)
    on_gpu = t09.T09Facts(confirmed.model, "cuda", None, confirmed.plan)
    facts = t09.trigger(on_gpu, Signals(60.0, HEAVY.energy_j, gpu_memory_share=share))
    text = str(facts)
    assert facts is None if says is None else says in text
    assert t09.estimate(on_gpu) is None


def test_the_share_of_memory_is_of_what_the_container_grants(tmp_path):
    (grant := tmp_path / "memory.max").write_text("max\n")
    whole = host_memory.peak_share(str(grant))
    assert 0 < whole < 1
    grant.write_text(f"{2**20}\n")
    assert host_memory.peak_share(str(grant)) > whole
    assert host_memory.peak_share(str(tmp_path / "none")) == pytest.approx(whole, rel=0.5)
