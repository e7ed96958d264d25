"""S05: smell, fixed, look-alike, fix-hurts; every rewrite runs."""

import numpy as np
import pytest
from advice_cells import HEAVY, change, found, rules, run
from sklearn.cluster import KMeans
from sklearn.datasets import make_classification
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC, LinearSVC

from greenlab.advice import Signals, read

LINEAR = "model = SVC(kernel='linear', C=0.5)\nmodel.fit(X, y)\nscore = model.score(X, y)\n"


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(2_000, 5, class_sep=2, random_state=0)
    rng = np.random.default_rng(0)
    wide = rng.normal(size=(5_000, 40)) + 3 * rng.integers(0, 3, (5_000, 1))
    return {
        "X": X, "y": y, "W": wide, "v": (wide[:, 0] > 0).astype(int), "SVC": SVC,
        "KMeans": KMeans, "MLPClassifier": MLPClassifier, "LinearSVC": LinearSVC,
    }  # fmt: skip


def after(source, data, signals=HEAVY):
    namespace = dict(data)
    run(source, namespace)
    return found(source, namespace, signals)


@pytest.mark.parametrize(
    "source",
    [
        LINEAR,
        "import sklearn.svm as machines\nm = machines.SVC(C=0.1, kernel='linear').fit(X=X, y=y)\n".replace(
            "X=X, y=y", "X, y"
        ),
        "from sklearn.pipeline import make_pipeline as mp\nfrom sklearn.preprocessing import StandardScaler as S\n"
        "p = mp(S(), SVC(kernel='linear', class_weight='balanced'))  # mine\np.fit(X, y)\nscore = p.score(X, y)\n",
    ],
)
def test_a_linear_kernel_becomes_a_linear_machine(source, data):
    (advice,) = after(source, data)
    assert advice.rule == "S05"
    assert "LinearSVC(" in advice.change.text
    before, later = dict(data), {k: v for k, v in data.items() if k != "LinearSVC"}
    run(source, before)
    run(
        advice.change.text
        if "machines" in source
        else "from sklearn.svm import LinearSVC\n" + advice.change.text,
        later,
    )
    assert later.get("score", 1) > before.get("score", 1) - 0.02
    assert found(advice.change.text, later) == ()


def test_its_import_comes_along(data):
    namespace = {k: v for k, v in data.items() if k != "LinearSVC"}
    text = change(after(LINEAR, namespace))
    assert text.startswith("from sklearn.svm import LinearSVC  # greenlab:S05\n")
    run(text, namespace)


@pytest.mark.parametrize(
    "source",
    [
        "labels = KMeans(3, n_init=1, random_state=0).fit_predict(W)",
        "m = MLPClassifier((4,), tol=0.1, random_state=0).fit(W, v)\nlabels = m.predict(W)",
    ],
)
def test_32_bit_numbers_are_enough(source, data):
    before, later = dict(data), dict(data)
    run(source, before)
    (advice,) = found(source, before)
    assert 'W.astype("float32")' in advice.change.text
    run(advice.change.text, later)
    assert (before["labels"] == later["labels"]).mean() > 0.98
    assert found(advice.change.text, later) == ()


@pytest.mark.filterwarnings("ignore:The `probability` parameter")
@pytest.mark.parametrize(
    "source",
    [
        "m = LinearSVC().fit(X, y)",  # fixed
        "m = SVC(kernel='linear').fit(X[:300], y[:300])",  # few rows
        "m = SVC().fit(X, y)",  # curved, and not many rows
        "m = KMeans(3, n_init=1).fit(W.astype('float32'))",  # fixed
        "N = W[:, :16]\nm = KMeans(3, n_init=1).fit(N)",  # narrow: 0.97 of the time
        "m = SVC(kernel='linear', probability=True).fit(X[:2100], y[:2100])",  # asked for more
        "Z = W.astype('float32')\nm = KMeans(3, n_init=1).fit(Z)",  # fixed
        "m = KMeans(3, n_init=1)",  # never fitted
        "class SVC:\n    def __init__(self, kernel): pass\n    def fit(self, *a): pass\nSVC(kernel='linear').fit(X, y)",
    ],
)
def test_silence(source, data):
    assert after(source, data) == ()


def test_k_means_that_is_kept_gets_words_for_it_must_predict_on_the_same_numbers(data):
    (advice,) = after("m = KMeans(3, n_init=1).fit(W)\nlabels = m.predict(W)", data)
    assert advice.change is None
    assert "to predict" in advice.because[-1]


@pytest.mark.parametrize("tail", ["model.support_vectors_\n", "model.dual_coef_\n"])
def test_no_edit_where_the_cell_uses_what_a_linear_machine_lacks(tail, data):
    (advice,) = after(LINEAR + tail, data)
    assert advice.change is None
    assert "LinearSVC" in advice.because[-1]


def test_a_kernel_on_many_rows_is_listed_only(data):
    namespace = {**data, "X": np.tile(data["X"], (5, 1)), "y": np.tile(data["y"], 5)}
    (advice,) = after(
        "m = SVC(max_iter=5)\nm.fit(X, y)".replace("max_iter=5", "tol=10"), namespace
    )
    assert (advice.status, advice.change, advice.saving) == ("candidate", None, None)


def test_a_cell_that_only_waits_is_left_alone(data):
    assert after(LINEAR, data, Signals(60.0, HEAVY.energy_j, cpu_s=1.0)) == ()


def test_reading_alone_says_nothing():
    source = "from sklearn.svm import SVC\nSVC(kernel='linear').fit(X, y)"
    assert read([("a", source)]) == ()
