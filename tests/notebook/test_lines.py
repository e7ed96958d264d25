"""`%%energy --lines` and sampled cells in a real kernel."""

import math
import time

import pytest

WORK = "def work(n):\n    total = 0\n    for i in range(n):\n        total += i * i\n    return total"
COUNT = 2_500_000


@pytest.fixture(scope="module")
def kernel(shared_kernel):
    shared_kernel.run(WORK, cell_id="defines")
    return shared_kernel


def lines_of(kernel):
    """The last cell's record and its lines."""
    cells = [one for one in kernel.records() if one["kind"] == "cell"]
    return cells[-1], cells[-1].get("lines")


def parts(uses, record):
    """The part of the record's energy by line."""
    whole = record["energy_j"]["value"]
    return {one["line"]: one["energy_j"]["value"] / whole for one in uses}


def test_lines_of_the_cell_and_of_the_function_it_calls(kernel):
    reply = kernel.run(f"%%energy --lines\nx = 1\nwork({COUNT})\ny = 2", cell_id="runs")
    record, lines = lines_of(kernel)
    assert lines["asked"]
    own = [one for one in lines["cell"] if one["cell_id"] == "runs"]
    assert parts(own, record)[3] > 0.6
    called = [one for one in lines["code"] if one["cell_id"] == "defines"]
    assert parts(called, record).get(4, 0) + parts(called, record).get(3, 0) > 0.6
    assert called[0]["function"] == "work"
    assert called[0]["text"] in ("total += i * i", "for i in range(n):")
    text = reply.displays[-1]["text/plain"]
    assert "total += i * i" in text
    assert "not on a line" in text
    html = reply.displays[-1]["text/html"]
    assert "<meter" in html
    assert "<script" not in html


def test_each_list_adds_up_with_the_rest_to_the_cell(kernel):
    kernel.run(f"%%energy --lines\nwork({COUNT})\nsum(range({COUNT}))")
    record, lines = lines_of(kernel)
    for name in ("code", "cell"):
        values = [one["energy_j"]["value"] for one in lines[name]]
        whole = math.fsum([*values, lines["rest_j"]["value"]])
        assert whole == pytest.approx(record["energy_j"]["value"], rel=1e-9)
    for use in [*lines["code"], *lines["cell"]]:
        figure = use["energy_j"]
        assert figure["low"] <= figure["value"] <= figure["high"]


def test_the_body_of_another_magic_has_the_lines_of_the_cell(kernel):
    for magic in ("%%time", "%%capture"):
        kernel.run(f"%%energy --lines\n{magic}\nx = 1\nwork({COUNT})", cell_id="magic")
        record, lines = lines_of(kernel)
        own = [one for one in lines["cell"] if one["cell_id"] == "magic"]
        assert parts(own, record).get(4, 0) > 0.5, (magic, lines["cell"])


@pytest.mark.parametrize("magic", ["%%time", "%%timeit -n1 -r1", "%%prun -q", "%%capture"])
def test_a_function_that_another_magic_defined_has_lines(kernel, magic):
    name = magic.split()[0].strip("%")
    function = WORK.replace("work", f"{name}_work")
    call = f"{name}_work({COUNT})"
    kernel.run(f"%%energy --lines\n{magic}\n\n{function}\n{call}", cell_id=name)
    record, lines = lines_of(kernel)
    own = [one for one in lines["cell"] if one["cell_id"] == name]
    assert parts(own, record).get(9, 0) > 0.5, lines["cell"]
    assert_in_the_loop(lines, record, name, line=6)
    if magic.startswith("%%timeit"):  # what it defines ends with it
        return
    kernel.run(f"%%energy --lines\n{call}", cell_id="later")
    record, lines = lines_of(kernel)
    assert_in_the_loop(lines, record, name, line=6)


def assert_in_the_loop(lines, record, cell_id, line):
    """Most of the record's energy is on the loop's two lines, in that cell."""
    called = [one for one in lines["code"] if one["cell_id"] == cell_id]
    found = parts(called, record)
    assert found.get(line, 0) + found.get(line + 1, 0) > 0.5, lines["code"]
    texts = {one["line"]: (one["text"], one["function"]) for one in called}
    assert texts[line + 1] == ("total += i * i", f"{cell_id}_work")


def test_an_awaiting_cell_is_charged_at_its_await(kernel):
    code = f"%%energy --lines\nimport asyncio\nawait asyncio.sleep(0.5)\nwork({COUNT // 2})"
    reply = kernel.run(code, cell_id="awaits")
    assert reply.status == "ok"
    _, lines = lines_of(kernel)
    own = {one["line"]: one for one in lines["cell"] if one["cell_id"] == "awaits"}
    assert own[3]["duration_s"] == pytest.approx(0.5, rel=0.4)
    assert own[4]["cpu_s"] > own[3]["cpu_s"]


def test_an_interrupt_reaches_the_cell_and_leaves_its_lines(kernel):
    sent = kernel.send("%%energy --lines\nwhile True:\n    work(1000)", "endless")
    time.sleep(1.5)
    kernel.interrupt()
    reply = kernel.wait(sent)
    assert reply.errors == ["KeyboardInterrupt"]
    record, lines = lines_of(kernel)
    assert record["status"] == "interrupted"
    assert any(one["cell_id"] == "endless" for one in lines["cell"])


def test_other_profilers_and_tracers_work_as_without(kernel):
    code = f"""%%energy --lines
import cProfile, pstats, sys
seen = []
def tracer(frame, event, arg):
    seen.append(event)
    return tracer
def traced():
    big = object()
    for i in range(20_000):
        kept = big
    return kept is big
sys.settrace(tracer)
same = traced()
sys.settrace(None)
profile = cProfile.Profile()
profile.enable()
work({COUNT // 5})
profile.disable()
counts = {{name: stat[0] for (_, _, name), stat in pstats.Stats(profile).stats.items()}}"""
    assert kernel.run(code).status == "ok"
    assert kernel.eval("same") is True
    assert kernel.eval("seen.count('line') > 40_000") is True
    assert kernel.eval("counts.get('work')") == 1
    assert lines_of(kernel)[1] is not None


def test_python_profile_functions_keep_every_variable(kernel):
    """Python 3.11 writes a copy of the variables back after each call of such a function."""
    code = """%%energy --lines
import sys
class Model:
    pass
def step(self, n):
    first, second = Model(), Model()
    for i in range(n):
        third = len(str(i))
    return first is not None and second is not None and third > 0
def profiler(frame, event, arg):
    pass
sys.setprofile(profiler)
whole = [step(Model(), 8_000) for _ in range(20)]
sys.setprofile(None)"""
    reply = kernel.run(code)
    assert reply.status == "ok", reply.content
    assert kernel.eval("all(whole)") is True


def test_the_ledger_keeps_asked_lines_without_their_text(kernel):
    kernel.run(f"%%energy --lines -q\nwork({COUNT})", cell_id="kept")
    kernel.run(
        "import time\nend = time.monotonic() + 1.6\nwhile time.monotonic() < end:\n    work(999)"
    )
    record, lines = lines_of(kernel)
    assert lines is not None
    assert not lines["asked"]
    stored = kernel.eval(
        "[r.to_dict() for r in __import__('greenlab').session.current().ledger.records()]"
    )
    assert stored[-1]["id"] == record["id"]
    assert "lines" not in stored[-1]
    asked = [one for one in stored if one["cell_id"] == "kept"][-1]
    assert asked["lines"]["code"]
    assert all(one["text"] is None for one in asked["lines"]["code"])


def test_short_cells_are_not_sampled_and_off_means_off(kernel):
    kernel.run("work(1000)")
    assert lines_of(kernel)[1] is None
    sampler = "__import__('greenlab').session.current().lines"
    busy = "import time\nend = time.monotonic() + 1.4\nwhile time.monotonic() < end:\n    work(999)"
    kernel.run(f"{sampler}.enabled = False", silent=True)
    kernel.run(busy)
    assert lines_of(kernel)[1] is None
    kernel.run(f"{sampler}.enabled = True", silent=True)
    kernel.run(busy)
    assert lines_of(kernel)[1] is not None


def test_hot_stacks_name_landmarks_and_what_is_live(kernel):
    code = """import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
class Study:
    def __init__(self):
        self.model = GradientBoostingClassifier(n_estimators=60)
    def fit(self, X, y):
        self.model.fit(X, y)
rng = np.random.default_rng(0)
X = rng.random((4000, 12)); y = (X[:, 0] > 0.5).astype(int)
study = Study()"""
    assert kernel.run(code, cell_id="study").status == "ok"
    for _ in range(5):  # on a busy machine the first looks may be too slow for what is live
        kernel.run("%%energy --lines -q\nstudy.fit(X, y)", cell_id="fits")
        record, _ = lines_of(kernel)
        stacks = kernel.eval(
            "[__import__('dataclasses').asdict(s) for s in "
            f"__import__('greenlab').session.current().hot_stacks({record['id']!r})]"
        )
        hottest = [one for one in stacks if one["function"] == "Study.fit"]
        if "self.model" in hottest[0]["facts"]:
            break
    assert hottest[0]["cell_id"] == "study"
    assert hottest[0]["line"] == 7
    assert hottest[0]["cell_line"] == 2
    assert sum(one["share"] for one in hottest) > 0.7
    assert any("sklearn.ensemble._gb" in name for name in hottest[0]["landmarks"])
    facts = hottest[0]["facts"]["self.model"]
    assert facts["type"] == "sklearn.ensemble._gb.GradientBoostingClassifier"
    assert facts["n_estimators"] == 60


def test_sync_says_where_there_was_nothing_to_wait_for(kernel):
    reply = kernel.run("%%energy --lines --sync\nwork(1000)")
    assert "no GPU to wait for" in reply.displays[-1]["text/plain"]
    assert kernel.run("%%energy --sync\nx = 1").status == "error"


def test_measure_has_lines_too(kernel):
    code = f"""import greenlab
with greenlab.measure("block", lines=True) as m:
    work({COUNT})
best = max(m.record.lines.cell, key=lambda use: use.energy_j.value)"""
    assert kernel.run(code).status == "ok"
    assert kernel.eval("best.line") == 3
    assert kernel.eval("m.record.lines.asked") is True
