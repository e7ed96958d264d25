"""Estimators that a cell fits and another cell made: in lists, pipelines, helpers, searches."""

import pytest
from advice_cells import found, rules, run
from sklearn.cluster import KMeans
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier


@pytest.fixture
def data():
    X, y = make_classification(2_500, 5, class_sep=2, random_state=0)
    params = {"n_estimators": 2, "random_state": 0}
    boosted = GradientBoostingClassifier(**params)
    return {
        "X": X, "y": y, "params": params, "gb": boosted, "cross_val_score": cross_val_score,
        "make_pipeline": make_pipeline, "StandardScaler": StandardScaler,
        "pipe": make_pipeline(StandardScaler(), boosted),
        "models": {"lr": LogisticRegression(), "gb": boosted},
        "pairs": [("lr", LogisticRegression()), ("gb", boosted)],
        "GB": GradientBoostingClassifier,
        "vote": VotingClassifier([("gb", boosted), ("lr", LogisticRegression())]),
    }  # fmt: skip


FITS = [
    "gb.fit(X, y)",
    "pipe.fit(X, y)",
    "vote.fit(X=X, y=y)",
    "cross_val_score(gb, X, y, cv=2)",
    "cross_val_score(make_pipeline(StandardScaler(), gb), X, y, cv=2)",
    "for name in models:\n    models['gb'].fit(X, y)",
    "for name, model in models.items():\n    model.fit(X, y)",
    "for name, model in pairs:\n    model.fit(X, y)",
    "for i, (name, model) in enumerate(pairs):\n    cross_val_score(model, X, y, cv=2)",
    "scores = {name: model.fit(X, y).score(X, y) for name, model in pairs}",
    "def judge(model):\n    return model.fit(X, y).score(X, y)\nfor m in models.values():\n    judge(m)",
    "def judge(model, rows, target):\n    return model.fit(rows, target)\njudge(vote, X, target=y)",
    "m = GB(**params)\nm.fit(X, y)",
    "tried = [GB(**params), GB(**params)]\nfor m in tried:\n    m.fit(X, y)",
]


@pytest.mark.parametrize("source", FITS)
def test_the_old_boosting_is_found_wherever_it_was_made(source, data):
    run(source, data)
    assert "S01" in rules(found(source, data))


def test_what_others_take_of_the_cell_is_not_promised_away(data):
    source = FITS[7]
    run(source, data)
    (advice,) = found(source, data)
    assert advice.saving.low == 0.0


@pytest.mark.parametrize(
    "source",
    [
        "gb.fit(X[:300], y[:300])",  # few rows
        "for name, model in pairs[:1]:\n    model.fit(X, y)",
        "for m in [lr]:\n    m.fit(X, y)",
        "lr.fit(X, y)",
        "def judge(model):\n    return model.fit(X, y)\njudge(lr)",
        "both.fit(X, y)",  # compared with the new one
        "gb = 3\nfor gb in [lr]:\n    gb.fit(X, y)",
    ],
)
def test_silence(source, data):
    new = HistGradientBoostingClassifier(max_iter=2)
    names = [("a", data["gb"]), ("b", new)]
    data |= {"lr": LogisticRegression(), "both": VotingClassifier(names)}
    run(source, data)
    assert found(source, data) == ()


@pytest.mark.filterwarnings("ignore:The `probability` parameter")
def test_a_search_a_forest_and_a_machine_from_another_cell(data):
    grid = {"max_depth": list(range(2, 12)), "min_samples_leaf": [1, 2]}
    data |= {
        "search": GridSearchCV(DecisionTreeClassifier(), grid, cv=2),
        "forest": RandomForestClassifier(300, max_depth=1),
        "svc": SVC(kernel="linear"),
        "sure": SVC(kernel="linear", probability=True),
        "oob": RandomForestClassifier(300, max_depth=1, oob_score=True),
        "sized": GridSearchCV(
            RandomForestClassifier(300, max_depth=1), {"n_estimators": [1, 2]}, cv=2
        ),
    }
    expected = {
        "search.fit(X, y)": ["S02"],
        "forest.fit(X, y)": ["S03"],
        "svc.fit(X, y)": ["S05"],
        "sure.fit(X[:2100], y[:2100])": [],
        "oob.fit(X, y)": [],
        "sized.fit(X, y)": [],
    }
    for source, wanted in expected.items():
        run(source, data)
        advice = found(source, data)
        assert [one.rule for one in advice if one.status == "shown"] == wanted, source
        assert all(one.change is None for one in advice)


def test_wide_numbers_of_64_bits(data):
    import numpy as np

    data |= {
        "km": KMeans(3, n_init=1, max_iter=2),
        "W": np.ones((5_000, 40)) * data["X"][:1, :1],
    }
    data["W"][::2] += 1.0
    source = "labels = km.fit_predict(W)"
    with pytest.warns(match="distinct clusters"):
        run(source, data)
    (advice,) = found(source, data)
    assert advice.rule == "S05"


MAKES = """\
def make(name):
    if name == "tree":
        return DecisionTreeClassifier()
    elif name in ("gb", "boost"):
        return GB(**params)
    return LogisticRegression()
"""
CHOSEN = [
    (f"{MAKES}make('boost').fit(X, y)", True),
    (f"{MAKES}make('gb').fit(X, y)", True),
    (f"{MAKES}scores = [make(n).fit(X, y).score(X, y) for n in ('tree', 'gb')]", True),
    (
        f"{MAKES}def every():\n    for n in ('tree', 'gb'):\n        m = make(n)\n"
        "        m.fit(X, y)\nevery()",
        True,
    ),
    (
        "def several():\n    yield 't', DecisionTreeClassifier()\n    yield 'b', GB(**params)\n"
        "for name, one in several():\n    one.fit(X, y)\ndel one",
        True,
    ),
    ("class Mine(GB):\n    pass\nmine = Mine(**params).fit(X, y)", True),
    ("own = Sub(**params)\nown.fit(X, y)", True),
    (f"{MAKES}make('tree').fit(X, y)", False),
    (f"{MAKES}make('other').fit(X, y)", False),
    (f"{MAKES}make(CFG.model).fit(X, y)", False),
    (
        "def several():\n    yield 't', DecisionTreeClassifier()\n    yield 'l', LogisticRegression()\n"
        "for name, one in several():\n    one.fit(X, y)\ndel one",
        False,
    ),
]


class Sub(GradientBoostingClassifier):
    """A user's own."""


class CFG:
    model = "tree"


@pytest.mark.parametrize(("source", "boosts"), CHOSEN)
def test_what_a_function_makes_depends_on_what_it_is_asked_for(source, boosts, data):
    more = {"DecisionTreeClassifier": DecisionTreeClassifier, "Sub": Sub, "CFG": CFG}
    data |= {**more, "LogisticRegression": LogisticRegression}
    run(source, data)
    assert ("S01" in rules(found(source, data))) is boosts
