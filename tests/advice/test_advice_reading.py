"""What reading alone lists, of rules that would else name most notebooks."""

import pytest

from greenlab.advice import read

TORCH = "import torch\nfrom torch import nn\n"
TRAIN = """\
def train(model, data, optimizer):
    for x, y in data:
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
"""


def listed(rule, *cells):
    found = read([(f"c{number}", cell) for number, cell in enumerate(cells)])
    return [
        (one.cell_id, one.place and one.place.function) for one in found if one.rule == rule
    ]


def test_a_training_is_listed_once_at_its_call():
    cells = (TORCH, TRAIN, "net = Net()", "train(net, data, opt)", "train(net, more, opt)")
    assert listed("T01", *cells) == [("c3", "train")]


@pytest.mark.parametrize(
    "cells",
    [
        ("import autograd", "for x in data:\n    loss = f(x)\n    loss.backward()"),
        (TORCH, TRAIN),  # never called
        (
            TORCH,
            TRAIN,
            "net = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2))",
            "train(net, d, o)",
        ),
        (TORCH, "with torch.no_grad():\n    out = model(x)"),
        (
            "import lightning as L\nimport torch",
            "trainer = L.Trainer(precision='16-mixed')",
            "trainer.fit(lit)",
        ),
    ],
)
def test_what_says_too_little_is_not(cells):
    assert listed("T01", *cells) == []


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (("import lightning as L\nimport torch", "trainer = L.Trainer(max_epochs=3)", "trainer.fit(lit)"), True),
        (("from transformers import Trainer, TrainingArguments\nimport torch",
          "def main():\n    args = TrainingArguments('out')\n    trainer = Trainer(model, args)\n    trainer.train()", "main()"), True),
        (("from accelerate import Accelerator\nimport torch",
          "def main():\n    accelerator = Accelerator()\n    for b in d:\n        accelerator.backward(model(b))", "main()"), True),
    ],
)  # fmt: skip
def test_a_library_that_was_told_nothing_is(cells, says):
    assert bool(listed("T01", *cells)) is says


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (("import keras", "model = keras.Sequential()", "model.fit(x, y, epochs=30, validation_split=0.1)"), True),
        (("import keras", "model = keras.Sequential()", "model.fit(x, y, epochs=29, validation_split=0.1)"), False),
        (("import keras", "model = keras.Sequential()", "model.fit(x, y, epochs=30)"), False),
        (("import keras", "E = 40\nmodel = keras.Sequential()", "model.fit(x, y, epochs=E, validation_data=v)"), True),
        (("import keras", "model = keras.Sequential()",
          "model.fit(x, y, epochs=99, validation_data=v, callbacks=[keras.callbacks.EarlyStopping()])"), False),
        (("import lightning as L", "trainer = L.Trainer(max_epochs=50)", "trainer.fit(lit)"), True),
        (("import lightning as L", "trainer = L.Trainer(max_epochs=49)", "trainer.fit(lit)"), False),
        (("from transformers import Trainer, TrainingArguments",
          "args = TrainingArguments('out', num_train_epochs=10)\ntrainer = Trainer(model, args)", "trainer.train()"), True),
        (("from transformers import Trainer, TrainingArguments",
          "args = TrainingArguments('out', num_train_epochs=3)\ntrainer = Trainer(model, args)", "trainer.train()"), False),
    ],
)  # fmt: skip
def test_literal_epochs_that_nothing_stops_are_listed(cells, says):
    assert bool(listed("T12", *cells)) is says
