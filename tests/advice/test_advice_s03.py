"""S03: smell, fixed, look-alike, fix-hurts; every rewrite runs."""

import os

import pytest
from advice_cells import HEAVY, change, found, rules, run
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier

from greenlab.advice import Signals, read

FIT = "forest = RandomForestClassifier(n_estimators=300, max_depth=2, random_state=0)\nforest.fit(X, y)\n"
ONE_CORE = Signals(12.0, HEAVY.energy_j, cpu_s=11.9)


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(1_000, 4, random_state=0)
    return {"X": X, "y": y, "RandomForestClassifier": RandomForestClassifier}


def after(source, data, signals=HEAVY):
    namespace = dict(data)
    run(source, namespace)
    return found(source, namespace, signals)


@pytest.mark.parametrize(
    "source",
    [
        FIT,
        "import sklearn.ensemble as se\nm = se.ExtraTreesRegressor(300, max_depth=2)  # many\nm.fit(X, y)",
        "trees = RandomForestClassifier(max_depth=1, n_estimators=300).fit(X, y)",
    ],
)
def test_a_large_forest_is_found_and_the_smaller_one_grows(source, data):
    (advice,) = after(source, data)
    assert advice.rule == "S03"
    assert any("300 trees on 1,000 rows" in fact for fact in advice.because)
    assert advice.saving.low < advice.saving.high == 0.67
    namespace = dict(data)
    run(advice.change.text, namespace)
    assert found(advice.change.text, namespace) == ()
    models = [m for m in namespace.values() if hasattr(m, "estimators_")]
    assert [len(m.estimators_) for m in models] == [100]


@pytest.mark.parametrize(
    "source",
    [
        "forest = RandomForestClassifier(100, max_depth=2).fit(X, y)",  # enough
        "forest = RandomForestClassifier(300, max_depth=2).fit(X[:400], y[:400])",  # few rows
        FIT + "forest.feature_importances_",  # they settle late
        "forest = RandomForestClassifier(300, max_depth=2, warm_start=True).fit(X, y)",
        "forest = RandomForestClassifier(n_estimators=300)",  # never grown
    ],
)
def test_silence(source, data):
    assert after(source, data) == ()


def test_one_core_of_several_is_listed_only(data, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    source = "forest = RandomForestClassifier(20).fit(X, y)"
    (advice,) = after(source, data, ONE_CORE)
    assert (advice.status, advice.saving, advice.change) == ("candidate", None, None)
    assert any("8 CPU cores" in fact for fact in advice.because)
    assert after(source.replace("(20)", "(20, n_jobs=2)"), data, ONE_CORE) == ()
    assert after(source, data, Signals(12.0, HEAVY.energy_j, cpu_s=60.0)) == ()
    nested = (
        "from sklearn.model_selection import cross_val_score\n"
        "s = cross_val_score(RandomForestClassifier(5), X, y, cv=2, n_jobs=1)"
    )
    assert after(nested, data, ONE_CORE) == ()  # what is around it may run in parallel


def test_reading_alone_says_nothing():
    source = "from sklearn.ensemble import RandomForestClassifier\nRandomForestClassifier(500)"
    assert read([("a", source)]) == ()


def test_a_grid_that_sets_the_number_of_trees_is_no_fixed_number_of_trees():
    sklearn = pytest.importorskip("sklearn")
    from sklearn.datasets import make_classification
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import GridSearchCV

    X, y = make_classification(1_200, random_state=0)
    names = {"GridSearchCV": GridSearchCV, "Forest": RandomForestClassifier, "X": X, "y": y}
    source = "s = GridSearchCV(Forest(), {'n_estimators': [5, 9]}, cv=2).fit(X, y)"
    run(source, names)
    assert "S03" not in rules(found(source, names))
