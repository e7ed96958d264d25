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
        FIT.replace("300", "300, oob_score=True"),  # so does this
        "from sklearn.inspection import permutation_importance\n"
        f"{FIT}permutation_importance(forest, X[:9], y[:9], n_repeats=1)",
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


SEARCHES = """\
from sklearn.experimental import enable_halving_search_cv
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
Forest = RandomForestClassifier
grid = {"n_estimators": [5, 9]}
in_pipe = [{"randomforestclassifier__n_estimators": [5, 9]}, {}]
"""


@pytest.mark.parametrize(
    "source",
    [
        "s = GridSearchCV(Forest(), {'n_estimators': [5, 9]}, cv=2).fit(X, y)",
        "s = GridSearchCV(Forest(300), grid, cv=2).fit(X, y)",
        "s = GridSearchCV(Forest(300), param_grid=grid, cv=2).fit(X, y).best_score_",
        "s = RandomizedSearchCV(Forest(300), grid, n_iter=2, cv=2, random_state=0).fit(X, y)",
        "s = GridSearchCV(make_pipeline(Forest(300)), in_pipe[:1], cv=2).fit(X, y)",
        "s = HalvingGridSearchCV(Forest(300), {'max_depth': [1, 2]}, resource='n_estimators',"
        " max_resources=9, min_resources=3, cv=2, random_state=0).fit(X, y)",
        "f = Forest(300)\nf.set_params(n_estimators=5).fit(X, y)",
        "f = Forest(300)\nf.n_estimators = 5\nf.fit(X, y)",
        "p = make_pipeline(Forest(300))\np.steps[0][1].n_estimators = 5\np.fit(X, y)",
        "f = Forest(5, warm_start=True)\nfor n in (5, 9):\n    f.n_estimators = n\n    f.fit(X, y)",
    ],
)
def test_a_number_that_is_set_elsewhere_is_not_the_one_in_the_call(source, data):
    namespace = dict(data)
    run(SEARCHES, namespace)
    run(source, namespace)
    assert found(source, namespace, ONE_CORE) == ()
    assert "S03" not in rules(found(source, namespace))


def test_a_pipeline_and_a_search_over_something_else_grow_what_the_call_says(data):
    namespace = dict(data)
    run(SEARCHES, namespace)
    for source in (
        "s = make_pipeline(Forest(300, max_depth=1)).fit(X, y)",
        "s = GridSearchCV(Forest(300), {'max_depth': [1]}, cv=2).fit(X, y)",
    ):
        run(source, namespace)
        assert rules(found(source, namespace)) == ["S03"]
