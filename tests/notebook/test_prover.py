"""Proofs that a page asks for, in a real kernel."""

import json
import time

import pytest

from tests.notebook.page import Page, hello

pytest.importorskip("sklearn")
SETUP = """
import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
rng = np.random.default_rng(0)
X = rng.random((3_000, 8))
y = (X[:, 0] > 0.5).astype(int)
rows = iter(range(9))
"""
CELL = "clf = GradientBoostingClassifier(n_estimators=60).fit(X, y)"
EXTENSION = "__import__('greenlab.notebook.extension').notebook.extension.current()"
TIMEOUT_S = 120


@pytest.fixture(scope="module")
def kernel(shared_kernel):
    """A kernel in which any cell is heavy."""
    shared_kernel.run("import os; os.environ['GREENLAB_ADVICE_MIN_S'] = '0'")
    shared_kernel.run(SETUP)
    shared_kernel.page = Page.attached(shared_kernel)
    return shared_kernel


@pytest.fixture
def advice(kernel):
    """The advice for the cell, which ran just now."""
    kernel.comms.clear()
    kernel.run(CELL, cell_id="boosting")
    return wait(kernel, lambda: [one for one in latest(kernel) if one["rule"] == "S01"])[0]


def latest(kernel):
    return (kernel.said("advised") or [{"advice": []}])[-1]["advice"]


def wait(kernel, found):
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        kernel.drain(0.1)
        if result := found():
            return result
    raise TimeoutError


def say(kernel, kind, advice, **fields):
    kernel.page.say({"type": kind, "id": advice["id"], **fields})


def ended(kernel, advice):
    """The advice once its proof is done."""
    wait(kernel, lambda: "done" in stages(kernel))
    return next(one for one in latest(kernel) if one["id"] == advice["id"])


def stages(kernel):
    return [one["progress"]["stage"] for one in kernel.said("proving")]


def nothing_left(kernel):
    return kernel.eval(
        f"[len(__import__('psutil').Process().children()), {EXTENSION}.prover.proving is None]"
    ) == [0, True]


def test_advice_says_what_proving_it_takes(kernel, advice):
    effort, record = advice["effort"], kernel.records()[-1]
    assert effort["energy_j"] == pytest.approx(effort["runs"] * record["energy_j"]["value"])
    assert effort["duration_s"] == pytest.approx(effort["runs"] * record["duration_s"])


def test_a_page_has_advice_proven_while_cells_run(kernel, advice):
    say(kernel, "prove", advice, metric="clf.score(X, y)", max_drop=0.5)
    wait(kernel, lambda: "warming up" in stages(kernel))
    kernel.page.say(hello())
    (state,) = wait(kernel, lambda: kernel.said("state"))
    assert state["proving"]["id"] == advice["id"]  # a page that comes later hears of it
    assert kernel.run("clf = next(rows)\nclf").value == "0"
    found = ended(kernel, advice)
    assert "waiting" in stages(kernel)
    assert found["verdict"]["pairs"] >= 3, found["verdict"]
    assert found["status"] == found["verdict"]["status"] == "verified", found["verdict"]
    assert found["verdict"]["quality"]["metric"] == "clf.score(X, y)"
    assert kernel.eval("[next(rows), clf]") == [1, 0]  # nothing ran again in the kernel
    assert nothing_left(kernel)


def test_a_cell_that_runs_meanwhile_is_weighed_without_the_proof(kernel, advice):
    say(kernel, "prove", advice)
    wait(kernel, lambda: "warming up" in stages(kernel))
    kernel.run("import time; time.sleep(2)", cell_id="sleeps")
    assert kernel.eval(f"{EXTENSION}.prover.proving is not None")  # else nothing was tested
    say(kernel, "stop_proof", advice)
    ended(kernel, advice)
    (record,) = [one for one in kernel.records() if one["cell_id"] == "sleeps"]
    assert record["cpu_s"] < 0.5 * record["duration_s"]  # a proof that ran would use a core


def test_the_time_in_which_a_proof_ran_is_named_so(kernel, advice):
    subshell = kernel.subshell()  # as JupyterLab's pages, whose messages wait for no cell
    kernel.run("0")
    kernel.comm_send = subshell
    say(kernel, "prove", advice)
    wait(kernel, lambda: "measuring" in stages(kernel))
    del kernel.comm_send
    say(kernel, "stop_proof", advice)
    ended(kernel, advice)
    time.sleep(1.5)  # shorter times are not recorded
    kernel.run("1")
    time.sleep(1.5)
    kernel.run("2")
    *_, proof, quiet = [one for one in kernel.records() if one["kind"] == "between"]
    assert (proof["name"], quiet["name"]) == ("proof", None)
    assert proof["background"] == []


def test_a_proof_can_be_stopped_and_the_page_hears_it(kernel, advice):
    say(kernel, "prove", advice)
    wait(kernel, lambda: "warming up" in stages(kernel))
    say(kernel, "stop_proof", advice)
    found = ended(kernel, advice)
    assert found["verdict"]["reason"] == "stopped"
    assert found["status"] == "inconclusive"
    assert nothing_left(kernel)


STOPS_WHILE_PREPARED = f"""
import threading
prover = {EXTENSION}.prover
prepare = prover._prepare

def stopped_meanwhile(case, order):
    thread = threading.Thread(target=prover.stop, args=(order.id,))
    thread.start()
    thread.join()
    return prepare(case, order)

prover._prepare = stopped_meanwhile
"""


def test_a_stop_while_it_is_prepared_is_heard(kernel, advice):
    kernel.run(STOPS_WHILE_PREPARED)
    try:
        say(kernel, "prove", advice)
        assert wait(kernel, lambda: ended(kernel, advice))
        assert kernel.eval("[prover.proving, prover._proof]") == [None, None]
    finally:
        kernel.run("prover._prepare = prepare")


def test_a_fault_while_it_is_prepared_ends_it(kernel, advice):
    kernel.run(f"prover = {EXTENSION}.prover\nprover._prepare = lambda case, order: 1 / 0")
    try:
        say(kernel, "prove", advice)
        verdict = ended(kernel, advice)["verdict"]
        assert verdict["status"] == "inconclusive"
        assert verdict["reason"] == "greenlab itself failed: ZeroDivisionError"
        assert nothing_left(kernel)
    finally:
        kernel.run("del prover._prepare")


def test_a_metric_that_is_none_is_refused_with_the_reason(kernel, advice):
    say(kernel, "prove", advice, metric="clf.score(X", max_drop=0.5)
    verdict = ended(kernel, advice)["verdict"]
    assert (verdict["status"], verdict["pairs"]) == ("inconclusive", 0)
    assert "the metric is not an expression" in verdict["reason"]


def test_the_applied_form_may_run_meanwhile_and_keeps_the_advice(kernel, advice):
    kernel.run(advice["change"]["text"], cell_id="boosting")
    say(kernel, "prove", advice)
    assert ended(kernel, advice)["verdict"]["pairs"] >= 3


def test_a_cell_that_replaces_its_input_is_noted(kernel):
    kernel.comms.clear()
    kernel.run(f"X = X * 1.0\n{CELL}", cell_id="replaces")
    (advice,) = wait(
        kernel, lambda: [one for one in latest(kernel) if one["cell_id"] == "replaces"]
    )
    say(kernel, "prove", advice)
    verdict = ended(kernel, advice)["verdict"]
    assert "(X)" in verdict["note"], json.dumps(verdict)
    assert "--compare S01" in verdict["note"]


def test_unloading_ends_a_proof(kernel, advice):
    say(kernel, "prove", advice)
    wait(kernel, lambda: "warming up" in stages(kernel))
    kernel.run("%unload_ext greenlab")
    assert kernel.eval("len(__import__('psutil').Process().children())") == 0
    assert not kernel.eval("get_ipython().events.callbacks['pre_run_cell']")
