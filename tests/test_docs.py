"""The examples in the docs run as they stand, on a toy that takes no time."""

from __future__ import annotations

import importlib
import itertools
import re
from pathlib import Path

import pytest

from greenlab import session

DOCS = Path(__file__).parents[1] / "docs"
EXAMPLE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def fresh_session():
    session.close_current()
    yield
    session.close_current()


def examples(page):
    found = EXAMPLE.findall((DOCS / page).read_text())
    assert found
    return found


def run(example, names):
    exec(compile(example, "an example", "exec"), names)


def trainer(tmp_path, callbacks):
    transformers, torch = (pytest.importorskip(name) for name in ("transformers", "torch"))

    class Line(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(2, 1)

        def forward(self, x, labels=None):
            out = self.layer(x)
            return {"loss": ((out - labels) ** 2).mean(), "logits": out}

    rows = [{"x": torch.ones(2), "labels": torch.zeros(1)} for _ in range(4)]
    args = transformers.TrainingArguments(
        output_dir=str(tmp_path), num_train_epochs=9, learning_rate=0.0, use_cpu=True,
        eval_strategy="epoch", save_strategy="no", report_to=[], disable_tqdm=True,
    )  # fmt: skip
    return transformers.Trainer(
        Line(), args, train_dataset=rows, eval_dataset=rows, callbacks=callbacks
    )


def needed(example):
    """Skip where the example needs what is not installed."""
    for name in re.findall(r"^import (\w+)", example, re.MULTILINE):
        pytest.importorskip(name)
    if "huggingface" in example:
        pytest.importorskip("transformers")


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "example", examples("training.md"), ids=lambda text: text.split("\n")[0][-30:]
)
def test_training_examples(example, tmp_path, capsys):
    needed(example)
    losses = itertools.chain([0.5, 0.25], itertools.repeat(0.25))

    def step(model, batch_size):
        model["seen"] = model.get("seen", 0) + batch_size

    names = {
        "train_one_epoch": lambda: next(losses),
        "make_trainer": lambda callbacks: trainer(tmp_path, callbacks),
        "make_model": dict,
        "train_step": step,
        "evaluation_is_due": lambda samples: samples % 1024 == 0,
        "accuracy": lambda model: model["seen"] / 4096,
        "objective": lambda trial: trial.suggest_float("x", 0.0, 1.0),
    }
    run(example, names)
    out = capsys.readouterr().out
    if "EarlyStop" in example:
        assert out.startswith("patience: no better than 0.25 in 3 evaluations")
    if "huggingface" in example:
        assert "patience" in out
    if "batch_size_search" in example:
        assert [len(size.runs) for size in names["found"].sizes] == [3, 3]
        assert "The search used" in out
    if "optuna" in example:
        assert names["study"].best_trials


def test_run_card_examples(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    with importlib.import_module("greenlab").measure("fit"):
        sum(range(10**5))
    for example in examples("run-card.md"):
        run(example, names)
    assert (tmp_path / "footprint.md").exists()
    assert names["everything"].spans == 1


def test_every_form_is_documented():
    package = DOCS.parent / "greenlab"
    forms = {
        form
        for path in package.rglob("*.py")
        for form in re.findall(r'"(greenlab\.[a-z]+/\d+)"', path.read_text())
    }
    page = (DOCS / "architecture.md").read_text()
    assert len(forms) > 5
    assert [form for form in sorted(forms) if f"`{form}`" not in page] == []
