"""T01 in the forms in which people write trainings: where the code stands, and what runs it."""

import pytest
from advice_cells import run

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("bfloat16_cpu")]

SETUP = """\
import torch
from torch import nn
torch.manual_seed(0)
class Net(nn.Module):
    def __init__(self, width=512):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(32, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 4))
    def forward(self, x):
        return self.layers(x)
    def compute_loss(self, x, y):
        return nn.functional.cross_entropy(self(x), y)
class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(32, 256, batch_first=True)
        self.head = nn.Linear(256, 4)
    def forward(self, x):
        return self.head(self.rnn(x[:, None])[0][:, -1])
x = torch.randn(64, 32)
data = [(part, part[:, :4].argmax(1)) for part in x.split(32)]
criterion = nn.CrossEntropyLoss()
"""
STEP = """\
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
"""
TRAIN = f"def train(model, data, optimizer):\n    for xb, yb in data:\n{STEP}    return loss\n"
MADE = "net = Net()\nopt = torch.optim.SGD(net.parameters(), lr=0.05)\n"
TRAINER = """\
class Trainer:
    def __init__(self, model, data):
        self.model, self.data = model, data
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
        self.criterion = nn.CrossEntropyLoss()
    def _run_batch(self, source, targets):
        self.optimizer.zero_grad()
        output = self.model(source)
        loss = self.criterion(output, targets)
        loss.backward()
        self.optimizer.step()
    def train(self, epochs):
        for _ in range(epochs):
            for xb, yb in self.data:
                self._run_batch(xb, yb)
"""
PHASES = """\
def train_model(model, loaders, criterion, optimizer, num_epochs=1):
    for epoch in range(num_epochs):
        for phase in ["train", "val"]:
            model.train() if phase == "train" else model.eval()
            for inputs, labels in loaders[phase]:
                optimizer.zero_grad()
                with torch.set_grad_enabled(phase == "train"):
                    outputs = model(inputs)
                    _, preds = torch.max(outputs, 1)
                    loss = criterion(outputs, labels)
                    if phase == "train":
                        loss.backward()
                        optimizer.step()
    return model
"""
# The cells before the heavy one, the heavy one, and the function that the change lies in.
FORMS = {
    "a function of an earlier cell": ([TRAIN, MADE], "train(net, data, opt)", "train"),
    "two functions deep": (
        [TRAIN, MADE + "def fit(n):\n    for _ in range(n):\n        train(net, data, opt)\n"],
        "fit(1)", "train",
    ),
    "a method": ([TRAINER, "trainer = Trainer(Net(), data)"], "trainer.train(1)", "Trainer._run_batch"),
    "an object of the heavy cell": ([TRAINER], "trainer = Trainer(Net(), data)\ntrainer.train(1)",
                                    "Trainer._run_batch"),
    "main": (
        [TRAIN, "def main():\n    model = Net()\n"
         "    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)\n"
         "    batches = torch.utils.data.DataLoader(list(zip(x, x[:, :4].argmax(1))), batch_size=32)\n"
         "    train(model, batches, optimizer)\n"],
        "main()", "train",
    ),
    "phases": ([PHASES, MADE], "train_model(net, {'train': data, 'val': data}, criterion, opt)",
               "train_model"),
    "a dictionary of models": (
        [TRAIN, "models = {'a': Net(), 'b': Net()}\n"],
        "for name, model in models.items():\n"
        "    train(model, data, torch.optim.SGD(model.parameters(), lr=0.05))\n", "train",
    ),
    "a loss that the model computes": (
        [TRAIN.replace("criterion(model(xb), yb)", "model.compute_loss(xb, yb)"), MADE],
        "train(net, data, opt)", "train",
    ),
    "a helper for the loss": (
        ["def loss_of(model, xb, yb):\n    return criterion(model(xb), yb)\n"
         + TRAIN.replace("criterion(model(xb), yb)", "loss_of(model, xb, yb)"), MADE],
        "train(net, data, opt)", "train",
    ),
    "a recurrent layer": (
        [TRAIN, MADE.replace("Net()", "Words()")], "train(net, data, opt)", "train",
    ),
    "clipped gradients": (
        [TRAIN.replace("        optimizer.step()", "        torch.nn.utils.clip_grad_norm_("
         "model.parameters(), 1.0)\n        optimizer.step()"), MADE],
        "train(net, data, opt)", "train",
    ),
}  # fmt: skip


def t01(found):
    return [one for one in found if one.rule == "T01" and one.status == "shown"]


@pytest.mark.parametrize("form", FORMS)
def test_it_is_found_where_the_training_stands_and_the_change_trains(form, notebook):
    before, heavy, function = FORMS[form]
    for cell in [SETUP, *before]:
        notebook.cell(cell)
    (advice,) = t01(notebook.advise(heavy))
    assert advice.place.function == function
    number = int(advice.place.cell_id.removeprefix("cell "))
    cells = [*notebook.sources]
    assert cells[number - 1] != advice.change.text
    cells[number - 1] = advice.change.text
    names = {}
    for cell in cells if form != "a recurrent layer" else ():  # which takes such a processor
        run(cell, names)
    assert "autocast" in advice.change.text and "loss.backward()" in advice.change.text
    losses = [
        float(torch.as_tensor(one["loss"])) for one in (notebook.names, names) if "loss" in one
    ]
    assert all(loss == pytest.approx(losses[0], rel=0.05) for loss in losses)
    if form != "a recurrent layer":
        for cell in cells[number - 1 : -1]:
            notebook.cell(cell)
        assert t01(notebook.advise(heavy)) == []


@pytest.mark.parametrize("form", ["imported", "%run"])
def test_a_file_of_the_users_is_shown_its_difference(form, notebook, tmp_path, monkeypatch):
    import sys

    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    script = f"{SETUP}{TRAIN}{MADE}"
    file = tmp_path / "my_t01_train.py"
    if form == "imported":
        file.write_text(f"{script}def main():\n    return train(net, data, opt)\n")
        notebook.cell("import my_t01_train")
        (advice,) = t01(notebook.advise("my_t01_train.main()"))
        sys.modules.pop("my_t01_train")
    else:
        file.write_text(f"{script}train(net, data, opt)\n")
        notebook.sources.append("%run my_t01_train.py")
        exec(compile(file.read_text(), str(file), "exec"), notebook.names)
        (advice,) = t01(notebook.advice())
    assert advice.place.file == str(file)
    changed = {}
    run(advice.change.text, changed)
    assert "autocast" in advice.change.text


ACCELERATE = """\
def training(config):
    accelerator = Accelerator(cpu=True)
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=config["lr"])
    loader = torch.utils.data.DataLoader(list(zip(x, x[:, :4].argmax(1))), batch_size=config["batch"])
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        accelerator.backward(loss)
        optimizer.step()
    return loss.item()
"""


def test_accelerate_is_told_by_its_argument(notebook):
    accelerate = pytest.importorskip("accelerate")
    notebook.names["Accelerator"] = accelerate.Accelerator
    for cell in (SETUP, ACCELERATE):
        notebook.cell(cell)
    (advice,) = t01(notebook.advise("training({'lr': 0.05, 'batch': 32})"))
    assert 'Accelerator(cpu=True, mixed_precision="bf16")' in advice.change.text
    assert advice.place.cell_id == "cell 2"
    accelerate.state.AcceleratorState._reset_state(reset_partial_state=True)
    names = {"Accelerator": accelerate.Accelerator}
    run(SETUP, names)
    run(advice.change.text, names)
    run("value = training({'lr': 0.05, 'batch': 32})", names)
    accelerate.state.AcceleratorState._reset_state(reset_partial_state=True)
    notebook.cell(advice.change.text)
    assert t01(notebook.advise("training({'lr': 0.05, 'batch': 32})")) == []
    accelerate.state.AcceleratorState._reset_state(reset_partial_state=True)


LIGHTNING = """\
class Lit(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = Net()
    def training_step(self, batch, _):
        return criterion(self.net(batch[0]), batch[1])
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.05)
loader = torch.utils.data.DataLoader(list(zip(x, x[:, :4].argmax(1))), batch_size=32)
"""
QUIET = "accelerator='cpu', max_epochs=1, logger=False, enable_progress_bar=False, enable_checkpointing=False, enable_model_summary=False"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("library", ["lightning.pytorch", "pytorch_lightning"])
@pytest.mark.parametrize("form", ["two cells", "a function"])
def test_lightning_is_told_by_its_argument(library, form, notebook):
    notebook.names["pl"] = pytest.importorskip(library)
    for cell in (SETUP, LIGHTNING):
        notebook.cell(cell)
    if form == "two cells":
        notebook.cell(f"trainer = pl.Trainer({QUIET})\nlit = Lit()")
        heavy = "trainer.fit(lit, loader)"
    else:
        notebook.cell(
            f"def fit():\n    trainer = pl.Trainer({QUIET})\n    trainer.fit(Lit(), loader)\n"
        )
        heavy = "fit()"
    (advice,) = t01(notebook.advise(heavy))
    assert advice.place.cell_id == "cell 3"
    assert 'precision="bf16-mixed"' in advice.change.text
    notebook.cell(advice.change.text)
    assert t01(notebook.advise(heavy)) == []


TRAINER_IN_MAIN = """\
def main():
    model = transformers.BertForSequenceClassification(transformers.BertConfig(
        hidden_size=256, num_hidden_layers=2, num_attention_heads=2, intermediate_size=512, vocab_size=32))
    args = transformers.TrainingArguments(output_dir="out", max_steps=1, report_to=[], save_strategy="no",
                                          disable_tqdm=True, use_cpu=True, per_device_train_batch_size=8)
    trainer = transformers.Trainer(model=model, args=args, train_dataset=rows)
    trainer.train()
    return trainer
"""
ROWS = "rows = [{'input_ids': [1, 2, 3, 4], 'labels': 1}] * 8"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kept", [True, False])
def test_a_trainer_in_a_function_is_told_by_its_arguments(
    kept, notebook, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    notebook.names["transformers"] = pytest.importorskip("transformers")
    for cell in (
        SETUP,
        ROWS,
        TRAINER_IN_MAIN if kept else TRAINER_IN_MAIN.replace("    return trainer\n", ""),
    ):
        notebook.cell(cell)
    (advice,) = t01(notebook.advise("trainer = main()"))
    assert "bf16=True" in advice.change.text and advice.place.cell_id == "cell 3"
    notebook.cell(advice.change.text)
    assert t01(notebook.advise("trainer = main()")) == []


LIKE = {
    "autocast in a helper": (
        [TRAIN.replace("        loss = criterion(model(xb), yb)",
                       "        loss = step(model, xb, yb)"),
         "def step(model, xb, yb):\n    with torch.autocast('cpu', dtype=torch.bfloat16):\n"
         "        return criterion(model(xb), yb)\n", MADE],
        "train(net, data, opt)",
    ),
    "a small model of the function's own": (
        ["model = Net(2048)\n" + TRAIN,
         "def study(n):\n    model = nn.Linear(32, 4)\n"
         "    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)\n"
         "    for xb, yb in data * n:\n" + STEP],
        "study(2)",
    ),
    "only defined": ([MADE], TRAIN + "x.sum()"),
    "only defined, in a class": ([MADE], TRAINER + "x.sum()"),
    "one text a call": (
        ["big = Net(4096)\ndef score(row):\n    with torch.no_grad():\n        return big(row[None]).argmax().item()\n"],
        "found = [score(row) for row in x]",
    ),
    "a head on kept features": (
        ["head = nn.Linear(32, 4)\n" + TRAIN + "opt = torch.optim.SGD(head.parameters(), lr=0.1)"],
        "train(head, data, opt)",
    ),
    "another library's backward": (
        ["class Value:\n    def __init__(self):\n        self.net = 1\n"
         "    def backward(self):\n        return None\n"
         "def train(n):\n    for _ in range(n):\n        loss = Value()\n        loss.backward()\n"],
        "train(3)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", LIKE)
def test_what_looks_like_it_is_left_alone(form, notebook):
    before, heavy = LIKE[form]
    for cell in [SETUP, *before]:
        notebook.cell(cell)
    assert t01(notebook.advise(heavy)) == []
