"""Proofs of changes that stand in another cell or file than the heavy one, in a real kernel."""

import pytest

from tests.notebook.page import Page
from tests.notebook.test_prover import ended, latest, nothing_left, say, wait

pytest.importorskip("sklearn")
DATA = """
import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
rng = np.random.default_rng(0)
X = rng.random((3_000, 8))
y = (X[:, 0] > 0.5).astype(int)
"""
FUNCTION = """\
made = []
def boost(X, y):
    return GradientBoostingClassifier(n_estimators=60).fit(X, y)
made.append(1)"""
CLASS = """\
class Study:
    def __init__(self, rounds):
        self.rounds = rounds
        self.seen = []

    def run(self, X, y):
        model = GradientBoostingClassifier(n_estimators=self.rounds)
        self.model = model.fit(X, y)
        return self.model.score(X, y)"""
MODULE = """\
from sklearn.ensemble import GradientBoostingClassifier

LOADED = []
LOADED.append(1)


def boost(X, y):
    return GradientBoostingClassifier(n_estimators=60).fit(X, y)
"""
VERDICTS = "__import__('greenlab.session').session.current().ledger.verdicts('S01')"


@pytest.fixture(scope="module")
def kernel(shared_kernel, tmp_path_factory):
    """A kernel in which any cell is heavy, in a folder of its own."""
    folder = tmp_path_factory.mktemp("work")
    (folder / "boosting.py").write_text(MODULE)
    shared_kernel.run(f"import os, sys; os.chdir({str(folder)!r}); sys.path.insert(0, '')")
    shared_kernel.run("os.environ['GREENLAB_ADVICE_MIN_S'] = '0'")
    # Threads that spin while they wait for a busy core would count as work.
    shared_kernel.run("os.environ['OMP_NUM_THREADS'] = '1'")
    assert shared_kernel.run(DATA).status == "ok"
    shared_kernel.page = Page.attached(shared_kernel)
    return shared_kernel


def advised(kernel, cell, cell_id):
    """The advice for a cell that ran just now."""
    kernel.comms.clear()
    assert kernel.run(cell, cell_id=cell_id).status == "ok"

    def found():
        return [
            one for one in latest(kernel) if one["rule"] == "S01" and one["cell_id"] == cell_id
        ]

    return wait(kernel, found)[0]


def proven(kernel, advice, **check):
    say(kernel, "prove", advice, **check)
    return ended(kernel, advice)


def said(reply):
    """What a cell said of its comparison, one text after the other."""
    return [
        m["content"]["data"]["text/plain"]
        for m in reply.messages
        if m["msg_type"] == "update_display_data"
    ]


def test_a_function_of_an_earlier_cell(kernel):
    count = kernel.run(FUNCTION, cell_id="defines").content["execution_count"]
    advice = advised(kernel, "clf = boost(X, y)", "heavy")
    assert (advice["place"]["cell_id"], advice["place"]["execution_count"]) == (
        "defines",
        count,
    )
    assert advice["effort"]["runs"] == 11
    found = proven(kernel, advice, metric="clf.score(X, y)", max_drop=0.5)
    assert found["verdict"]["status"] == "verified", found["verdict"]
    assert found["status"] == "verified"
    # Nothing of it happened here, and the verdict is of both cells.
    assert kernel.eval("[type(clf).__name__, made]") == ["GradientBoostingClassifier", [1]]
    assert "HistGradientBoosting" not in kernel.eval("boost.__code__.co_names")
    heavy, defining = kernel.eval(f"{VERDICTS}[-1].source_hash.split('+')")
    assert (heavy, defining) == (advice["source_hash"], advice["place"]["source_hash"])
    assert nothing_left(kernel)


def test_a_verdict_is_not_that_of_another_function(kernel):
    kernel.run(FUNCTION.replace("=60", "=50"), cell_id="defines")
    advice = advised(kernel, "clf = boost(X, y)", "heavy")
    assert advice["verdict"] is None
    assert advice["status"] == "shown"


def test_a_method_of_an_object_that_lives(kernel):
    kernel.run(CLASS, cell_id="class")
    kernel.run("study = Study(60)\nhook = study.run", cell_id="made")
    advice = advised(kernel, "score = hook(X, y)", "method")
    assert advice["place"]["function"] == "Study.run"
    found = proven(kernel, advice, metric="score", max_drop=0.5)
    assert found["verdict"]["status"] == "verified", found["verdict"]
    assert kernel.eval("type(study.model).__name__") == "GradientBoostingClassifier"


def test_a_metric_that_falls_fails(kernel):
    kernel.run(FUNCTION, cell_id="defines")
    advice = advised(kernel, "clf = boost(X, y)", "heavy")
    metric = "1.0 if type(clf) is GradientBoostingClassifier else 0.5"
    found = proven(kernel, advice, metric=metric, max_drop=0.1)
    assert found["verdict"]["status"] == "quality-failed", found["verdict"]


def test_a_cell_that_no_longer_calls_it(kernel):
    kernel.run(f"{FUNCTION}\nruns = []", cell_id="defines")
    cell = "if not runs:\n    clf = boost(X, y)\nruns.append(1)"
    advice = advised(kernel, cell, "once")
    verdict = proven(kernel, advice)["verdict"]
    assert verdict["status"] == "inconclusive"
    assert verdict["reason"].startswith("the change is of boost, which did not run"), verdict


def test_a_module_of_the_users(kernel):
    kernel.run("import boosting", cell_id="import")
    advice = advised(kernel, "clf = boosting.boost(X, y)", "module")
    assert advice["place"]["file"].endswith("boosting.py")
    found = proven(kernel, advice, metric="clf.score(X, y)", max_drop=0.5)
    assert found["verdict"]["status"] == "verified", found["verdict"]
    assert kernel.eval("[boosting.LOADED, open('boosting.py').read()]") == [[1], MODULE]


def test_a_script_that_was_run(kernel):
    kernel.run("%run boosting.py", cell_id="script")
    advice = advised(kernel, "clf = boost(X, y)", "after")
    assert advice["place"]["file"].endswith("boosting.py")
    found = proven(kernel, advice, metric="clf.score(X, y)", max_drop=0.5)
    assert found["verdict"]["status"] == "verified", found["verdict"]


SCRIPT = """\
from __future__ import annotations
import argparse
from sklearn.ensemble import GradientBoostingClassifier
import numpy as np

X = np.random.default_rng(0).random((3_000, 8))
y = (X[:, 0] > 0.5).astype(int)
if __name__ == "__main__":
    argparse.ArgumentParser().parse_args()
    trained = GradientBoostingClassifier(n_estimators=60).fit(X, y)
"""


def test_a_script_is_the_work_itself(kernel):
    kernel.run(f"open('train.py', 'w').write({SCRIPT!r})", cell_id="writes")
    advice = advised(kernel, "%run train.py", "runs")
    assert advice["place"]["file"].endswith("train.py")
    metric = "1.0 if 'Hist' in type(trained).__name__ else 0.5"
    found = proven(kernel, advice, metric=metric, max_drop=0.0)
    assert found["verdict"]["status"] == "verified", found["verdict"]
    assert [found["verdict"]["quality"][part] for part in ("before", "after")] == [0.5, 1.0]
    assert kernel.eval("open('train.py').read()") == SCRIPT


def test_the_extension_for_scikit_learn(kernel):
    """In the cell itself, and as an import that the function of an earlier cell finds."""
    pytest.importorskip("sklearnex")
    kernel.run("from sklearn.ensemble import RandomForestClassifier", cell_id="import")
    kernel.run(
        "rows, labels = rng.random((12_000, 6)), rng.integers(0, 2, 12_000)", cell_id="rows"
    )
    forest = "RandomForestClassifier(n_estimators=12, random_state=0).fit(rows, labels)"
    kernel.run(f"def grow():\n    return {forest}", cell_id="grow")
    for cell in (f"forest = {forest}", "forest = grow()"):
        reply = kernel.run(f"%%energy -q --compare S04 --budget 90s\n{cell}")
        assert said(reply)[-1].startswith("verified"), said(reply)
    assert kernel.eval("type(forest).__module__").startswith("sklearn.")


def test_compare_takes_a_rules_change_elsewhere(kernel):
    kernel.run(FUNCTION, cell_id="defines")
    reply = kernel.run(
        "%%energy -q --compare S01 --metric 'clf.score(X, y)' --max-drop 0.5 --budget 90s\n"
        "clf = boost(X, y)",
        cell_id="compares",
    )
    assert said(reply)[-1].startswith("verified"), said(reply)


def test_compare_takes_other_definitions_of_the_same_names(kernel):
    kernel.run(FUNCTION, cell_id="defines")
    before = "def boost(X, y):\n    return GradientBoostingClassifier(n_estimators=9).fit(X, y)"
    count = kernel.run(f"{before}", cell_id="lighter").content["execution_count"]
    kernel.run(FUNCTION, cell_id="defines")
    reply = kernel.run(f"%%energy -q --compare [{count}] --budget 90s\nclf = boost(X, y)")
    assert said(reply)[-1].startswith("verified"), said(reply)
    assert kernel.eval("boost(X[:9], y[:9]).n_estimators") == 60


def test_where_the_kernel_cannot_be_copied_it_is_pickled(kernel):
    kernel.run(FUNCTION, cell_id="defines")
    kernel.run("%run boosting.py", cell_id="script")
    kernel.run("def fit_both(X, y):\n    return boost(X, y)", cell_id="both")
    choose = "__import__('greenlab.proof.backends.choose', fromlist=['x'])"
    kernel.run(f"can_fork, {choose}.can_fork = {choose}.can_fork, lambda: False")
    try:
        advice = advised(kernel, "clf = fit_both(X, y)", "pickled")
        assert advice["place"]["file"].endswith("boosting.py")
        metric = "1.0 if 'Hist' in type(clf).__name__ else 0.5"
        found = proven(kernel, advice, metric=metric, max_drop=0.0)["verdict"]
        assert found["quality"] is not None, found
        assert [found["quality"][part] for part in ("before", "after")] == [0.5, 1.0]
    finally:
        kernel.run(f"{choose}.can_fork = can_fork")


def test_a_change_of_what_another_cell_makes_is_not_offered_to_be_proven():
    """It is no definition: the cell that makes the object has to run again."""
    from greenlab.notebook.advice_case import Case, can_be_proven
    from greenlab.record import Advice, Change, Place

    def case(before, after):
        advice = Advice(
            "a", "M01", "c", None, "x", "t", (), Change("", after), None, "", place=Place("d")
        )
        return Case(advice, "model(x)", None, before)

    cell = "model = load('large')\ndef use(x):\n    return model(x)"
    assert not can_be_proven(case(cell, cell.replace("large", "small")))
    assert can_be_proven(case(cell, cell.replace("model(x)", "model(x[:1])")))
