"""M02: smell, fixed, look-alike; the change in words runs and agrees with the model."""

import random

import pandas as pd
import pytest
from advice_cells import ENERGY, found, rules, run
from language_models import gpt2, tokenizer

from greenlab.advice import Signals, read

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def namespace():
    """A model that says `y` to texts with more a than b, and `n` to the others."""
    draw = random.Random(0)
    texts = [" ".join(draw.choices("ab", k=9)) for _ in range(320)]
    tok, model = tokenizer(), gpt2()
    ids = tok(texts, return_tensors="pt").input_ids
    yes, no = tok.convert_tokens_to_ids(["y", "n"])
    says = torch.tensor([yes if text.count("a") > 4 else no for text in texts])
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(80):
        loss = torch.nn.functional.cross_entropy(model(ids).logits[:, -1], says)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    pipe = transformers.pipeline("text-generation", model=model, tokenizer=tok, device="cpu")
    return {"tok": tok, "model": model, "pipe": pipe, "texts": texts, "torch": torch}


LOOP = """labels = []
for text in texts:
    ids = tok(text, return_tensors="pt").input_ids
    out = model.generate(ids, do_sample=False, max_new_tokens=1)
    labels.append(tok.decode(out[0, -1:]))
"""
FUNCTION = """def judge(llm, text):
    out = llm.generate(tok(text, return_tensors="pt").input_ids, max_new_tokens=1)
    return tok.decode(out[0, -1:]).strip()

labels = [judge(model, text) for text in texts]
"""
PIPE = """outs = pipe(texts, max_new_tokens=1, do_sample=False, batch_size=32, return_full_text=False)
labels = [out[0]["generated_text"].strip() for out in outs]
"""
OBJECT = """class Judge:
    def __init__(self, llm):
        self.llm = llm
    def __call__(self, text):
        out = self.llm.generate(tok(text, return_tensors="pt").input_ids, max_new_tokens=1)
        return tok.decode(out[0, -1:]).strip()

table = pd.DataFrame({"text": texts})
table["label"] = table["text"].apply(Judge(model))
"""
HELPERS = """def ask(text):
    out = model.generate(tok(text, return_tensors="pt").input_ids, max_new_tokens=1)
    return tok.decode(out[0, -1:])

def judge_all(texts):
    found = []
    for text in texts:
        found.append(ask(text).strip())
    return found

labels = judge_all(texts)
"""


@pytest.mark.parametrize("source", [LOOP, FUNCTION, PIPE, OBJECT, HELPERS])
def test_a_few_labels_for_many_texts_are_found_in_every_shape(source, namespace):
    ns = {**namespace, "pd": pd}
    run(source, ns)
    (advice,) = [one for one in found(source, ns) if one.rule == "M02"]
    assert any("320 answers, only 2 different ones: n, y" in one for one in advice.because)
    assert advice.change is None


def test_the_change_in_words_runs_and_agrees_with_the_model(namespace):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    ns = dict(namespace)
    run(PIPE, ns)
    (advice,) = [one for one in found(PIPE, ns) if one.rule == "M02"]
    assert "make_pipeline(TfidfVectorizer(), LogisticRegression())" in advice.because[-1]
    words = TfidfVectorizer(token_pattern=r"\w")
    texts, labels = ns["texts"], ns["labels"]
    clf = make_pipeline(words, LogisticRegression()).fit(texts[:100], labels[:100])
    assert clf.score(texts[100:], labels[100:]) > 0.9


def test_renaming_changes_nothing(namespace):
    names = {"t": namespace["tok"], "m": namespace["model"], "rows": namespace["texts"]}
    source = (
        LOOP.replace("tok(", "t(")
        .replace("tok.", "t.")
        .replace("model.", "m.")
        .replace("texts", "rows")
    )
    run(source, names)
    assert "M02" in rules(found(source, names))


@pytest.mark.parametrize(
    "source",
    [
        f"from sklearn.dummy import DummyClassifier as D\n{PIPE}"
        "D().fit(texts, labels).predict(texts)",  # fixed
        LOOP.replace("in texts", "in texts[:200]"),  # few texts
        LOOP.replace("out[0, -1:]", "out[0]"),  # all the text: no labels
        LOOP.replace("tok.decode(out[0, -1:])", "'same'"),  # not what the model wrote
        "labels = ['y' if text.count('a') > 4 else 'n' for text in texts]",  # no model
        "class model:\n    generate = staticmethod(lambda t: t[-1])\n"
        "labels = [model.generate(text) for text in texts]",  # somebody else's
    ],
)
def test_silence(source, namespace):
    ns = dict(namespace)
    run(source, ns)
    assert "M02" not in rules(found(source, ns))


def test_silence_for_a_label_too_rare_to_learn(namespace):
    ns = dict(namespace)
    run(PIPE, ns)
    ns["labels"] = [*ns["labels"][:-1], "maybe"]
    assert "M02" not in rules(found(PIPE, ns))


def test_a_cell_that_only_waits_is_left_alone(namespace):
    ns = dict(namespace)
    run(PIPE, ns)
    assert "M02" not in rules(found(PIPE, ns, Signals(60.0, ENERGY, cpu_s=1.0)))


def test_reading_alone_lists_nothing():
    assert read([(None, "labels = [model.generate(text) for text in texts]")]) == ()


ASKED = """prompts = [PROMPT.format(text=text) for text in texts[:140]]
answers = []
for start in range(0, len(prompts), 20):
    enc = tok(prompts[start : start + 20], return_tensors="pt", padding=True)
    answers += tok.batch_decode(model.generate(**enc, max_new_tokens=3, do_sample=True))
"""
OF_LIST = """LABELS = ["billing", "delivery", "refund"]

class Sorter:
    def __init__(self, llm):
        self.llm = llm
    def ask(self, text):
        prompt = f"Choose one topic. Topics are {', '.join(LABELS)} ; the text is {text}"
        out = self.llm.generate(**tok(prompt, return_tensors="pt"), max_new_tokens=4, do_sample=True)
        return tok.decode(out[0, -4:])

table = pd.DataFrame({"text": texts[:140]})
table["topic"] = table["text"].map(Sorter(model).ask)
"""
PROMPTS = [
    "Is this review positive, negative or neutral? {text}",
    "Answer with yes/no : is it spam? {text}",
    "Classify into [joy, anger, fear] : {text}",
    "Give a rating from 1 to 5 . Answer with the number. {text}",
]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_prompt_that_names_its_labels_is_enough(prompt, namespace):
    ns = {**namespace, "PROMPT": prompt}
    run(ASKED, ns)
    (advice,) = [one for one in found(ASKED, ns) if one.rule == "M02"]
    assert any("was asked for one of a few labels 140 times" in one for one in advice.because)


def test_a_list_of_labels_joined_into_the_prompt_is_enough(namespace):
    ns = {**namespace, "pd": pd}
    run(OF_LIST, ns)
    (advice,) = [one for one in found(OF_LIST, ns) if one.rule == "M02"]
    assert any("billing, delivery, refund" in one for one in advice.because)


@pytest.mark.parametrize(
    ("prompt", "old", "new"),
    [
        ("Continue this text: {text}", "", ""),  # free text
        ("What is the name of the river in the text? {text}", "", ""),  # an answer of its own
        (PROMPTS[0], "max_new_tokens=3", "max_new_tokens=30"),  # reasons are asked for as well
        (PROMPTS[0], "texts[:140]", "texts[:60]"),  # few texts
    ],
)
def test_prompts_that_leave_the_answer_open_are_left_alone(prompt, old, new, namespace):
    ns = {**namespace, "PROMPT": prompt}
    source = ASKED.replace(old, new) if old else ASKED
    run(source, ns)
    assert "M02" not in rules(found(source, ns))


FIRST = """texts = [f"text {n}" for n in range(150)]
def asked(text):
    return f"Is this review positive or negative? {text} Answer:"
"""
WRITE = 'tok.decode(model.generate(tok(asked(text), return_tensors="pt").input_ids, max_new_tokens=2)[0, -1:])'
# The answers are kept in another way than as a list of texts.
KEPT = {
    "a dictionary": f"found = {{n: {WRITE} for n, text in enumerate(texts)}}",
    "a column, row by row": "table = pd.DataFrame({'text': texts})\ntable['answer'] = ''\n"
    f"for n, row in table.iterrows():\n    text = row['text']\n    table.loc[n, 'answer'] = {WRITE}",
    "a list that main gives back": "def main(rows):\n    answers = []\n"
    "    for start in range(0, len(rows), 8):\n        for text in rows[start:start + 8]:\n"
    f"            answers.append({WRITE})\n    return answers\nsaid = main(texts)",
    "objects of a class": "class Judge:\n    def __init__(self, labels):\n        self.labels = labels\n"
    f"    def __call__(self, text):\n        return {WRITE}\njudge = Judge(['positive', 'negative'])\n"
    "found = {n: judge(text) for n, text in enumerate(texts)}",
    "a column of a function's": f"def label(text):\n    return {WRITE}.strip() or None\n"
    "table = pd.DataFrame({'text': texts})\ntable['label'] = table['text'].apply(label)",
}


@pytest.mark.parametrize("kept", KEPT)
def test_texts_count_however_the_answers_are_kept(kept, notebook, namespace):
    notebook.names |= {**namespace, "pd": pd}
    notebook.cell(FIRST)
    (advice,) = [one for one in notebook.advise(KEPT[kept]) if one.rule == "M02"]
    assert any("one of a few labels 150 times: negative, positive" in f for f in advice.because)


@pytest.mark.parametrize(
    "source",
    [
        f"text = texts[0]\nfor _ in range(150):\n    answer = {WRITE}",  # of one text
        f"answers = [{WRITE} for text in texts[:50]]",  # few
        f"answers = [{WRITE} for text in texts if 'a' in text]",  # it may be few
        KEPT["a dictionary"].replace("max_new_tokens=2", "max_new_tokens=40"),
    ],
)
def test_silence_where_few_texts_or_long_answers_are_asked_for(source, notebook, namespace):
    notebook.names |= namespace
    notebook.cell(FIRST)
    assert "M02" not in rules(notebook.advise(source))


def test_a_deep_model_is_looked_at_in_time(notebook, namespace):
    """As deep as a large model: it is for those that the advice is worth most."""
    deep = gpt2(n_layer=48, n_embd=16)
    notebook.names |= {**namespace, "model": deep}
    notebook.cell(FIRST)
    advice = notebook.advise(f"answers = [{WRITE} for text in texts]")
    assert "M02" in rules(advice)
