"""What the docs say to type works as it stands: examples on toys, commands, names, links."""

from __future__ import annotations

import inspect
import itertools
import os
import re
import shlex
from pathlib import Path

import pytest

import greenlab
from greenlab import cli, session
from greenlab.notebook import options
from greenlab.notebook.magic_commands import COMMANDS
from tests.notebook.kernel import Kernel

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
EXAMPLE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
PLACEHOLDERS = {"NOTEBOOK": "notebook.ipynb"}


def typed(start):
    """What the docs say to type that begins so: code in running text, and lines of its own."""
    found = []
    for page in PAGES:
        text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
        inline = (" ".join(code.split()) for code in re.findall(r"`([^`]+)`", text))
        found += [code for code in inline if re.match(start, code)]
        found += re.findall(rf"^    ({start}.*)$", page.read_text(), re.MULTILINE)
    assert found
    return sorted(set(found))


@pytest.fixture(autouse=True)
def fresh_session():
    session.close_current()
    yield
    session.close_current()


def test_the_panel_tells_to_install_as_the_readme_does():
    source = (ROOT / "src/views/empty.tsx").read_text(encoding="utf-8")
    (command,) = re.findall(r"INSTALL = '(.*)'", source)
    assert f"\n    {command}\n" in (ROOT / "README.md").read_text(encoding="utf-8")


def examples(page):
    found = EXAMPLE.findall((ROOT / page).read_text())
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
    "example", examples("docs/training.md"), ids=lambda text: text.split("\n")[0][-30:]
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


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "example", examples("docs/per-unit.md"), ids=lambda text: text.split("\n")[0][-30:]
)
def test_per_unit_examples(example, tmp_path, own_ledger, monkeypatch, capsys):
    if example.startswith("%%"):
        kernel = Kernel(dict(os.environ))
        try:
            kernel.run("%load_ext greenlab")
            (shown,) = kernel.run(example).displays
            assert "per text" in shown["text/plain"]
        finally:
            kernel.stop()
        return
    for name in re.findall(r"^(?:import|from) (torch|transformers|mlflow)\b", example, re.M):
        pytest.importorskip(name)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    names = {"make_trainer": lambda callbacks: trainer(tmp_path, callbacks)}
    run(example, names)
    if "so_far" in example:
        assert names["used"].work == names["m"].record.work
        assert names["m"].record.energy_per("text").value > 0
    if "generate" in example:
        assert names["counter"].counts["token"] > 0
        assert capsys.readouterr().out.count("<Figure") == 3
    if "mlflow" in example:
        assert names["counter"].counts["epoch"] == 9


def test_run_card_examples(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    with greenlab.measure("fit"):
        sum(range(10**5))
    for example in examples("docs/run-card.md"):
        run(example, names)
    assert (tmp_path / "footprint.md").exists()
    assert names["everything"].spans == 1


TOYS = """
import numpy

class model:
    fit = staticmethod(lambda X, y: sum(range(10**6)))

def slow(X):
    for _ in range(200):
        X @ X
    return X

def quick(X):
    for _ in range(50):
        X @ X
    return X

def score(X):
    return float(X.sum())

X = y = numpy.ones((120, 120))
"""


def test_examples_in_a_kernel(own_ledger):
    kernel = Kernel(dict(os.environ))
    try:
        assert kernel.run(TOYS).status == "ok"
        for page in ("README.md", "docs/advice.md"):
            replies = [kernel.run(example) for example in examples(page)]
            assert [reply.errors for reply in replies] == [[]] * len(replies)
            if page == "README.md":
                assert any("text/html" in data for one in replies for data in one.displays)
                assert float(replies[-1].value) > 0
        # Inconclusive where other programs keep the machine busy, but never unfit to be run.
        assert kernel.eval("verdict.status") in {"verified", "inconclusive"}
    finally:
        kernel.stop()


@pytest.mark.parametrize("line", typed(r"greenlab [a-z]+(?= |$)"))
def test_commands(line):
    _, command, *words = shlex.split(line, comments=True)
    assert command in {each.NAME for each in cli.COMMANDS}
    if words:  # else its name alone
        words = [PLACEHOLDERS.get(word, word) for word in words]
        cli.parser().parse_args([command, *words])


@pytest.mark.parametrize("line", typed(r"%{1,2}(?:energy|greenlab)\b"))
def test_magics(line):
    name, _, rest = line.partition(" ")
    if name == "%greenlab":
        assert rest in {"", *COMMANDS}
    else:
        options.parse(rest, statement=name == "%energy")


@pytest.mark.parametrize("code", typed(r"@?greenlab\.[a-z]\w*(?!.*/)"))
def test_names(code):
    name = re.match(r"@?greenlab\.(\w+)", code)[1]
    found = getattr(greenlab, name)
    if "=" in code and callable(found):
        said = set(re.findall(r"[(,] ?(\w+)=", code))
        known = inspect.signature(found).parameters
        any_name = any(one.kind is one.VAR_KEYWORD for one in known.values())
        assert any_name or said <= set(known)


def test_scripts():
    lines = typed(r"python (?:-m )?(?:benchmarks|tools|tests)\b")
    for line in lines:
        script = shlex.split(line)[1:]
        path = f"{script[1].replace('.', '/')}.py" if script[0] == "-m" else script[0]
        assert (ROOT / path).is_file(), line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path) if path else page
        assert linked.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.*)$", linked.read_text(), re.MULTILINE)
            slugs = {
                re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-") for head in heads
            }
            assert anchor in slugs, target


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
