"""L01: smell, fixed, look-alike, fix-hurts; every rewrite runs and gives the same answers."""

import copy

import numpy as np
import pytest
from advice_cells import ENERGY, HEAVY, change, found, rules, run
from sklearn.linear_model import LogisticRegression

from greenlab.advice import Signals, read

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "good", "bad", "film", "very"]
SIZES = dict(
    hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
    vocab_size=len(WORDS),
)  # fmt: skip


@pytest.fixture(scope="module")
def table():
    X = np.random.default_rng(0).normal(size=(150, 3))
    y = (X[:, 0] > 0).astype(int)
    return {"X": X, "y": y, "np": np, "clf": LogisticRegression().fit(X, y)}


@pytest.fixture(scope="module")
def transformers():
    return pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def tokenizer(transformers):
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    inner = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token="[MASK]",
    )  # fmt: skip


TEXTS = ["a very good film", "a [MASK] film", "bad", "a very very bad film"] * 5
MASKS = [f"{text.replace('[MASK]', 'good')} [MASK]" for text in TEXTS]


def namespace(transformers, tokenizer, task, texts=TEXTS):
    import torch

    torch.manual_seed(0)
    kind = {
        "text-classification": transformers.BertForSequenceClassification,
        "fill-mask": transformers.BertForMaskedLM,
        "token-classification": transformers.BertForTokenClassification,
    }[task]
    model = kind(transformers.BertConfig(**SIZES)).eval()
    pipe = transformers.pipeline(task, model=model, tokenizer=tokenizer, device="cpu")
    return {"pipe": pipe, "texts": list(texts)}


LOOP = "answers = []\nfor text in texts:\n    answers.append((text, pipe(text)))  # one\n"
LIST = "answers = [pipe(text) for text in texts]"
COUNTED = "answers = {}\nfor n, text in enumerate(texts):\n    answers[n] = pipe(text, truncation=True)"


def alike(before, after):
    if isinstance(before, float):
        return after == pytest.approx(before, abs=1e-4)
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(alike(before[k], after[k]) for k in before)
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(map(alike, before, after))
    return before == after


@pytest.mark.torch
@pytest.mark.parametrize("source", [LOOP, LIST, COUNTED])
@pytest.mark.parametrize("task", ["text-classification", "fill-mask", "token-classification"])
def test_a_pipeline_in_a_loop_is_handed_all_texts_and_answers_alike(
    source, task, transformers, tokenizer
):
    if task != "text-classification":
        source = source.replace(", truncation=True", "")
    before = namespace(transformers, tokenizer, task, MASKS if task == "fill-mask" else TEXTS)
    after = dict(before)
    run(source, before)
    text = change(found(source, before))
    assert "batch_size=8" in text
    assert "# greenlab:L01" in text
    run(text, after)
    assert alike(before["answers"], after["answers"])


@pytest.mark.torch
def test_all_scores_keep_their_shape(transformers, tokenizer):
    source = "answers = [pipe(text, top_k=2)[0]['label'] for text in texts]"
    before = namespace(transformers, tokenizer, "text-classification")
    after = dict(before)
    run(source, before)
    run(change(found(source, before)), after)
    assert before["answers"] == after["answers"]


@pytest.mark.torch
@pytest.mark.parametrize("name", ["pipe", "judge"])
def test_renaming_changes_nothing_and_the_facts_have_numbers(name, transformers, tokenizer):
    ns = namespace(transformers, tokenizer, "text-classification")
    warned = Signals(
        10.0, ENERGY, warnings=("You seem to be using the pipelines sequentially on GPU.",)
    )
    (advice,) = found(LIST.replace("pipe", name), {name: ns["pipe"], "texts": TEXTS}, warned)
    assert any("20 items, 500 ms per item" in fact for fact in advice.because)
    assert any("transformers warned" in fact for fact in advice.because)


@pytest.mark.torch
@pytest.mark.parametrize(
    "source",
    [
        "answers = pipe(texts, batch_size=8)",  # fixed
        "answers = [pipe(text) for text in texts[:3]]",  # few
        "for text in texts:\n    if pipe(text)[0]['score'] > 2:\n        break",  # stops early
        "answers = [pipe(text) for text in texts if 'film' in text]",  # filters
        "def pipe(x): return x\nanswers = [pipe(text) for text in texts]",  # a look-alike
    ],
)
def test_silence(source, transformers, tokenizer):
    ns = namespace(transformers, tokenizer, "text-classification")
    run(source, ns)
    assert found(source, ns) == ()


@pytest.mark.torch
@pytest.mark.parametrize(
    ("texts", "fires"),
    [
        (["a very good film"] * 20, True),
        (["a very good film " * 50] * 20, False),  # each fills the processor by itself
        (["a"] * 100 + ["a very good film " * 50], True),  # one batch of many is padded
        ((["a"] * 7 + ["a very good film " * 50]) * 3, False),  # each batch is
        (["a very good film " * 50] * 8 + ["a"] * 300, True),
    ],
)
def test_long_and_uneven_texts_are_left_alone(texts, fires, transformers, tokenizer):
    ns = namespace(transformers, tokenizer, "text-classification", texts)
    assert bool(found(LIST, ns)) is fires


@pytest.mark.torch
def test_no_edit_where_the_item_changes_first(transformers, tokenizer):
    ns = namespace(transformers, tokenizer, "text-classification")
    source = "for text in texts:\n    text = text.upper()\n    pipe(text)"
    (advice,) = found(source, ns)
    assert advice.change is None


@pytest.mark.torch
def test_generate_in_a_loop_gets_words(transformers):
    import torch

    config = transformers.GPT2Config(
        n_embd=16, n_layer=1, n_head=2, vocab_size=20, n_positions=32
    )
    ns = {
        "model": transformers.GPT2LMHeadModel(config).eval(),
        "prompts": [torch.randint(0, 20, (1, 4)) for _ in range(20)],
    }
    (advice,) = found("for p in prompts:\n    out = model.generate(p, max_new_tokens=4)", ns)
    assert (advice.rule, advice.change) == ("L01", None)
    assert any("padding on the left" in fact for fact in advice.because)


@pytest.mark.torch
def test_a_conversation_is_left_alone(transformers):
    import torch

    config = transformers.GPT2Config(
        n_embd=16, n_layer=1, n_head=2, vocab_size=20, n_positions=256
    )
    ns = {
        "torch": torch,
        "model": transformers.GPT2LMHeadModel(config).eval(),
        "turns": [torch.randint(0, 20, (1, 2)) for _ in range(20)],
    }
    talk = (
        "history = torch.zeros((1, 1), dtype=torch.long)\nfor turn in turns:\n"
        "    history = torch.cat([history, turn], dim=1)\n"
        "    history = model.generate(history, max_new_tokens=4)"
    )
    helper = (
        "said = []\ndef answer(turn):\n"
        "    text = torch.cat([*said, turn], dim=1)\n"
        "    out = model.generate(text, max_new_tokens=4)\n    said.append(out[:, -4:])\n"
        "for turn in turns:\n    answer(turn)"
    )
    for source in (talk, helper):
        run(source, ns)
        assert found(source, ns) == ()


@pytest.mark.torch
@pytest.mark.parametrize(
    "source",
    [
        "answers = [pipe(text.upper()) for text in texts]",
        "answers = [pipe(text[:40])[0]['label'] for text in table['t'].tolist()]",
        "p = table['t'].apply(lambda text: pipe(text)[0]['label'])",
        "p = table.t.map(pipe)",
        "def judge(text):\n    return pipe(text)[0]\np = table['t'].apply(judge)",
        "answers = []\nfor i, row in table.iterrows():\n    answers.append(pipe(row['t']))",
        "for i in range(len(table)):\n    table.at[i, 'label'] = pipe(table['t'][i])[0]['label']",
    ],
)
def test_each_form_in_which_texts_are_judged_one_by_one(source, transformers, tokenizer):
    import pandas as pd

    ns = namespace(transformers, tokenizer, "text-classification")
    ns["table"] = pd.DataFrame({"t": ns["texts"], "label": ""})
    run(source, ns)
    assert rules(found(source, ns)) == ["L01"]


@pytest.mark.torch
def test_long_texts_of_a_table_are_left_alone(transformers, tokenizer):
    import pandas as pd

    ns = namespace(transformers, tokenizer, "text-classification")
    ns["table"] = pd.DataFrame({"t": ["a very good film " * 50] * 20})
    source = "p = table['t'].apply(lambda text: pipe(text)[0]['label'])"
    run(source, ns)
    assert found(source, ns) == ()


@pytest.mark.torch
def test_silence_for_diffusion(transformers):
    module = {"__module__": "diffusers.pipelines.flux.pipeline_flux"}
    ns = {"pipe": type("FluxPipeline", (), module)(), "prompts": ["a cat"] * 50}
    assert found("images = [pipe(p) for p in prompts]", ns) == ()


@pytest.mark.parametrize(
    "source",
    [
        "answers = []\nfor row in X:\n    answers.append(clf.predict(row.reshape(1, -1))[0])",
        "answers = [clf.predict_proba([row])[0, 1] for row in X]",
        "answers = [clf.decision_function(np.array([row]))[0] for row in X]",
        "answers = [clf.predict(row[None, :])[0] for row in X]",
        "answers = [clf.predict([row])[0] for row, z in zip(X, X[:, 0])]",
        "answers = [clf.predict([row])[0] for n, (z, row) in enumerate(zip(y, X))]",
        "!ls\nanswers = list(clf.predict([x])[0] for x in X)",
    ],
)
def test_sklearn_rows_are_predicted_at_once_with_the_same_answers(source, table):
    before, after = dict(table), dict(table)
    run(source, before)
    advice = found(source, before)
    assert rules(advice) == ["L01"]
    run(change(advice), after)
    np.testing.assert_allclose(before["answers"], after["answers"])


@pytest.mark.parametrize(
    "source",
    [
        "answers = clf.predict(X)",
        "answers = [clf.predict([row])[0] for row in X[:20]]",
        "few = X[:20]\nanswers = [clf.predict([row])[0] for row in few]",
        "for row in X:\n    clf.predict([row])\n    break",
        "for n in range(3):\n    clf.predict([X[n]])",
        "answers = [m.predict(X) for m in [clf] * 200]",  # many models, all rows at once
        "for part in np.array_split(X, 2):\n    clf.predict(part)",
        # What a call is given comes of the call before: as in a forecast fed by itself.
        "row = X[0]\nfor n in range(150):\n    p = clf.predict([row])[0]\n    row = row + p * X[n]",
        "seen = [0.0]\nfor x in X:\n    z = [*x[:2], seen[-1]]\n    seen.append(clf.predict([z])[0])",
        # The model is another one in each round: it learns, or is made anew.
        "for n in range(len(X)):\n    p = clf.predict(X[n:n+1])\n    clf.fit(X, y)",
        "from copy import copy\nfor row in X:\n    m = copy(clf)\n    m.predict([row])",
    ],
)
def test_silence_for_rows(source, table):
    ns = dict(table)
    run(source, ns)
    assert found(source, ns) == ()


def test_no_edit_where_the_loop_changes_the_model_or_the_rows(table):
    ns = copy.deepcopy({k: v for k, v in table.items() if k != "np"})
    source = "for row in X:\n    p = clf.predict([row])\n    X[0] = 0"
    (advice,) = found(source, ns)
    assert advice.change is None


CALLS = [
    "answers = [clf.predict([row * 2])[0] for row in X]",
    "answers = [clf.predict([X[i]])[0] for i in range(len(X))]",
    "answers = []\nfor i in tqdm(range(X.shape[0])):\n    answers += [*clf.predict(X[i:i+1])]",
    "for i in range(len(table)):\n    p = clf.predict(table.iloc[[i]])",
    "for i in table.index:\n    p = clf.predict(table.loc[i, ['a', 'b', 'c']].values.reshape(1, -1))",
    "for _, row in table.iterrows():\n    p = clf.predict(row.to_frame().T)",
    "for _, row in table.iterrows():\n    one = [[row['a'], row.b, row['c']]]\n    p = clf.predict(one)",
    "for row in table.itertuples():\n    p = clf.predict(np.array([[row.a, row.b, row.c]]))[0]",
    "for row in table.values:\n    p = clf.predict(row[np.newaxis, :])",
    "for a, b, c in X:\n    p = clf.predict(pd.DataFrame({'a': [a], 'b': [b], 'c': [c]}))",
    "p = table.apply(lambda row: clf.predict([row])[0], axis=1)",
    "def judge(row):\n    return clf.predict(row.values.reshape(1, -1))[0]\np = table.apply(judge, axis=1)",
    "def judge(model, x):\n    one = x.reshape(1, -1)\n    return model.predict(one)[0]\n"
    "p = [judge(clf, x) for x in X]",
    "def judge(x):\n    return clf.predict([x])[0]\np = list(map(judge, X))",
    "def judge(x):\n    return clf.predict([x])[0]\n"
    "def all_of(rows):\n    return [judge(x) for x in rows]\np = all_of(X)",
    "answers = {n: clf.predict([row])[0] for n, row in enumerate(X)}",
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")
@pytest.mark.parametrize("source", CALLS)
def test_each_form_in_which_rows_are_predicted_one_by_one(source, table):
    import pandas as pd

    frame = pd.DataFrame(table["X"], columns=["a", "b", "c"])
    ns = {**table, "table": frame, "pd": pd, "tqdm": lambda rows: rows}
    run(source, ns)
    assert "L01" in rules(found(source, ns))


def test_a_model_that_learns_between_its_predictions_is_left_alone(table):
    from sklearn.linear_model import SGDClassifier

    ns = {**table, "sgd": SGDClassifier().fit(table["X"], table["y"])}
    source = (
        "right = 0\nfor x, t in zip(X, y):\n    right += sgd.predict([x])[0] == t\n"
        "    sgd.partial_fit([x], [t])"
    )
    run(source, ns)
    assert found(source, ns) == ()


def test_reading_alone_lists_a_candidate():
    (advice,) = read(
        [
            (None, "from transformers import pipeline\npipe = pipeline('sentiment-analysis')"),
            (None, "[pipe(t) for t in texts]"),
        ]
    )
    assert (advice.rule, advice.cell_index) == ("L01", 1)
    assert HEAVY.heavy()


OWN = """class Mood(torch.nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, **batch):
        return self.inner(**batch).logits

mood = Mood(pipe.model)
def predict(text):
    with torch.no_grad():
        return mood(**pipe.tokenizer(text, return_tensors="pt")).argmax().item()
"""


@pytest.mark.torch
@pytest.mark.parametrize(
    "call",
    [
        "answers = [predict(text) for text in frame['text'].tolist()]",
        "frame['mood'] = frame['text'].apply(predict)",
        "def label(frame, column='text'):\n    out = []\n    for text in frame[column].tolist():\n"
        "        out.append(predict(text))\n    return out\nanswers = label(frame)",
    ],
)
def test_a_model_of_the_users_own_that_is_given_one_text(call, transformers, tokenizer):
    import pandas as pd
    import torch

    ns = namespace(transformers, tokenizer, "text-classification")
    ns |= {"torch": torch, "frame": pd.DataFrame({"text": ns["texts"]})}
    run(OWN + call, ns)
    (advice,) = (one for one in found(OWN + call, ns) if one.rule == "L01")
    assert advice.status == "shown"
    assert any("each of 20 items" in fact for fact in advice.because)


@pytest.mark.torch
def test_a_pipeline_that_a_helper_makes_is_seen_when_it_is_gone(transformers, tokenizer):
    import pandas as pd

    ns = namespace(transformers, tokenizer, "text-classification")
    made = {
        "model": ns["pipe"].model,
        "tokenizer": tokenizer,
        "pipeline": transformers.pipeline,
    }
    names = {**made, "frame": pd.DataFrame({"text": ns["texts"]})}
    source = (
        "def label(frame, column='text'):\n"
        "    pipe = pipeline('text-classification', model=model, tokenizer=tokenizer)\n"
        "    return [pipe(text)[0]['label'] for text in frame[column].tolist()]\n"
        "answers = label(frame)\n"
    )
    run(source, names)
    (advice,) = (one for one in found(source, names) if one.rule == "L01")
    assert any("each of 20 items" in fact for fact in advice.because)
    several = source.replace(
        "[pipe(text)[0]['label'] for text in frame[column].tolist()]",
        "pipe(frame[column].tolist(), batch_size=8)",
    )
    run(several, names)
    assert not any(one.rule == "L01" for one in found(several, names))
