"""`%%energy --compare` in a real kernel."""

import re
import time

import pytest

SETUP = """
import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
x = np.ones((150, 150))
X = np.random.rand(10_000, 4)
y = (X[:, 0] > 0.5).astype(int)
rows = iter(range(9))
"""
VERDICTS = "[v.verdict.status for v in __import__('greenlab.session').session.current().ledger.verdicts()]"


@pytest.fixture(scope="module")
def kernel(shared_kernel):
    assert shared_kernel.run(SETUP).status == "ok"
    return shared_kernel


def updates(reply):
    return [
        m["content"]["data"]["text/plain"]
        for m in reply.messages
        if m["msg_type"] == "update_display_data"
    ]


def test_a_cell_is_compared_with_another(kernel):
    kernel.run("for _ in range(100): x @ x", cell_id="light")
    reply = kernel.run(
        "%%energy --compare light --budget 60s\nfor _ in range(400): x @ x\nnext(rows)"
    )
    assert reply.status == "ok"
    assert reply.value == "0"  # the cell's own value
    estimate, *rest = [d["text/plain"] for d in reply.displays][1:]
    assert "as a rule about 11" in estimate
    assert not rest
    ended = updates(reply)[-1]
    assert ended.split()[0] in ("verified", "rejected", "inconclusive")
    assert "stopped" not in ended
    assert kernel.eval("next(rows)") == 1  # it ran once here, however often elsewhere
    assert kernel.eval(VERDICTS)[-1] == ended.split()[0]


def test_a_cell_is_named_by_its_number_as_it_was_written(kernel):
    count = kernel.run("%%energy -q\n%config InlineBackend\nx @ x").content["execution_count"]
    reply = kernel.run(f"%%energy -q --compare [{count}] --budget 20s\nx @ x")
    assert "unsafe" not in updates(reply)[-1], updates(reply)


def test_the_runs_show_no_output(kernel):
    kernel.run("import logging, sys\nlogger = logging.getLogger('a'); logger.setLevel(10)")
    kernel.run("logger.addHandler(logging.StreamHandler(sys.stdout))")
    reply = kernel.run(
        "%%energy -q --compare light --budget 20s\n"
        "from IPython.display import display\n"
        "logger.info('said'); print('said'); display('said')\n"
        "for _ in range(100): x @ x"
    )
    assert "unsafe" not in updates(reply)[-1], updates(reply)
    assert reply.text.count("said") == 2
    assert sum("said" in d["text/plain"] for d in reply.displays) == 1
    assert "said" not in "".join(str(m["content"]) for m in kernel.sync())


def test_a_rules_change_is_measured_and_its_advice_updated(kernel):
    reply = kernel.run(
        "%%energy -q --compare S01 --metric 'clf.score(X, y)' --max-drop 0.5 --budget 90s\n"
        "clf = GradientBoostingClassifier(n_estimators=10).fit(X, y)",
        cell_id="boosting",
    )
    assert reply.status == "ok"
    ended = updates(reply)[-1].split()[0]
    assert kernel.eval("type(clf).__name__") == "GradientBoostingClassifier"
    (advice,) = kernel.eval(
        "[(a.rule, a.status, a.verdict.status) for a in "
        "__import__('greenlab.notebook.extension').notebook.extension.current().advice "
        "if a.verdict]"
    )
    assert advice[0] == "S01"
    assert advice[2] == ended
    assert advice[1] == {"quality-failed": "rejected"}.get(ended, ended)
    said = kernel.run("%greenlab advice").text
    assert "at the top of the cell, and run it:\n    %%energy --compare S01 --metric" in said
    assert "+%%energy -q" in said  # made, it no longer asks for its own proof


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("T01", "T01 finds nothing"),
        ("[999]", "no cell [999]"),
        ("nonesuch.py", "no rule, no cell that ran and no file"),
    ],
)
def test_what_cannot_be_compared_is_said(kernel, what, said):
    reply = kernel.run(f"%%energy -q --compare {what}\nx @ x")
    assert reply.status == "ok"
    assert said in reply.displays[-1]["text/plain"]


def test_what_the_other_version_used_counts_in_what_is_announced(kernel):
    kernel.run("import time; time.sleep(1)", cell_id="slow")
    kernel.run("1 / 0", cell_id="broken")
    cell = "%%energy -q --compare {} --budget 0.1s\nx @ x"
    known, unknown = (
        kernel.run(cell.format(other)).displays[-1]["text/plain"]
        for other in ("slow", "broken")
    )
    assert re.search(r": [5-9](\.\d+)? s", known), known  # half of the runs are a second long
    assert re.search(r": \d+(\.\d+)? [mµ]s", unknown), unknown
    assert "if the other version takes as much" in unknown
    assert "takes as much" not in known


@pytest.mark.parametrize(
    ("end", "error", "said"),
    [
        ("1 / 0", "ZeroDivisionError", "the cell failed"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", "the cell was interrupted"),
    ],
)
def test_a_cell_that_failed_is_not_compared(kernel, end, error, said):
    before = len(kernel.eval(VERDICTS))
    reply = kernel.run(f"%%energy --compare light\n{end}")
    assert reply.errors == [error]
    assert f"{said}: this is what it used until then" in reply.displays[0]["text/plain"]
    assert reply.displays[-1]["text/plain"] == f"not compared: {said}"
    assert len(kernel.eval(VERDICTS)) == before


def test_an_interrupt_stops_the_proof_and_not_the_kernel(kernel):
    sent = kernel.send("%%energy -q --compare light\nfor _ in range(6000): x @ x\ndone = 1")
    kernel.wait_for("display_data", sent)
    time.sleep(0.3)
    kernel.interrupt()
    reply = kernel.wait(sent)
    assert reply.status == "ok"
    assert "stopped" in updates(reply)[-1]
    assert kernel.eval("done") == 1


@pytest.mark.parametrize(
    "cell",
    [
        "%%energy --metric a\nx",
        "%%energy --compare T01 --max-drop 1\nx",
        "%%energy --compare T01 --budget soon\nx",
        "%%energy --compare T01 --metric 'f('\nx",
        "%%energy --compare {bad}\nx",
        "%energy --compare T01 x",
    ],
)
def test_what_can_never_be_compared_is_refused_before_the_cell_runs(kernel, tmp_path, cell):
    (bad := tmp_path / "bad.py").write_text("y = 1\nx = (")
    count = kernel.run("ran = False").content["execution_count"]
    reply = kernel.run(cell.format(bad=bad) + "\nran = True")
    assert reply.content["ename"] == "UsageError"
    assert kernel.eval("ran") is False
    if "bad" in cell:
        assert "'(' was never closed (line 2)" in reply.text
        assert kernel.run("1").content["execution_count"] == count + 2


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("nonesuch(x)", "the metric reads nonesuch, which is not defined"),
        ("1 / 0", "the metric raised ZeroDivisionError (after the first"),
        ("[1]", "the metric is of the type list, not a number"),
        ("float('nan')", "the metric is nan"),
    ],
)
def test_a_metric_that_is_none_is_reported(kernel, metric, said):
    reply = kernel.run(f'%%energy -q --compare light --metric "{metric}"\nx @ x')
    assert updates(reply)[-1].startswith("inconclusive")
    assert said in updates(reply)[-1]


def test_nothing_stays_in_the_namespace(kernel):
    before = set(kernel.eval("[n for n in dir() if n[0] != '_']"))
    kernel.run("%%energy -q --compare light --budget 20s\nx @ x")
    assert set(kernel.eval("[n for n in dir() if n[0] != '_']")) == before
