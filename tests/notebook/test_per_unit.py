"""`--per EXPR UNIT` in a real kernel: what it counts, shows, and says where it cannot."""

import pytest

pytestmark = pytest.mark.kernel

WORK = "texts = ['a', 'b', 'c', 'd']\nsum(range(300_000))"


@pytest.fixture(scope="module")
def kernel(shared_kernel):
    shared_kernel.run("import greenlab")
    return shared_kernel


UNITS = "print({one.unit: one.count for one in rec.work})"


def counted(kernel):
    return eval(kernel.run(UNITS).text)  # noqa: S307


def test_it_shows_joules_per_unit_in_text_and_html(kernel):
    (shown,) = kernel.run(f'%%energy -o rec --per "len(texts)" text\n{WORK}').displays
    assert "per text" in shown["text/plain"]
    assert "4 counted" in shown["text/plain"]
    assert "per text" in shown["text/html"]
    record = shown["application/vnd.greenlab.record.v1+json"]
    assert [(one["unit"], one["count"]) for one in record["work"]] == [("text", 4)]
    ratio = kernel.run("rec.energy_j.value / rec.energy_per('texts').value").value
    assert float(ratio) == pytest.approx(4)


def test_several_units_and_counts_in_the_cell_add_up(kernel):
    cell = "%%energy -o rec --per len(texts) texts --per 2.5 pages\n" + WORK
    kernel.run(f"{cell}\ngreenlab.count(texts=1, tokens=7)")
    assert counted(kernel) == {"text": 5, "token": 7, "page": 2.5}


def test_runs_that_repeat_do_their_units_again(kernel):
    kernel.run(f"%%energy -r 3 -o rec --per len(texts) text\n{WORK}\ngreenlab.count(tokens=2)")
    assert counted(kernel) == {"text": 12, "token": 6}
    kernel.run("%energy -r 3 -o rec --per len(texts) text sum(range(100_000))")
    assert counted(kernel) == {"text": 12}


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("missing", "NameError: name 'missing' is not defined"),
        ("texts", "TypeError"),
        ("1/0", "ZeroDivisionError"),
        ("-3", "-3.0 is no amount"),
        ("float('nan')", "nan is no amount"),
        ("1e31", "1e+31 is no amount"),
        ("'12'", "TypeError: a number is needed, not str"),
        ("(_ for _ in ()).throw(KeyError('x'))", "KeyError: 'x'"),
        ("(_ for _ in ()).throw(SystemExit(3))", "SystemExit: 3"),  # it would end the kernel
        ("(_ for _ in ()).throw(GeneratorExit)", "GeneratorExit: "),
        ("(_ for _ in ()).throw(OSError('a\\n' * 900))", "OSError: a a a a"),
    ],
)
def test_a_fault_in_the_expression_is_said_and_loses_nothing(kernel, expression, says):
    reply = kernel.run(
        f'%%energy -o rec --per "{expression}" text --per len(texts) row\n{WORK}\n"the value"'
    )
    assert (reply.status, reply.value) == ("ok", "'the value'")
    (shown,) = reply.displays
    assert f"not counted: --per {expression!r} text: {says}" in shown["text/plain"]
    assert "per row" in shown["text/plain"]
    assert counted(kernel) == {"row": 4}
    assert kernel.run("rec.status, rec.energy_j.value > 0").value == "('ok', True)"


def test_a_fault_is_said_where_nothing_is_shown(kernel):
    reply = kernel.run(f"%%energy -q --per missing text\n{WORK}")
    assert reply.displays == []
    assert "not counted: --per 'missing' text: NameError" in reply.text


def test_a_cell_that_fails_did_not_do_its_units(kernel):
    kernel.run("texts = [1]")
    reply = kernel.run("%%energy -o rec --per len(texts) text\n1/0")
    assert reply.status == "error"
    (shown,) = reply.displays
    assert "the cell did not finish" in shown["text/plain"]
    assert counted(kernel) == {}


@pytest.mark.parametrize(
    "line", ['"len(texts" text', "len(texts)", '"" text', "1 -q", "1 ''", "1 _"]
)
def test_what_is_not_written_right_runs_nothing(kernel, line):
    kernel.run("ran = False")
    reply = kernel.run(f"%%energy --per {line}\nran = True")
    assert reply.status == "error"
    assert "--per" in str(reply.content) + reply.text
    assert kernel.run("ran").value == "False"


def test_one_unit_too_many_is_said(kernel):
    many = "greenlab.count(**{f'u{n}': 1 for n in range(20)})"
    (shown,) = kernel.run(f"%%energy --per 3 text\n{many}").displays
    assert "not counted: --per '3' text: there are 20 other units" in shown["text/plain"]


def test_the_expression_costs_the_cell_nothing(kernel):
    """It runs when the window is closed."""
    kernel.run("import time")
    kernel.run('%%energy -o rec --per "time.sleep(1.5) or 3" text\n1 + 1')
    assert counted(kernel) == {"text": 3}
    assert float(kernel.run("rec.duration_s").value) < 1.5


def test_of_one_statement_in_the_scope_of_its_function(kernel):
    code = (
        "def f(rows):\n"
        "    from IPython import get_ipython\n"
        '    %energy -o rec --per "len(rows) + 0" row sorted(rows)\n'
        "f([3, 1, 2])"
    )
    reply = kernel.run(code)
    assert reply.status == "ok", reply.content
    assert counted(kernel) == {"row": 3}
    kernel.run("%energy -o rec --per \"len([1, 2])\" 'two words' sum(range(10)) + 1")
    assert counted(kernel) == {"two word": 2}


def test_a_statement_in_a_cell_counts_in_the_cell_too(kernel):
    totals = "{one.unit: one.count for one in greenlab.session.current().totals().work}"
    kernel.run(f"before = {totals}.get('row', 0)")
    kernel.run("x = [1, 2]\n%energy -q --per len(x) row sum(x)\n", cell_id="a")
    kernel.run("(rec,) = [one for one in greenlab.records() if one.cell_id == 'a']")
    assert counted(kernel) == {"row": 2}
    assert kernel.run(f"{totals}['row'] - before").value == "2.0"


def test_counts_of_silent_cells_functions_threads_and_tasks(kernel):
    kernel.run(
        "import threading, asyncio\n"
        "def f(): greenlab.count(images=1)\n"
        "def last(): return {w.unit: w.count for w in greenlab.records()[-1].work}"
    )
    kernel.run("f()\nt = threading.Thread(target=f); t.start(); t.join()")
    kernel.run("got = last()")
    assert kernel.run("got").value == "{'image': 2.0}"
    kernel.run("async def g():\n    await asyncio.sleep(0)\n    f()")
    kernel.run("await asyncio.gather(g(), g(), g())")
    kernel.run("got = last()")
    assert kernel.run("got").value == "{'image': 3.0}"


def test_while_nothing_is_weighed_it_says_so_once(kernel):
    kernel.run("%unload_ext greenlab")
    assert "%load_ext greenlab" in kernel.run("greenlab.count(tokens=5)").text
    assert kernel.run("greenlab.count(tokens=5)").text == ""
    kernel.run("%load_ext greenlab")


def test_so_far_within_a_cell(kernel):
    kernel.run(
        "with greenlab.measure('loop') as m:\n"
        "    seen = []\n"
        "    for _ in range(3):\n"
        "        sum(range(300_000))\n"
        "        greenlab.count(tokens=10)\n"
        "        seen.append(m.so_far())\n"
    )
    values = kernel.run("[one.energy_j.value for one in seen]").value
    assert eval(values) == sorted(eval(values))  # noqa: S307
    assert kernel.run("[one.work[0].count for one in seen]").value == "[10.0, 20.0, 30.0]"
    assert kernel.run("seen[-1].energy_per('token').value > 0").value == "True"


def test_an_interrupt_in_the_expression_keeps_the_record(kernel):
    interrupt = "(_ for _ in ()).throw(KeyboardInterrupt)"
    kernel.run("rec = None")
    line = f'%%energy -o rec --per "{interrupt}" text --per 3 row'
    reply = kernel.run(f"{line}\nsum(range(300_000))")
    assert reply.status == "error"
    assert reply.errors == ["KeyboardInterrupt"]
    (shown,) = reply.displays
    assert "text: KeyboardInterrupt" in shown["text/plain"]
    assert "--per '3' row: interrupted" in shown["text/plain"]
    assert (
        kernel.run("rec.status, rec.energy_j.value > 0, rec.work").value == "('ok', True, ())"
    )
