"""L01 for rows: a column read row by row, records, places, Keras, and rows of one."""

import random

import numpy as np
import pandas as pd
import pytest
from advice_cells import found, rules, run
from language_models import bert, tokenizer

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def namespace():
    draw = random.Random(0)
    texts = [" ".join(draw.choices("abcdefgh", k=6)) for _ in range(40)]
    frame = pd.DataFrame({"number": range(40), "text": texts})
    names = {"tok": tokenizer(), "model": bert(), "torch": torch, "np": np, "pd": pd}
    return names | {"df": frame, "texts": texts, "records": frame.to_dict("records")}


CLASS = """class Judge:
    def __init__(self, tok, net):
        self.tok = tok
        self.net = net
    def predict(self, text):
        with torch.no_grad():
            enc = self.tok(text, return_tensors="pt")
            return int(self.net(**enc).logits.argmax())

judge = Judge(tok, model)
out = []
"""
ROWS = [
    'for number, row in df.iterrows():\n    out.append(judge.predict(row["text"]))',
    "for row in df.itertuples():\n    out.append(judge.predict(row.text))",
    'for i in range(len(df)):\n    out.append(judge.predict(df.loc[i, "text"]))',
    'for i in range(len(df)):\n    out.append(judge.predict(df["text"].iloc[i]))',
    "for i in range(len(texts)):\n    out.append(judge.predict(texts[i]))",
    'df["out"] = df.apply(lambda row: judge.predict(row["text"]), axis=1)',
    'for one in records:\n    one["out"] = judge.predict(one["text"])',
    "out = [judge.predict(text) for text in texts * 2]",
]


@pytest.mark.parametrize("loop", ROWS)
def test_the_texts_of_rows_are_found(loop, namespace):
    ns = dict(namespace)
    run(CLASS + loop, ns)
    assert "L01" in rules(found(CLASS + loop, ns))


@pytest.mark.parametrize(
    "loop",
    [
        ROWS[0].replace("df.", "df.head(5)."),
        "text = texts[0]\nfor i in range(len(df)):\n    text = texts[judge.predict(text)]",
        "for i in range(0, len(texts), 8):\n    out.append(judge.net(**tok(texts[i : i + 8], "
        "return_tensors='pt', padding=True)).logits)",
    ],
)
def test_few_rows_chains_and_batches_are_left_alone(loop, namespace):
    ns = dict(namespace)
    run(CLASS + loop, ns)
    assert "L01" not in rules(found(CLASS + loop, ns))


NET = """class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.line = torch.nn.Linear(6, 2)
    def forward(self, x):
        return self.line(x)

net = Net().eval()
out = []
with torch.no_grad():
    for x in rows:
        out.append(net(ONE).argmax())
"""


@pytest.mark.parametrize("one", ["x.unsqueeze(0)", "x[None]", "torch.tensor(x).unsqueeze(0)"])
def test_a_row_of_one_is_found(one, namespace):
    rows = np.ones((40, 6), "float32")
    ns = {**namespace, "rows": rows if "tensor" in one else torch.tensor(rows)}
    source = NET.replace("ONE", one)
    run(source, ns)
    assert "L01" in rules(found(source, ns))


def test_what_may_be_a_batch_already_is_left_alone(namespace):
    ns = {**namespace, "rows": [torch.ones(8, 6)] * 40}
    source = NET.replace("ONE", "x")
    run(source, ns)
    assert "L01" not in rules(found(source, ns))


class Model:
    """As much of Keras's model as the rule asks for."""

    def predict(self, rows, verbose=0):
        return np.ones((len(rows), 1))


Model.__module__ = "keras.src.models.model"

KERAS = (
    "def one(x):\n    return float(net.predict(GIVEN)[0, 0])\nout = [one(x) for x in rows]\n"
)


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ("x.reshape(1, -1)", True),
        ("np.expand_dims(x, 0)", True),
        ("x[None], verbose=0", True),
        ("rows", False),
    ],
)
def test_keras_predicts_one_row_at_a_time(given, rule, namespace):
    ns = {**namespace, "net": Model(), "rows": np.ones((120, 6))}
    source = KERAS.replace("GIVEN", given)
    run(source, ns)
    assert ("L01" in rules(found(source, ns))) is rule
