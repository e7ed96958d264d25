"""S01: smell, fixed, look-alike, fix-hurts; every rewrite runs."""

import numpy as np
import pytest
from advice_cells import HEAVY, change, found, rules, run
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.metrics import accuracy_score, r2_score

from greenlab.advice import Signals, read

FIT = "clf = GradientBoostingClassifier(n_estimators=5)\nclf.fit(X, y)\n"


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(12_000, 8, n_informative=5, random_state=0)
    return {"X": X, "y": y, "np": np, "GradientBoostingClassifier": GradientBoostingClassifier}


def test_old_boosting_on_many_rows_is_found_with_its_facts(data):
    (advice,) = found(FIT, data)
    assert advice.rule == "S01"
    assert any("12,000 rows" in fact for fact in advice.because)
    assert any("CPU cores" in fact for fact in advice.because)
    assert "max_iter=5" in advice.change.text


@pytest.mark.parametrize(
    "source",
    [
        "GradientBoostingClassifier(n_estimators=5).fit(X, y)",
        "import sklearn.ensemble as en\nm = en.GradientBoostingClassifier(n_estimators=5)\nm.fit(X=X, y=y)",
        "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\n"
        "p = make_pipeline(StandardScaler(), GradientBoostingClassifier(n_estimators=5))\np.fit(X, y)",
        "from sklearn.model_selection import cross_val_score\n"
        "s = cross_val_score(GradientBoostingClassifier(n_estimators=2), X, y, cv=2)",
        "def make():\n    return GradientBoostingClassifier(\n        n_estimators=5,\n    )\nm = GradientBoostingClassifier(n_estimators=5)\nfor k in [m]:\n    k.fit(X[:11000], y[:11000])",
        "%time z = 1\nclf = GradientBoostingClassifier(n_estimators=5)  # mine\n!echo 'it\"s'\nclf.fit(X, y)",
    ],
)
def test_it_is_found_in_every_shape_and_the_change_runs(source, data):
    namespace = dict(data)
    run(source, namespace)
    advice = found(source, namespace)
    assert rules(advice) == ["S01"]
    run(change(advice), dict(data))


@pytest.mark.parametrize("alias", ["G", "clf_class", "Boost"])
def test_neither_alias_nor_renaming_changes_what_is_found(alias, data):
    source = f"{alias}_model = {alias}(n_estimators=5)\n{alias}_model.fit(rows, labels)"
    namespace = {alias: GradientBoostingClassifier, "rows": data["X"], "labels": data["y"]}
    run(source, namespace)
    assert rules(found(source, namespace)) == ["S01"]


@pytest.mark.parametrize(
    ("rows", "found_it"),
    [
        ("df", True),
        ("df[columns]", True),
        ("df[['a', 'b']]", True),
        ("df.drop(columns='a')", True),
        ("df.values", True),
        ("df[columns].to_numpy()", True),
        ("df[some]", False),
        ("df[:1100]", True),
        ("df[:900]", False),
        ("df.sample(9)", False),
    ],
)
def test_the_rows_of_a_table_and_of_its_parts(rows, found_it, data):
    import pandas

    df = pandas.DataFrame(data["X"][:, :2], columns=["a", "b"])
    namespace = {**data, "df": df, "columns": ["a", "b"], "some": df["a"] > 0}
    assert bool(found(FIT.replace("X", rows), namespace)) is found_it


def test_the_change_scores_as_well(data):
    source = "clf = GradientBoostingClassifier(n_estimators=30, random_state=0)\nclf.fit(X, y)\np = clf.predict(X)"
    before, after = dict(data), dict(data)
    run(source, before)
    run(change(found(source, before)), after)
    assert type(after["clf"]) is HistGradientBoostingClassifier
    old, new = (accuracy_score(data["y"], ns["p"]) for ns in (before, after))
    assert new > old - 0.02


def test_a_regressor_keeps_its_quantile_loss():
    from sklearn.ensemble import GradientBoostingRegressor

    X, y = make_regression(10_000, 4, random_state=0)
    source = (
        "m = GradientBoostingRegressor(n_estimators=20, loss='quantile', alpha=0.5, subsample=0.5)\n"
        "m.fit(X, y)\np = m.predict(X)"
    )
    before = {"X": X, "y": y, "GradientBoostingRegressor": GradientBoostingRegressor}
    after = dict(before)
    run(source, before)
    (advice,) = found(source, before)
    assert "loss='quantile', quantile=0.5" in advice.change.text
    assert "subsample=0.5" in advice.risk
    run(advice.change.text, after)
    assert r2_score(y, after["p"]) > r2_score(y, before["p"]) - 0.02


@pytest.mark.parametrize(
    "source",
    [
        "clf = HistGradientBoostingClassifier(max_iter=5)\nclf.fit(X, y)",  # fixed
        "clf = GradientBoostingClassifier(n_estimators=5)\nclf.fit(X[:500], y[:500])",  # small
        "clf = GradientBoostingClassifier(n_estimators=2, max_features=1)\nclf.fit(X, y)",  # looks at little
        "clf = GradientBoostingClassifier(n_estimators=2, max_features='sqrt')\nclf.fit(X, y)",
        "clf = GradientBoostingClassifier(n_estimators=5, subsample=0.1)\nclf.fit(X, y)",
        "clf = GradientBoostingClassifier()",  # never fitted
        "class GradientBoostingClassifier:\n    def fit(self, *a): pass\n"
        "GradientBoostingClassifier().fit(X, y)",  # somebody else's
        "from scipy.sparse import csr_matrix\nS = csr_matrix(X)\n"
        "clf = GradientBoostingClassifier(n_estimators=1).fit(S, y)",  # sparse: does not carry over
    ],
)
def test_silence_where_it_is_fixed_small_or_only_looks_alike(source, data):
    namespace = {**data, "HistGradientBoostingClassifier": HistGradientBoostingClassifier}
    run(source, namespace)
    assert found(source, namespace) == ()


def test_no_edit_where_the_cell_uses_what_the_new_model_lacks(data):
    source = FIT + "clf.feature_importances_"
    namespace = dict(data)
    run(source, namespace)
    (advice,) = found(source, namespace)
    assert advice.change is None
    assert advice.status == "candidate"
    assert any("This cell uses feature_importances_" in fact for fact in advice.because)
    assert any("by hand" in fact for fact in advice.because)


LATER = "order = clf.feature_importances_.argsort()"
HELPER = "def order_of(model):\n    return model.feature_importances_.argsort()"


@pytest.mark.parametrize(
    ("other", "status"),
    [
        (LATER, "candidate"),
        (f"%matplotlib inline\n{HELPER}", "candidate"),
        ("forest.feature_importances_", "shown"),  # another model's
        ("X = df.apply(str)", "shown"),  # what other objects have as well
        ("clf.apply(X)", "candidate"),
        ("feature_importances_ = 'a text'\nprint(clf.score(X, y))", "shown"),
        ("this is no Python: feature_importances_", "shown"),
    ],
)
def test_a_change_that_breaks_another_cell_is_only_listed(other, status, data):
    namespace = {**data, "forest": RandomForestClassifier(2).fit(data["X"], data["y"])}
    run(FIT, namespace)
    (advice,) = found(FIT, namespace, others=["import math", other])
    assert advice.status == status
    assert (advice.change is None) is (status == "candidate")
    assert "feature_importances_" in advice.affects


def test_a_model_from_another_cell_gets_words_only(data):
    clf = GradientBoostingClassifier(n_estimators=1).fit(data["X"], data["y"])
    (advice,) = found("clf.fit(X, y)", {**data, "clf": clf})
    assert advice.change is None
    assert any("another cell" in fact for fact in advice.because)


@pytest.mark.parametrize("words", [{"max_features": 1}, {"subsample": 0.1}])
def test_silence_for_a_model_from_another_cell_that_looks_at_little(words, data):
    clf = GradientBoostingClassifier(n_estimators=1, **words).fit(data["X"], data["y"])
    assert found("clf.fit(X, y)", {**data, "clf": clf}) == ()


def test_a_cell_that_only_waits_is_left_alone(data):
    assert found(FIT, data, Signals(60.0, HEAVY.energy_j, cpu_s=1.0)) == ()


def test_reading_alone_lists_a_candidate():
    (advice,) = read(
        [
            ("a", "from sklearn.ensemble import GradientBoostingClassifier as G"),
            ("b", "m = G()\nm.fit(X, y)"),
        ]
    )
    assert (advice.rule, advice.cell_index, advice.status) == ("S01", 1, "candidate")
    assert advice.change is None
