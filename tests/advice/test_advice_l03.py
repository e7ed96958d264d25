"""L03: smell, fixed, look-alike, fix-hurts; the change gives the same answers."""

import pytest
from advice_cells import ENERGY, change, rules, run
from advice_cells import found as found_by_all
from language_models import bert, tokenizer

from greenlab.advice import Signals, read

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.torch

TEXTS = ["a b c d", "e f", "g h i j k l", "m"] * 4


def found(*cell):
    """What this rule says: the cells keep gradients as well, which is T03's to tell."""
    return tuple(one for one in found_by_all(*cell) if one.rule == "L03")


@pytest.fixture(scope="module")
def namespace():
    return {"torch": torch, "tok": tokenizer(), "model": bert(), "texts": TEXTS}


PAD = 'padding="max_length", max_length=64, truncation=True, return_tensors="pt"'
ONCE = f"enc = tok(texts, {PAD})  # wide\nwith torch.no_grad():\n    out = model(**enc).logits"


@pytest.mark.parametrize(
    "source",
    [
        ONCE,
        "scores = []\nfor text in texts:\n"
        f"    enc = tok(text, {PAD})\n    scores.append(model(**enc).logits)\n"
        "out = torch.cat(scores).detach()",
        f"def judge(net, some):\n    enc = tok(some, {PAD})\n    return net(**enc).logits.detach()\n"
        "enc = None\nout = judge(model, texts)",
        "scores = []\nfor start in range(0, 16, 4):\n    enc = tok(\n"
        "        texts[start : start + 4],\n        padding='max_length',\n        max_length=64,\n"
        "        return_tensors='pt',\n        truncation=True,\n    )\n    scores.append(model(**enc).logits.detach())\n"
        "out = torch.cat(scores)",
    ],
)
def test_it_is_found_in_every_shape_and_the_change_answers_alike(source, namespace):
    before, after = dict(namespace), dict(namespace)
    run(source, before)
    advice = found(source, before)
    assert rules(advice) == ["L03"]
    run(change(advice), after)
    torch.testing.assert_close(before["out"], after["out"], atol=1e-5, rtol=1e-4)
    if before["enc"] is None:  # what a function keeps to itself is told by the texts
        assert found(change(advice), after) == ()
        return
    assert after["enc"]["input_ids"].shape[-1] < 64
    assert found(change(advice), after) == ()


def test_renaming_changes_nothing_and_the_facts_have_numbers(namespace):
    names = {"cut": namespace["tok"], "net": namespace["model"], "texts": TEXTS, "torch": torch}
    source = ONCE.replace("tok(", "cut(").replace("model(", "net(").replace("enc", "batch")
    run(source, names)
    (advice,) = found(source, names)
    assert "# wide  # greenlab:L03" in advice.change.text
    assert any("up to 6 tokens, all padded to 64" in fact for fact in advice.because)


@pytest.mark.parametrize(
    "source",
    [
        ONCE.replace('padding="max_length"', "padding=True"),  # fixed
        ONCE.replace("max_length=64", "max_length=6"),  # no wider than the longest
        f"enc = tok(texts, {PAD})",  # no model here
        f"enc = tok(texts, {PAD})\nout = model(enc['input_ids'])",  # without the mask
        "def tok(texts, **words): return {'input_ids': torch.ones(1, 9, dtype=int)}\n"
        f"enc = tok(texts, {PAD})\nout = model(**enc)",  # somebody else's
    ],
)
def test_silence(source, namespace):
    ns = dict(namespace)
    run(source, ns)
    assert found(source, ns) == ()


def test_words_where_the_outputs_are_as_wide_as_the_text(namespace):
    ns = {**namespace, "model": bert("BertModel")}
    source = ONCE.replace("logits", "last_hidden_state")
    run(source, ns)
    (advice,) = found(source, ns)
    assert advice.change is None
    assert any("by hand" in fact for fact in advice.because)


def test_words_where_the_length_would_be_ignored(namespace):
    ns = dict(namespace)
    source = ONCE.replace(" truncation=True,", "")
    run(source, ns)
    (advice,) = found(source, ns)
    assert advice.change is None
    assert any("`max_length`" in fact for fact in advice.because)


def test_silence_for_a_compiled_model(namespace):
    ns = {**namespace, "model": torch.compile(namespace["model"], backend="eager")}
    ns["enc"] = namespace["tok"](
        TEXTS, padding="max_length", max_length=64, return_tensors="pt"
    )
    assert found(ONCE, ns) == ()


def test_a_cell_that_only_waits_is_left_alone(namespace):
    ns = dict(namespace)
    run(ONCE, ns)
    assert found(ONCE, ns, Signals(60.0, ENERGY, cpu_s=1.0)) == ()


def test_reading_alone_lists_a_candidate():
    load = "from transformers import AutoTokenizer\ntok = AutoTokenizer.from_pretrained('x')"
    (advice,) = read([(None, load), (None, ONCE.replace("64", "256"))])
    assert (advice.rule, advice.cell_index) == ("L03", 1)


CLASS = f"""\
class Judge:
    def __init__(self, tokenizer, model):
        self.tokenizer = tokenizer
        self.model = model

    def encode(self, some):
        return self.tokenizer(some, {PAD})

    def judge(self, some, size=4):
        out = []
        for batch in DataLoader(some, batch_size=size):
            out += [*self.model(**self.encode(batch)).logits.detach()]
        return out
"""


@pytest.mark.parametrize(
    ("texts", "fires"), [(TEXTS, True), (["a b c d e f g h i j " * 3] * 16, False)]
)
def test_a_class_of_another_cell_that_pads(texts, fires, namespace):
    from torch.utils.data import DataLoader

    names = {**namespace, "DataLoader": DataLoader, "texts": texts}
    source = CLASS + "out = Judge(tok, model).judge(texts)"
    run(source, names)
    advice = found(source, names)
    assert bool(advice) is fires
    if fires:
        assert any("padded to 64" in fact for fact in advice[0].because)
        after = dict(names)
        run(change(advice), after)
        torch.testing.assert_close(names["out"], after["out"], atol=1e-5, rtol=1e-4)


DATA = """\
class Tweets:
    def __init__(self, tweets, tok, width):
        self.tweets, self.tok, self.width = tweets, tok, width
    def row(self, i):
        one = self.tok(" ".join(str(self.tweets[i]).split()), padding="max_length",
                       max_length=self.width, truncation=True, return_tensors="pt")
        return one

def run_all(frame, net):
    data = Tweets(frame["tweet"].values, tok, WIDTH)
    for i in range(len(frame)):
        enc = data.row(i)
        net(enc["input_ids"], attention_mask=enc["attention_mask"])

run_all(table.head(6), model)
"""
KEPT = """\
class Pairs:
    def __init__(self, texts, tok):
        self.features = tok(texts, padding="max_length", max_length=64, truncation=True)

class Holder:
    def __init__(self, train_dataset, model):
        self.train_dataset, self.model = train_dataset, model

def main():
    return Holder(Pairs([text + " a" for text in texts], tok), model)

trainer = main()
"""


@pytest.mark.parametrize(("width", "rule"), [(64, True), (8, False)])
def test_the_column_that_a_data_set_was_given(width, rule, namespace):
    import pandas as pd

    ns = {**namespace, "table": pd.DataFrame({"id": ["x"] * len(TEXTS), "tweet": TEXTS})}
    source = DATA.replace("WIDTH", str(width))
    run(source, ns)
    assert (rules(found(source, ns)) == ["L03"]) is rule


@pytest.mark.parametrize(("width", "rule"), [(64, True), (8, False)])
def test_tokens_that_a_trainer_holds(width, rule, namespace):
    ns = dict(namespace)
    source = KEPT.replace("64", str(width))
    run(source, ns)
    assert (rules(found(source, ns)) == ["L03"]) is rule
