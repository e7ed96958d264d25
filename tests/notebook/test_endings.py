"""Whatever way a cell ends, the next one runs once, is weighed, and hears nothing of ours."""

from __future__ import annotations

import atexit
import re
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from greenlab import carbon
from greenlab.ledger import Ledger
from greenlab.meter import Meter
from greenlab.notebook import cells, extension, cell_magic_line
from greenlab.notebook.adviser import Adviser
from greenlab.notebook.live_power import LivePower
from greenlab.sensors import Host

WATCHED = ("IPython/core/interactiveshell.py", "IPython/core/events.py", "greenlab/notebook/")
"""Where interrupts are put."""


@pytest.fixture
def shell(own_ledger):
    """A shell in this process, with greenlab loaded."""
    shell = new_shell()
    shell.InteractiveTB.set_mode("Minimal")
    shell.extension_manager.load_extension("greenlab")
    assert extension.current() is not None
    yield shell
    extension.unload(shell)


def new_shell():
    """A shell that leaves no thread, and is not there any more when Python ends: each would then
    collect the garbage of all tests.
    """
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell(config=config)
    atexit.unregister(shell.atexit_operations)
    return shell


def records():
    return [one for one in extension.current().session.records() if one.kind == "cell"]


class Injector:
    """Raises a `KeyboardInterrupt` at the n-th line that is run of what is watched."""

    def __init__(self, at):
        self.left = at
        self.raised = False

    def __enter__(self):
        sys.settrace(self._call)

    def __exit__(self, *_):
        sys.settrace(None)

    def _call(self, frame, event, _argument):
        name = frame.f_code.co_filename
        watched = any(part in name for part in WATCHED)
        return self._line if watched else None

    def _line(self, _frame, event, _argument):
        if event == "line" and not self.raised:
            self.left -= 1
            if self.left < 0:
                self.raised = True
                raise KeyboardInterrupt
        return self._line


def interrupted(shell, cell, at):
    """Run a cell with an interrupt at the n-th line; whether it came to that."""
    injector = Injector(at)
    try:
        with injector:
            shell.run_cell(cell, store_history=True)
    except KeyboardInterrupt:
        pass
    return injector.raised


def check_next(shell):
    """The next cell runs once, as if nothing had been, and is weighed."""
    shell.user_ns["runs"] = 0
    result = shell.run_cell("runs += 1", store_history=True)
    assert result.success
    assert shell.user_ns["runs"] == 1
    assert shell.ast_transformers == []
    assert records()[-1].status == "ok"
    assert records()[-1].execution_count == result.execution_count


@pytest.mark.filterwarnings(  # IPython's own coroutine, where it is interrupted before it runs
    "ignore:coroutine:RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.parametrize(
    ("cell", "step"),
    [
        ("x = 1", 1),
        ("%%energy -q -r 3\nx = 1", 13),
        ("%%energy -q -o rec\n%time x = 1", 17),
        ("def f(:", 7),
        ("1 / 0", 7),
    ],
)
def test_an_interrupt_at_any_point(shell, cell, step, capsys):
    at = 0
    while interrupted(shell, cell, at):
        check_next(shell)
        said = "".join(capsys.readouterr())
        assert "greenlab itself failed" not in said, (at, said)
        at += step
    assert at > 100


def test_an_interrupt_while_a_cell_begins_is_the_cells(shell, monkeypatch):
    began = extension.current().session.begin
    calls = []

    def interrupted_once(*args, **kwargs):
        calls.append(args)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return began(*args, **kwargs)

    monkeypatch.setattr(extension.current().session, "begin", interrupted_once)
    shell.user_ns["ran"] = False
    result = shell.run_cell("ran = True", store_history=True)
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert shell.user_ns["ran"] is False
    assert [one.status for one in records()] == ["interrupted"]
    check_next(shell)


def test_an_interrupt_while_a_cell_ends_is_the_cells(shell, monkeypatch):
    def interrupts(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("greenlab.notebook.gpu_finish.finish", interrupts)
    result = shell.run_cell("%%energy -o rec\nx = 1", store_history=True)
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert shell.user_ns["rec"].status == "interrupted"
    assert [one.status for one in records()] == ["interrupted"]


def test_an_interrupt_while_a_statement_ends_reaches_the_user(shell, monkeypatch):
    def interrupts(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("greenlab.notebook.gpu_finish.finish", interrupts)
    result = shell.run_cell("%energy -q -o rec x = 1")
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert shell.user_ns["rec"].status == "interrupted"


HOSTILE = """
class Hostile(Exception):
    def __str__(self):
        return 1 + "x"
"""


@pytest.mark.parametrize("header", ["", "%%energy -q\n", "%%energy -q -r 3\n"])
def test_an_error_that_cannot_say_what_it_is(shell, header):
    shell.run_cell(HOSTILE, store_history=True)
    shell.run_cell(f"{header}raise Hostile", store_history=True)
    assert records()[-1].status == "error"
    check_next(shell)


def test_a_cell_whose_end_is_not_reported(shell):
    post = extension.current().cells.after
    shell.events.unregister("post_run_cell", post)
    shell.user_ns["n"] = 0
    shell.run_cell("%%energy -q -r 3\nn += 1", store_history=True)
    assert shell.user_ns["n"] == 3
    shell.events.register("post_run_cell", post)
    check_next(shell)
    assert [one.status for one in records()] == ["interrupted", "ok"]


@pytest.mark.parametrize(
    "inner",
    [
        "get_ipython().run_cell('inner = 1')",
        "%run -i {script}",
        "await get_ipython().run_cell_async('inner = 1', transformed_cell='inner = 1')",
        "get_ipython().run_cell('1 / 0')",
        "get_ipython().run_cell('def f(:')",
    ],
)
def test_cells_inside_a_cell_are_part_of_it(shell, inner, tmp_path):
    (tmp_path / "script.ipy").write_text("inner = 1\n")
    inner = inner.format(script=tmp_path / "script.ipy")
    shell.run_cell(f"{inner}\nouter = 2", store_history=True)
    assert shell.user_ns["outer"] == 2
    assert len(records()) == 1
    check_next(shell)


def test_an_interrupted_cell_inside_a_cell_does_not_end_that(shell):
    def interrupts(lines):
        if "inner" in "".join(lines) and "outer" not in "".join(lines):
            raise KeyboardInterrupt
        return lines

    shell.input_transformers_cleanup.append(interrupts)
    shell.run_cell(
        "try:\n    get_ipython().run_cell('inner = 1')\n"
        "except KeyboardInterrupt:\n    outer = 2",
        store_history=True,
    )
    shell.input_transformers_cleanup.remove(interrupts)
    assert shell.user_ns["outer"] == 2
    assert [one.status for one in records()] == ["ok"]


def test_a_task_that_runs_cells_while_a_cell_waits(shell):
    shell.run_cell(
        "import asyncio\n"
        "async def other():\n    get_ipython().run_cell('inner = 1')\n"
        "task = asyncio.ensure_future(other())\n"
        "await asyncio.sleep(0.05)\nouter = 2",
        store_history=True,
    )
    assert (shell.user_ns["inner"], shell.user_ns["outer"]) == (1, 2)
    (record,) = records()
    assert record.status == "ok"
    assert record.duration_s >= 0.05
    check_next(shell)


def test_unloading_in_a_cell_keeps_its_record(shell, own_ledger):
    from greenlab.ledger import Ledger

    shell.run_cell("x = sum(range(10**6))\n%unload_ext greenlab", store_history=True)
    assert extension.current() is None
    ledger = Ledger(own_ledger)
    (record,) = ledger.records()
    ledger.close()
    assert (record.kind, record.status, record.execution_count) == ("cell", "ok", 1)
    assert record.energy_j.value > 0
    shell.run_cell("y = 1", store_history=True)
    shell.run_cell("%load_ext greenlab", store_history=True)
    check_next(shell)


def test_unloading_in_an_energy_cell_shows_its_figures(shell, capsys):
    shell.run_cell("%%energy -r 3 -o rec\n%unload_ext greenlab", store_history=True)
    assert shell.user_ns["rec"].status == "ok"
    assert "CO2e" in capsys.readouterr().out
    shell.run_cell("%load_ext greenlab", store_history=True)
    check_next(shell)


REPEATED = {
    "%time n += 1\n%time n += 1": 6,
    "%%time\nn += 1": 3,
    "%timeit -n 1 -r 2 n": 0,
    "%energy -q n += 1\n%energy -q n += 1": 6,
    "%energy -q -r 2 n += 1": 6,
    "%%capture\nn += 1": 3,
    "get_ipython().run_cell('n += 1')": 3,
    "get_ipython().run_cell('%time n += 1')\nn += 1": 6,
    "await __import__('asyncio').sleep(0)\nn += 1": 3,
    "from __future__ import annotations\nn += 1": 3,
    "n += " + " + ".join(["1"] * 600): 1800,
    "n += " + "-" * 90 + "1": 3,
    "def f(a, *, b=1):\n    return a + b\nn += f(0)": 3,
    "n = n + 1 if n < 100 else 0; [n for n in range(3)]": 3,
    "match n:\n    case _:\n        n += 1": 3,
}


@pytest.mark.parametrize("body", REPEATED, ids=lambda body: body[:40])
def test_a_cell_is_repeated_so_often_and_what_it_runs_is_not(shell, body):
    shell.user_ns["n"] = 0
    result = shell.run_cell(f"%%energy -q -r 3 -o rec\n{body}", store_history=True)
    assert result.success
    assert shell.user_ns["n"] == REPEATED[body]
    record = shell.user_ns["rec"]
    assert len(record.repeats) == 3
    assert sum(run.duration_s for run in record.repeats) <= record.duration_s
    check_next(shell)


def test_other_transformers_see_each_tree_once(shell):
    import ast

    class Doubles(ast.NodeTransformer):
        def visit_Constant(self, node):
            return ast.Constant(node.value * 2)

    shell.ast_transformers.append(Doubles())
    shell.run_cell("%%energy -q -r 3\nx = 21", store_history=True)
    assert shell.user_ns["x"] == 42
    shell.ast_transformers.clear()


def test_a_repeater_that_stays_behind_repeats_nothing(shell):
    from greenlab.notebook.repeat import Repeater

    stale = Repeater(3, lambda: None, lambda: False, shell.ast_transformers)
    shell.ast_transformers.append(stale)
    shell.user_ns["n"] = 0
    shell.run_cell("n += 1", silent=True)
    assert shell.user_ns["n"] == 1
    shell.ast_transformers.clear()


HEADED = [
    "    {magic}\n    x = 1\n    if x:\n        y = 2\n",
    "{magic}\n    x = 1\n    if x:\n        y = 2\n",
    "\n\n  {magic}\n  x = 1\n  y = 2",
    "\t{magic}\n\tx = 1\n\ty = 2",
    "{magic}\n\tx = 1\n\ty = 2",
    "{magic}\r\nx = 1\r\ny = 2\r\n",
    "    {magic}\r\n    x = 1\r\n    y = 2\r\n",
    "{magic}\n\n\n    x = 1\n    y = 2",
    "{magic}\n# first\nx = 1\ny = 2",
    ">>> {magic}\n>>> x = 1\n>>> y = 2",
    "In [1]: {magic}\n   ...: x = 1\n   ...: y = 2",
    "{magic}\n>>> x = 1\n>>> y = 2",
    "{magic}\t-q\nx = 1\ny = 2",
    "{magic}   -q   \nx = 1\ny = 2",
]


@pytest.mark.parametrize("cell", HEADED)
def test_the_header_wherever_people_write_it(shell, cell):
    options = "" if "-q" in cell else " -q"
    result = shell.run_cell(
        cell.format(
            magic=f"%%energy{options} -o rec".replace(" -o rec\t", "\t")
            if "\t-q" not in cell
            else "%%energy"
        ),
        store_history=True,
    )
    assert result.success
    assert (shell.user_ns["x"], shell.user_ns["y"]) == (1, 2)
    assert records()[-1].status == "ok"


@pytest.mark.parametrize(
    "cell",
    ["# why\n%%energy -o rec\nx = 1", "# %% [markdown]\n\n# b\n    %%energy -o rec\n    x = 1"],
)
def test_comments_may_stand_above_the_header(shell, cell):
    assert shell.run_cell(cell).success
    assert shell.user_ns["rec"].kind == "cell"
    assert shell.user_ns["x"] == 1


def test_an_error_below_an_indented_header_names_its_line(shell, capsys):
    shell.InteractiveTB.set_mode("Plain")
    shell.run_cell("\n    %%energy -q\n\n    x = 1\n    1 / 0", store_history=True)
    with_header = capsys.readouterr().out
    shell.run_cell("\n    # plain\n\n    x = 1\n    1 / 0", store_history=True)
    plain = capsys.readouterr().out
    assert re.findall(r">:\d+", with_header) == re.findall(r">:\d+", plain) == [">:4"]


def test_a_typed_header_waits_for_its_code(shell):
    for rest in ("", "\n", "\nx = 1", "\nx = 1\n", "\nx = 1\n\n"):
        assert shell.check_complete(f"%%energy{rest}") == shell.check_complete(f"%%time{rest}")
    assert shell.check_complete("%%energy\nx = 1")[0] == "incomplete"


BRACES = {
    "%energy -q out = [f'{i}' for i in range(3)]": ["0", "1", "2"],
    "%energy -q out = {n}": {5},
    "%energy -q out = 'Hello {name}'.format(name='w')": "Hello w",
    "%energy -q out = '{{x}}'": "{{x}}",
    "%energy -q out = '$n ${n}'": "$n ${n}",
    "%energy -q -r 2 out = f'{n}'": "5",
    "out = %energy -q '{n}'": "{n}",
    "%%capture\n%energy -q out = '{n}'": "{n}",
    "%%energy -q\n%energy -q out = '{n}'": "{n}",
    "%%time\n%%energy -q\nout = '{n}'": "{n}",
}


@pytest.mark.parametrize("cell", BRACES)
def test_braces_in_a_statement_mean_what_they_say(shell, cell):
    shell.user_ns.update(i=99, n=5)
    assert shell.run_cell(cell).success
    assert shell.user_ns["out"] == BRACES[cell]


def test_a_statement_in_a_function_sees_its_names(shell):
    shell.run_cell("def f(k):\n    return get_ipython().run_line_magic('energy', '-q k * 2')")
    assert shell.run_cell("v = f(21)").success
    assert shell.user_ns["v"] == 42


@pytest.mark.parametrize("name", ["class", "None", "True", "__debug__", "a.b", "1x", "a-b", ""])
@pytest.mark.parametrize("magic", ["%energy -q -o {} x = 1", "%%energy -q -o {}\nx = 1"])
def test_a_record_needs_a_name(shell, magic, name, capsys):
    result = shell.run_cell(magic.format(name or "''"))
    assert not result.success
    assert "needs the name of a variable" in "".join(capsys.readouterr())
    assert "x" not in shell.user_ns


@pytest.mark.parametrize(
    ("given", "known"), [("print", "print"), ("match", "match"), ("ﬁt", "fit")]
)
def test_names_that_are_taken_as_they_are(shell, given, known):
    assert shell.run_cell(f"%%energy -q -o {given}\nx = 1").success
    assert shell.user_ns[known].kind == "cell"


BOUNDARIES = {
    "the meter begins": (Meter, "start"),
    "the meter ends": (Meter, "end"),
    "the meter measures": (Meter, "stop"),
    "the ledger is written": (Ledger, "add"),
    "grams are made": (carbon, "emissions"),
    "the clock": (Host, "monotonic"),
    "files": (Host, "read_text"),
    "the advice": (Adviser, "consider"),
    "live power": (LivePower, "cell_begins"),
    "the header": (cells, "source_hash"),
    "the lines": (cell_magic_line, "read"),
}
ERRORS = [RuntimeError("torn"), OSError(5, "no"), MemoryError(), RecursionError(), KeyError()]


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_fault_of_ours_is_said_once_and_cells_run(
    shell, monkeypatch, capsys, boundary, error
):
    def fails(*_args, **_kwargs):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(*BOUNDARIES[boundary], fails)
        for cell in ("n += 1", "%%time\nn += 1", "%energy -q n += 1", "n += 1"):
            shell.user_ns["n"] = 0
            assert shell.run_cell(cell, store_history=True).success
            assert shell.user_ns["n"] == 1
    said = "".join(capsys.readouterr())
    assert said.count("greenlab itself failed") <= 1
    assert "Traceback" not in said
    assert "Error in callback" not in said
    check_next(shell)


@pytest.mark.parametrize(
    "boundary",
    [
        (Meter, "__init__"),
        (Ledger, "__init__"),
        (carbon, "resolve"),
        (extension.Extension, "__init__"),
        (extension.Extension, "load"),
        (extension.CellHooks, "register"),
    ],
    ids=lambda boundary: f"{boundary[0].__name__}.{boundary[1]}",
)
def test_loading_fails_softly(own_ledger, monkeypatch, capsys, boundary):
    from greenlab import session

    session.close_current()
    plain = new_shell()
    before = {kind: set(names) for kind, names in plain.magics_manager.magics.items()}
    with monkeypatch.context() as patch:
        patch.setattr(*boundary, lambda *_args, **_kwargs: 1 / 0)
        result = plain.run_cell("%load_ext greenlab\nx = 1")
    assert result.success
    assert plain.user_ns["x"] == 1
    said = capsys.readouterr().err
    if extension.current() is None:
        assert said.count("greenlab: not loaded") == 1
        assert {k: set(names) for k, names in plain.magics_manager.magics.items()} == before
        assert plain.run_cell("%reload_ext greenlab").success
    assert extension.current() is not None
    extension.unload(plain)
