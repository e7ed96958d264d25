"""L01: the same loop over texts in the forms in which people write it, and what is none."""

import linecache
import types

import pytest
from advice_cells import found

TEXTS = [f"the text number {n}" for n in range(60)]
HELPER = "def label(text):\n    return pipe(text)[0]['label']\n"

ONE_BY_ONE = {
    "without what is missing": ["out = df['text'].dropna().apply(lambda t: pipe(str(t))[0])"],
    "a function without a name": [
        "label_all = lambda given: [pipe(t)[0] for t in given]\nout = label_all(texts)"
    ],
    "some are left out": ["out = [pipe(t)[0] for t in texts if t]"],
    "summed up": ["n = sum(pipe(t)[0]['label'] == 'POSITIVE' for t in texts)"],
    "a generator": [
        "def labels(given):\n    for t in given:\n        yield pipe(t)[0]",
        "out = list(labels(texts))",
    ],
    "threads": [f"{HELPER}out = list(pool.map(label, texts))"],
    "the model from a function": [
        "def get():\n    return pipe\ndef label(text):\n    model = get()\n    return model(text)[0]",
        "out = [label(t) for t in texts]",
    ],
    "lists of texts": [
        "parts = [texts[:30], texts[30:]]\nout = []\nfor part in parts:\n    for t in part:\n"
        "        out.append(pipe(t)[0])"
    ],
}
OTHERS = {
    "a model for each item": [
        "models = {t: pipe for t in texts}\ndef label(text):\n    model = models[text]\n"
        "    return model('the same')[0]",
        "out = [label(t) for t in texts]",
    ],
    "asked in the condition alone": [
        "def fits(t):\n    return True\nout = [t for t in texts if fits(t)]"
    ],
    "what a call gave goes into the next": [
        "def chat(given):\n    said = ''\n    for t in given:\n        said = said + t\n"
        "        said = said + pipe(said)[0]['label']\n        yield said",
        "out = list(chat(texts))",
    ],
    "few in all": [
        "parts = [texts[:3], texts[3:6]]\nout = []\nfor part in parts:\n    for t in part:\n"
        "        out.append(pipe(t)[0])"
    ],
}  # fmt: skip


class TextClassificationPipeline:
    """Stands for the one of transformers, which takes seconds to load."""

    def __init__(self):
        self.task = "sentiment-analysis"

    def __call__(self, text):
        return [{"label": "POSITIVE"}]


TextClassificationPipeline.__module__ = "transformers.pipelines.text_classification"


def advised(cells):
    pandas = pytest.importorskip("pandas")
    pool = types.SimpleNamespace(map=map)
    names = {"pipe": TextClassificationPipeline(), "texts": TEXTS, "pool": pool}
    names |= {"__name__": "__main__", "df": pandas.DataFrame({"text": TEXTS})}
    for number, cell in enumerate(cells):
        file = f"/tmp/ipykernel_1/{number}{abs(hash(cell))}.py"
        rows = [f"{row}\n" for row in cell.split("\n")]
        linecache.cache[file] = (len(cell), None, rows, file)
        exec(compile(cell, file, "exec"), names)
    return [one for one in found(cells[-1], names) if one.status == "shown"]


@pytest.mark.parametrize("form", ONE_BY_ONE)
def test_one_by_one_in_any_form(form):
    (one,) = advised(ONE_BY_ONE[form])
    assert one.rule == "L01"
    assert "60 items" in " ".join(one.because)


@pytest.mark.parametrize("form", ["some are left out", "a generator"])
def test_what_may_be_left_out_is_not_called_before_the_loop(form):
    (one,) = advised(ONE_BY_ONE[form])
    assert one.change is None


@pytest.mark.parametrize("form", OTHERS)
def test_what_only_looks_like_it(form):
    assert advised(OTHERS[form]) == []
