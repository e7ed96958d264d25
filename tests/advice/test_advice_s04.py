"""S04: class by class, listed where it is not installed, never for a kernel machine."""

import ast

import numpy as np
import pytest
from advice_cells import HEAVY, found, run
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC

from greenlab.advice import Signals, read
from greenlab.advice.rules import s04_sklearnex

FOREST = "m = RandomForestClassifier(2, max_depth=2)\nm.fit(X, X[:, 0] > 0)\n"
FIT = "m = KMeans(2, n_init=1, max_iter=2)\nm.fit(X)\n"


@pytest.fixture(scope="module")
def data():
    X = np.random.default_rng(0).normal(size=(10_000, 2)).astype("float32")
    return {
        "X": X,
        "KMeans": KMeans,
        "SVC": SVC,
        "RandomForestClassifier": RandomForestClassifier,
    }


def after(source, data, signals=HEAVY):
    namespace = dict(data)
    run(source, namespace)
    return found(source, namespace, signals)


@pytest.mark.parametrize(
    "source",
    [FIT, "import sklearn.cluster as c\nmodel = c.KMeans(2, n_init=1, max_iter=2).fit(X)"],
)
def test_it_is_listed_with_words(source, data, monkeypatch):
    monkeypatch.setattr(s04_sklearnex, "installed", lambda: False)
    (advice,) = after(source, data)
    assert (advice.rule, advice.status, advice.saving) == ("S04", "candidate", None)
    assert advice.change is None
    assert "from sklearnex.cluster import KMeans" in advice.because[-1]


def test_where_it_is_installed_its_import_comes_first(data, monkeypatch):
    monkeypatch.setattr(s04_sklearnex, "installed", lambda: True)
    (advice,) = after(FOREST, data)
    assert (advice.status, advice.saving.high) == ("shown", 0.85)
    first = ast.parse(advice.change.text).body[0]
    assert (first.module, first.names[0].name) == (
        "sklearnex.ensemble",
        "RandomForestClassifier",
    )
    assert advice.change.text.endswith(FOREST)


def test_k_means_gains_too_seldom_to_be_shown(data, monkeypatch):
    monkeypatch.setattr(s04_sklearnex, "installed", lambda: True)
    (advice,) = after(FIT, data)
    assert (advice.status, advice.saving.high) == ("candidate", 0.45)


@pytest.mark.parametrize(
    "source",
    [
        "m = SVC(max_iter=1, tol=10)\nm.fit(X[:200], X[:200, 0] > 0)",  # takes more there
        "m = KMeans(2, n_init=1).fit(X[:500])",  # few rows
        "m = KMeans(2)",  # never fitted
        "class KMeans:\n    def fit(self, X): pass\nKMeans().fit(X)",  # another's
    ],
)
@pytest.mark.filterwarnings("ignore:Solver terminated early")
def test_silence(source, data):
    assert after(source, data) == ()


def test_a_cell_that_only_waits_is_left_alone(data):
    assert after(FIT, data, Signals(60.0, HEAVY.energy_j, cpu_s=1.0)) == ()


def test_reading_alone_says_nothing():
    assert read([("a", "from sklearn.cluster import KMeans\nKMeans(2).fit(X)")]) == ()
