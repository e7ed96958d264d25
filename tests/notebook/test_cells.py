"""A real kernel: cells behave as without greenlab, and each leaves its record."""

from __future__ import annotations

import re

import pytest

from greenlab.record.messages import RECORD_MIME


def last(kernel):
    return kernel.records()[-1]


def test_a_cell_leaves_a_record_and_shows_nothing(shared_kernel):
    reply = shared_kernel.run("sum(range(10**6))", cell_id="c-1")
    assert reply.value == str(sum(range(10**6)))
    assert reply.displays == []
    assert reply.text == ""
    record = last(shared_kernel)
    assert record["cell_id"] == "c-1"
    assert record["execution_count"] == reply.content["execution_count"]
    assert record["status"] == "ok"
    assert record["kind"] == "cell"
    assert record["parent_id"] is None
    assert record["duration_s"] > 0
    assert (
        record["energy_j"]["low"] <= record["energy_j"]["value"] <= record["energy_j"]["high"]
    )
    assert record["intensity"]["zone"] == "FR"
    assert record["emissions_g"]["value"] > 0


def test_without_counters_nothing_is_called_measured(shared_kernel):
    shared_kernel.run("pass")
    record = last(shared_kernel)
    sources = {part["source"]: part["energy_j"]["tier"] for part in record["components"]}
    for source, tier in sources.items():
        if source.endswith("-model"):
            assert tier in ("modelled", "assumed")


def test_an_energy_cell_shows_text_html_and_data(shared_kernel):
    reply = shared_kernel.run("%%energy -o rec\nx = 41\nx + 1")
    assert reply.value == "42"
    (shown,) = reply.displays
    assert {"text/plain", "text/html", RECORD_MIME} <= shown.keys()
    assert shown[RECORD_MIME]["id"] == last(shared_kernel)["id"]
    assert shared_kernel.run("rec.id").value == repr(shown[RECORD_MIME]["id"])


def test_quiet_shows_nothing_and_keeps_the_record(shared_kernel):
    reply = shared_kernel.run("%%energy -q -o quiet\npass")
    assert reply.displays == []
    assert shared_kernel.run("quiet.status").value == "'ok'"


def test_an_error_reaches_the_notebook_and_the_record(shared_kernel):
    reply = shared_kernel.run("%%energy\n1 / 0")
    assert reply.status == "error"
    assert reply.errors == ["ZeroDivisionError"]
    assert last(shared_kernel)["status"] == "error"
    (shown,) = reply.displays
    assert "the cell failed" in shown["text/plain"]


def test_the_traceback_points_at_the_line_as_always(shared_kernel):
    plain = shared_kernel.run("\nx = 1\n1 / 0").content["traceback"]
    weighed = shared_kernel.run("%%energy\nx = 1\n1 / 0").content["traceback"]
    assert any("3" in line for line in weighed)
    assert len(plain) == len(weighed)


def test_a_syntax_error_is_the_users_own(shared_kernel):
    reply = shared_kernel.run("%%energy\n1 +")
    assert reply.errors == ["SyntaxError"]
    assert last(shared_kernel)["status"] == "error"


def test_await_works_at_the_top_of_an_energy_cell(shared_kernel):
    reply = shared_kernel.run("%%energy\nimport asyncio\nawait asyncio.sleep(0.05)\n'done'")
    assert reply.value == "'done'"
    assert last(shared_kernel)["duration_s"] >= 0.05


def test_other_magics_nest_below(shared_kernel):
    reply = shared_kernel.run("%%energy\n%%time\nsum([1, 2])")
    assert reply.status == "ok"
    assert "Wall time" in reply.text
    assert reply.value == "3"
    assert len(reply.displays) == 1


def test_energy_nests_below_other_magics(shared_kernel):
    before = len(shared_kernel.records())
    reply = shared_kernel.run("%%time\n%%energy -o inner\ny = 20\ny + 1")
    assert reply.value == "21"
    inner, outer = shared_kernel.records()[before:]
    assert inner["parent_id"] == outer["id"]
    assert inner["kind"] == "span"
    assert shared_kernel.run("inner.id").value == repr(inner["id"])


def test_energy_inside_capture_is_captured_and_counted_once(shared_kernel):
    before = shared_kernel.eval(
        "__import__('greenlab.session', fromlist=['x']).current().totals().cells"
    )
    reply = shared_kernel.run("%%capture out\n%%energy\nz = 1")
    assert reply.displays == []
    after = shared_kernel.eval(
        "__import__('greenlab.session', fromlist=['x']).current().totals().cells"
    )
    assert after == before + 1


def test_the_line_magic_gives_the_value(shared_kernel):
    reply = shared_kernel.run("v = %energy -q -o one sum([1, 2, 3])\nv, one.kind")
    assert reply.value == "(6, 'span')"


def test_the_line_magic_passes_errors_on(shared_kernel):
    reply = shared_kernel.run("%energy 1 / 0")
    assert reply.status == "error"
    assert reply.errors == ["ZeroDivisionError"]


@pytest.mark.parametrize(
    "code", ["%%energy --bogus\n1", "%energy", "%greenlab nonsense", "%%energy -r none\n1"]
)
def test_wrong_use_is_a_usage_error(shared_kernel, code):
    reply = shared_kernel.run(code)
    assert reply.status == "error"
    assert "UsageError" in reply.text or "UsageError" in str(reply.errors)


def test_a_comment_may_follow_the_options(shared_kernel):
    assert shared_kernel.run("%%energy -q -o commented  # why\n6 * 7").value == "42"
    assert shared_kernel.eval("commented.kind") == "cell"


@pytest.mark.parametrize(
    "code", ["%%energy", "%%energy -q\n%%energy\n\n", "%%energy\n# soon\n"]
)
def test_an_empty_energy_cell_says_so(shared_kernel, code):
    reply = shared_kernel.run(code)
    shown = reply.text + "".join(one["text/plain"] for one in reply.displays)
    assert "there is no code below %%energy" in shown + str(reply.content)


def test_repeats_give_statistics_and_the_last_value_once(shared_kernel):
    reply = shared_kernel.run("runs = []\n")
    reply = shared_kernel.run("%%energy -r 3 -o rep\nruns.append(1)\nlen(runs)")
    assert reply.value == "3"
    assert reply.text == ""
    assert "3 runs" in reply.displays[0]["text/plain"]
    assert shared_kernel.run("len(rep.repeats)").value == "3"
    assert shared_kernel.run("get_ipython().ast_transformers").value == "[]"


def test_many_repeats_cost_little_beyond_the_cell(shared_kernel):
    code = "from __future__ import annotations\nturn = globals().get('turn', 0) + 1\nturn"
    reply = shared_kernel.run(f"%%energy -r 300 -q -o many\n{code}")
    assert reply.value == "300"
    assert shared_kernel.run("len(many.repeats), many.duration_s < 3").value == "(300, True)"


def test_precise_runs_the_cell_as_always(shared_kernel):
    assert shared_kernel.run("%%energy --precise -q\n6 * 7").value == "42"
    assert shared_kernel.run("%energy --precise -q 6 * 7").value == "42"


def test_a_repeat_that_fails_stops_at_once(shared_kernel):
    shared_kernel.run("turns = []")
    reply = shared_kernel.run("%%energy -r 5\nturns.append(1)\nif len(turns) == 2: 1 / 0")
    assert reply.errors == ["ZeroDivisionError"]
    assert shared_kernel.run("len(turns)").value == "2"
    assert len(shared_kernel.records()[-2]["repeats"]) == 1


def test_repeats_await(shared_kernel):
    reply = shared_kernel.run("%%energy -r 2\nimport asyncio\nawait asyncio.sleep(0.01)\n'a'")
    assert reply.value == "'a'"


def test_what_an_edit_changed_is_said_below_the_cell_and_in_the_report(kernel):
    kernel.run("%load_ext greenlab")
    spend = "import time\nend = time.process_time() + {}\nwhile time.process_time() < end: pass"
    before, after = (f"%%energy\n{spend.format(seconds)}" for seconds in (0.2, 0.02))
    kernel.run(before, cell_id="edited")
    first = kernel.run(before, cell_id="edited")
    assert "this edit" not in first.displays[0]["text/plain"]
    reply = kernel.run(after, cell_id="edited")
    note = (
        r"(this edit: -\d\d %|\[\d+\] used \d\d % less than \[\d+\])"
        r", 1 run each, not certain yet"
    )
    assert re.search(note, reply.displays[0]["text/plain"])
    assert re.search(note, kernel.run("%greenlab report").text)


def test_the_report_goes_by_what_code_added(kernel):
    kernel.run("%load_ext greenlab")
    kernel.run("import time; time.sleep(1.5)")
    kernel.run("end = time.process_time() + 0.4\nwhile time.process_time() < end: pass")
    lines = kernel.run("%greenlab report").text.splitlines()
    assert lines[0].split("  ")[-1] == "status"
    assert "by your code" in lines[0]
    counts = [line.split()[0] for line in lines]
    assert counts.index("[3]") < counts.index("[2]")
    assert " by your code, the rest is idle power" in kernel.run("%greenlab").text


def test_off_and_on(shared_kernel):
    shared_kernel.run("%greenlab off")
    before = len(shared_kernel.records())
    shared_kernel.run("pass")
    assert len(shared_kernel.records()) == before
    assert len(shared_kernel.run("%%energy\npass").displays) == 1
    shared_kernel.run("%greenlab on")
    shared_kernel.run("pass")
    assert len(shared_kernel.records()) > before + 1


@pytest.mark.parametrize("command", ["status", "doctor", "report", "advice"])
def test_commands_speak(shared_kernel, command):
    reply = shared_kernel.run(f"%greenlab {command}")
    assert reply.status == "ok"
    assert len(reply.text) > 20
    assert "None" not in reply.text


def test_measure_belongs_to_its_cell(shared_kernel):
    code = "import greenlab\nwith greenlab.measure('part') as m:\n    sum(range(10**5))\n"
    shared_kernel.run(code + "m.record.name")
    span, cell = shared_kernel.records()[-2:]
    assert span["name"] == "part"
    assert span["parent_id"] == cell["id"]
    assert cell["parent_id"] is None


def test_nothing_of_ours_is_in_the_users_namespace(kernel):
    before = set(kernel.eval("sorted(get_ipython().user_ns)"))
    kernel.run("%load_ext greenlab")
    kernel.run("%%energy -q\n1")
    after = set(kernel.eval("sorted(get_ipython().user_ns)"))
    allowed = {
        name for name in after if name.startswith("_i") or name.strip("_0123456789") == ""
    }
    assert after - before - allowed <= {"_j"}


def test_the_users_random_numbers_stay_theirs(kernel):
    seed = "import random; random.seed(7)"
    kernel.run(seed)
    plain = kernel.run("[random.random() for _ in range(3)]").value
    kernel.run("%load_ext greenlab")
    kernel.run(seed)
    kernel.run("%%energy -q\npass")
    assert kernel.run("[random.random() for _ in range(3)]").value == plain


def test_unload_leaves_no_trace(kernel):
    look = (
        "(lambda s: [len(s.events.callbacks['pre_run_cell']), "
        "len(s.events.callbacks['post_run_cell']), len(s.ast_transformers), "
        "len(s.input_transformer_manager.cleanup_transforms), "
        "'energy' in s.magics_manager.magics['cell'], 'energy' in s.magics_manager.magics['line'], "
        "'greenlab' in s.magics_manager.magics['line'], "
        "[t.name for t in __import__('threading').enumerate() if 'greenlab' in t.name]])"
        "(get_ipython())"
    )
    before = kernel.eval(look)
    kernel.run("%load_ext greenlab")
    kernel.run("%%energy -r 2\npass")
    assert kernel.eval(look) != before
    assert kernel.run("%unload_ext greenlab").status == "ok"
    assert kernel.eval(look) == before
    assert kernel.run("%load_ext greenlab").status == "ok"
    assert len(kernel.run("%%energy\npass").displays) == 1


def test_loading_twice_weighs_once(kernel):
    kernel.run("%load_ext greenlab")
    kernel.run("%reload_ext greenlab")
    kernel.run("pass")
    kernel.run("pass")
    records = kernel.records()
    assert len(records) == len({record["id"] for record in records}) == 2


def test_run_all_stops_at_a_failing_cell(kernel):
    kernel.run("%load_ext greenlab")
    ids = [kernel.send(code) for code in ("a = 1", "1 / 0", "a = 2")]
    statuses = [kernel.wait(one).status for one in ids]
    assert statuses[:2] == ["ok", "error"]
    assert statuses[2] in ("aborted", "error")
    assert kernel.run("a").value == "1"


def test_an_interrupt_interrupts_and_is_recorded(kernel):
    kernel.run("%load_ext greenlab")
    running = kernel.send("%%energy\nimport time\nprint('go', flush=True)\ntime.sleep(60)")
    kernel.wait_for("stream", running)
    kernel.interrupt()
    reply = kernel.wait(running)
    assert reply.errors == ["KeyboardInterrupt"]
    assert kernel.records()[-1]["status"] == "interrupted"
    assert kernel.records()[-1]["duration_s"] < 50


def test_an_interrupted_await_is_recorded_too(kernel):
    kernel.run("%load_ext greenlab")
    running = kernel.send("import asyncio\nprint('go', flush=True)\nawait asyncio.sleep(60)")
    kernel.wait_for("stream", running)
    kernel.interrupt()
    kernel.wait(running)
    assert kernel.records()[-1]["status"] == "interrupted"
    assert kernel.run("1 + 1").value == "2"
    assert kernel.records()[-1]["status"] == "ok"


def test_time_between_cells_is_weighed_without_a_thread(kernel):
    import time

    kernel.run("%load_ext greenlab")
    kernel.run("x = 1")
    time.sleep(1.3)
    kernel.run("x = 2")
    first, gap, second = kernel.records()
    assert (first["kind"], gap["kind"], second["kind"]) == ("cell", "between", "cell")
    assert 1.2 < gap["duration_s"] < 10
    assert gap["energy_j"]["value"] > 0
    assert gap["cpu_s"] < gap["duration_s"]


def test_a_magic_explains_its_options(shared_kernel):
    for magic in ("%energy?", "%%energy?"):
        shown = str(shared_kernel.run(magic).content["payload"])
        assert all(option in shown for option in ("--scope", "--compare", "--per")), shown
