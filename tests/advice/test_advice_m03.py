"""M03: a real zero-shot pipeline with random weights; the words are carried out."""

import re

import pytest
from advice_cells import HEAVY, found, run
from language_models import tokenizer

from greenlab.advice import Signals

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("sklearn")
pytestmark = pytest.mark.torch

ASK = """\
answers = judge(texts, candidate_labels=["a", "b"], hypothesis_template="{}", batch_size=64)
labels = [one["labels"][0] for one in answers]
"""
NAMES = ("contradiction", "neutral", "entailment")


@pytest.fixture(scope="module")
def judge():
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=64, hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64, initializer_range=0.4,
        id2label=dict(enumerate(NAMES)), label2id={name: n for n, name in enumerate(NAMES)},
    )  # fmt: skip
    model = transformers.BertForSequenceClassification(config).eval()
    return transformers.pipeline("zero-shot-classification", model=model, tokenizer=tokenizer())


@pytest.fixture(scope="module")
def kinds(judge):
    """Texts by the label that the pipeline gives them."""
    texts = [f"w{n} w{n} w{n}" for n in range(30)]
    answers = judge(texts, candidate_labels=["a", "b"], hypothesis_template="{}")
    found = {"a": [], "b": []}
    for answer in answers:
        found[answer["labels"][0]].append(answer["sequence"])
    assert all(found.values())
    return found


@pytest.fixture
def namespace(judge, kinds):
    texts = [some[n % len(some)] for n in range(160) for some in kinds.values()]
    return {"judge": judge, "texts": texts}


def mine(source, namespace, signals=HEAVY):
    return [one for one in found(source, namespace, signals) if one.rule == "M03"]


def test_it_is_found_and_its_words_work(namespace):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    run(ASK, namespace)
    (one,) = mine(ASK, namespace)
    texts = namespace["texts"]
    assert f"{2 * len(texts):,} times, for {len(texts):,} texts" in one.because[1]
    fit, predict = re.findall(r"`([^`]+)`", one.because[-1])
    after = {
        "make_pipeline": make_pipeline, "TfidfVectorizer": TfidfVectorizer,
        "LogisticRegression": LogisticRegression, **namespace,
    }  # fmt: skip
    run(f"{ASK.replace('texts', 'texts[:100]')}{fit}\nrest = {predict}", after)
    both = zip(after["rest"], namespace["labels"][100:], strict=True)
    assert sum(a == b for a, b in both) / len(after["rest"]) > 0.9
    assert one.saving and one.saving.low < 1 - 100 / len(texts) <= one.saving.high + 0.01


@pytest.mark.parametrize(
    "source",
    [
        ASK.replace("judge(texts", "judge(sequences=texts"),
        ASK.replace('candidate_labels=["a", "b"]', "names").replace("texts,", "texts,", 1),
        ASK.replace("judge", "pipe").replace("texts", "rows"),
    ],
)
def test_it_is_found_however_it_is_written(source, namespace):
    names = {**namespace, "names": ["a", "b"], "pipe": namespace["judge"]}
    names["rows"] = names["texts"]
    run(source, names)
    assert mine(source, names)


@pytest.mark.parametrize(
    "source",
    [
        ASK.replace("judge(texts", "judge(texts[:50]"),
        ASK.replace("batch_size", "multi_label=True, batch_size"),
        f"{ASK}student.fit(texts, labels)",
        "answers = other(texts, ['a', 'b'])",
    ],
)
def test_silence(source, namespace):
    class Student:
        def fit(self, texts, labels):
            pass

    names = {**namespace, "student": Student(), "other": lambda texts, labels: texts}
    run(source, names)
    assert mine(source, names) == []


def test_silent_where_a_label_is_rare_or_alone(namespace, kinds):
    for rare in (4, 0):
        names = {**namespace, "texts": kinds["a"][:1] * 330 + kinds["b"][:1] * rare}
        run(ASK, names)
        assert mine(ASK, names) == []


def test_silent_where_it_waited(namespace):
    run(ASK, namespace)
    assert mine(ASK, namespace, Signals(60.0, HEAVY.energy_j, cpu_s=2.0)) == []


def test_listed_where_the_answers_are_not_in_sight(namespace):
    source = "def ask(pipe, rows):\n    return pipe(rows, ['a', 'b'])\nask(judge, texts)"
    run(source, namespace)
    assert [one.status for one in mine(source, namespace)] == ["candidate"]
