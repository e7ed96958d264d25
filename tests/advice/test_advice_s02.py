"""S02: smell, fixed, look-alike, fix-hurts; every rewrite runs."""

import numpy as np
import pytest
from advice_cells import HEAVY, change, found, rules, run
from sklearn.datasets import make_classification
from sklearn.experimental import enable_halving_search_cv
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from greenlab.advice import Signals, read

GRID = {"max_depth": list(range(2, 12)), "min_samples_leaf": [1, 20]}
CELL = "search = GridSearchCV(tree, grid, cv=2)\nsearch.fit(X, y)\n"


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(3_000, 5, random_state=0)
    return {
        "X": X, "y": y, "GridSearchCV": GridSearchCV, "grid": GRID,
        "tree": DecisionTreeClassifier(random_state=0), "make_pipeline": make_pipeline,
    }  # fmt: skip


def after(source, data, signals=HEAVY):
    namespace = dict(data)
    run(source, namespace)
    return found(source, namespace, signals)


@pytest.mark.parametrize(
    "source",
    [
        CELL,
        "best = GridSearchCV(tree, grid, cv=2).fit(X, y).best_params_\ns = GridSearchCV(tree, grid, cv=2).fit(X, y)",
        "import sklearn.model_selection as ms\ns = ms.GridSearchCV(estimator=tree, param_grid=grid, cv=2,\n)\ns.fit(X, y)",
        "p = make_pipeline(tree)\nwide = {f'decisiontreeclassifier__{k}': v for k, v in grid.items()}\n"
        "hunt = GridSearchCV(p, wide, cv=2, n_jobs=1)  # mine\nhunt.fit(X, y)",
    ],
)
def test_it_is_found_in_every_shape_and_the_change_runs(source, data):
    advice = after(source, data)
    assert rules(advice) == ["S02"]
    assert any("20 candidates" in fact for fact in advice[0].because)
    text = change(advice)
    namespace = dict(data)
    state = np.random.get_state()[1].copy()
    run(text, namespace)
    assert (np.random.get_state()[1] == state).all()  # the notebook's random numbers stay
    kinds = {type(one) for one in namespace.values()}
    assert HalvingGridSearchCV in kinds or GridSearchCV in kinds
    assert text.count("random_state=0") == 1


def test_the_change_finds_as_good_a_candidate(data):
    before, later = dict(data), dict(data)
    run(CELL, before)
    run(change(found(CELL, before)), later)
    assert isinstance(later["search"], HalvingGridSearchCV)
    scores = [
        one["search"].best_estimator_.score(data["X"], data["y"]) for one in (before, later)
    ]
    assert scores[1] > scores[0] - 0.03
    assert found(change(found(CELL, before)), later) == ()


@pytest.mark.parametrize(
    "source",
    [
        "search = GridSearchCV(tree, {'max_depth': [2, 3]}, cv=2).fit(X, y)",  # few candidates
        "search = GridSearchCV(tree, grid, cv=2).fit(X[:500], y[:500])",  # few rows
        "search = GridSearchCV(tree, grid, cv=2)",  # never fitted
        "search = HalvingGridSearchCV(tree, grid, cv=2, random_state=0).fit(X, y)",  # fixed
        "class GridSearchCV:\n    def fit(self, *a): pass\nGridSearchCV().fit(X, y)",  # another's
    ],
)
def test_silence(source, data):
    assert after(source, {**data, "HalvingGridSearchCV": HalvingGridSearchCV}) == ()


def test_quick_fits_and_waiting_cells_are_left_alone(data):
    assert after(CELL, data, Signals(12.0, HEAVY.energy_j, cpu_s=0.7)) == ()
    assert after(CELL, data, Signals(200.0, HEAVY.energy_j, cpu_s=20.0)) == ()


@pytest.mark.parametrize(
    "source",
    [
        CELL + "scores = search.cv_results_['mean_test_score']",
        "search = GridSearchCV(tree, grid, cv=2, scoring=['accuracy', 'f1'], refit='f1')\nsearch.fit(X, y)",
        "from sklearn.model_selection import KFold\nsearch = GridSearchCV(tree, grid, cv=KFold(2)).fit(X, y)",
    ],
)
def test_words_only_where_halving_works_otherwise(source, data):
    (advice,) = after(source, data)
    assert advice.change is None
    assert "enable_halving_search_cv" in advice.because[-1]


def test_reading_alone_lists_a_candidate():
    source = "from sklearn.model_selection import GridSearchCV as G\nG(m, g).fit(X, y)"
    grid = "g = {'C': [1, 2, 3, 4, 5], 'gamma': [1, 2, 3, 4]}"
    (advice,) = read([("b", grid), ("a", source)])
    assert (advice.rule, advice.status, advice.cell_id) == ("S02", "candidate", "a")
    assert read([("a", source)]) == ()
