"""M04: tiny real models; the words are carried out and the model learns in fewer epochs."""

import re

import pytest
from advice_cells import found, run

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.torch

MAKE = """\
config = AutoConfig.from_pretrained(folder)
model = AutoModelForSequenceClassification.from_config(config)
"""
TRAIN = """\
opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
for epoch in range(10):
    for part, answer in zip(ids.split(8), labels.split(8)):
        opt.zero_grad()
        loss = model(input_ids=part, labels=answer).loss
        loss.backward()
        opt.step()
"""
CELL = MAKE + TRAIN
TRAINER = (
    MAKE
    + """\
arguments = TrainingArguments("out", num_train_epochs=9, use_cpu=True, report_to=[], disable_tqdm=True, save_strategy="no")
trainer = Trainer(model, arguments, train_dataset=rows)
trainer.train()
"""
)
SIZES = dict(
    vocab_size=20, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
    intermediate_size=16, max_position_embeddings=8,
)  # fmt: skip


@pytest.fixture(scope="module")
def namespace(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("model"))
    torch.manual_seed(0)
    config = transformers.BertConfig(**SIZES)
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    ids = torch.randint(0, 20, (16, 6))
    labels = (ids[:, 0] > 9).long()
    names = {name: getattr(transformers, name) for name in (
        "AutoConfig", "AutoModelForSequenceClassification", "BertForSequenceClassification",
        "BertConfig", "GPT2Config", "AutoModelForMaskedLM", "Trainer", "TrainingArguments",
    )}  # fmt: skip
    rows = [
        {"input_ids": one, "labels": int(label)} for one, label in zip(ids, labels, strict=True)
    ]
    return {
        **names,
        "torch": torch,
        "folder": folder,
        "ids": ids,
        "labels": labels,
        "rows": rows,
    }


def mine(source, namespace):
    return [one for one in found(source, namespace) if one.rule == "M04"]


@pytest.mark.parametrize(
    ("source", "epochs"),
    [
        (CELL, 10),
        (
            CELL.replace(
                "AutoModelForSequenceClassification.from_config(config)",
                "BertForSequenceClassification(config)",
            ),
            10,
        ),
        (CELL.replace("model", "net").replace("config)", "config=config)"), 10),
        (TRAINER, 9),
    ],
)
def test_it_is_found_and_its_words_load_the_weights(
    source, epochs, namespace, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    names = dict(namespace)
    run(source, names)
    (one,) = mine(source, names)
    assert one.change is None and f"for {epochs} epochs" in one.because[1]
    assert one.saving.low == pytest.approx(1 - 4 / epochs, abs=0.01)
    (load,) = re.findall(r"`([^`]+)`", one.because[-1])
    run(load, names)
    made = names["net" if "net =" in source else "model"]
    stored = transformers.AutoModelForSequenceClassification.from_pretrained(names["folder"])
    for new, old in zip(made.parameters(), stored.parameters(), strict=True):
        assert torch.equal(new, old)
    after = source.replace(MAKE.splitlines()[1], load)
    if after != source:
        run(after, names)
        assert mine(after, names) == []


@pytest.mark.parametrize(
    "source",
    [
        CELL.replace("range(10)", "range(4)"),  # few epochs
        CELL.replace(
            "AutoConfig.from_pretrained(folder)", "BertConfig(**sizes)"
        ),  # its own shape
        MAKE,  # not trained
        CELL.replace("opt =", "model.load_state_dict(model.state_dict())\nopt =", 1),
        CELL + "other = AutoModelForSequenceClassification.from_pretrained(folder)\n",
        CELL.replace("AutoModelForSequenceClassification", "AutoModelForMaskedLM").replace(
            "labels=answer", "labels=part"
        ),  # a language model
        CELL.replace("range(10)", "epochs"),  # an unknown number
    ],
)
def test_silence(source, namespace):
    names = {**namespace, "sizes": SIZES, "epochs": [0]}
    run(source, names)
    assert mine(source, names) == []


def test_silent_for_another_model_that_is_trained(namespace):
    source = CELL.replace("model.par", "other.par").replace("model(input", "other(input")
    names = {
        **namespace,
        "other": transformers.BertForSequenceClassification(transformers.BertConfig(**SIZES)),
    }
    run(source, names)
    assert mine(source, names) == []
