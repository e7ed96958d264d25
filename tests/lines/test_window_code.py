"""Whose code it is that a cell magic compiled, and in which cell it stands."""

import pytest

from greenlab.cellcode.parsed_source import SourceText, Texts
from greenlab.lines.calls import Place as Line
from greenlab.lines.user_code import UserCode
from greenlab.lines.window_code import WindowCode
from greenlab.record import Place

FUNCTION = "def work(n):\n    return [i for i in range(n)]\n"


class Cells(Texts):
    """Cells that ran, the latest last."""

    def __init__(self, *sources):
        self.sources = sources

    def cells(self):
        for count, source in reversed(list(enumerate(self.sources, 1))):
            yield SourceText(source, Place(f"c{count}", count))

    def __call__(self):
        return self


def code_named(name, source, file):
    """The code of a function, or of what has no name, in a text that is compiled."""
    todo = [compile(source, file, "exec")]
    while todo:
        code = todo.pop()
        if code.co_qualname == name:
            return code
        todo += [one for one in code.co_consts if hasattr(one, "co_qualname")]
    raise LookupError(name)


def in_timeit(body):
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"def inner(_it):\n{lines}"


def found(window, code, line):
    """Cell and line, `None` for code that is not the user's."""
    if not window.holds(code):
        return None
    origin = window.origin(Line(code.co_filename, line, code.co_qualname))
    place = origin.text.place
    return place and place.execution_count, line + origin.above


@pytest.mark.parametrize("file", ["<timed exec>", "<energy>", "<string>"])
def test_a_function_of_this_cell_and_of_an_earlier_one(file):
    magic = "%%prun -q" if file == "<string>" else "%%time"
    earlier = f"{magic}\n\nx = 1\n{FUNCTION}"
    window = WindowCode(
        UserCode(texts=Cells(earlier, "y = 1")),
        f"%%energy --lines\n{magic}\n{FUNCTION.replace('work', 'other')}",
    )
    own = code_named("other", FUNCTION.replace("work", "other"), file)
    assert found(window, own, 2) == (None, 4)
    called = code_named("work", f"x = 1\n{FUNCTION}", file)
    assert found(window, called, 3) == (1, 5)


def test_the_latest_cell_that_defines_it_counts():
    cell = f"%%time\n{FUNCTION}"
    window = WindowCode(UserCode(texts=Cells(cell, cell, FUNCTION)))
    assert found(window, code_named("work", FUNCTION, "<timed exec>"), 2) == (2, 3)


def test_what_has_no_name_is_its_function_s_or_this_cell_s():
    source = "f = lambda n: n\nxs = (i for i in [1])\n"
    window = WindowCode(UserCode(texts=Cells(f"%%time\n{source}")), f"%%time\n{source}")
    for name, line in (("<lambda>", 1), ("<genexpr>", 2)):
        assert found(window, code_named(name, source, "<timed exec>"), line) == (None, line + 1)
    later = WindowCode(UserCode(texts=Cells(f"%%time\n{source}")), "%time sum(i for i in xs)")
    assert found(later, code_named("<lambda>", source, "<timed exec>"), 1) == (1, 2)
    assert found(later, code_named("<genexpr>", source, "<timed exec>"), 2) is None
    other = code_named("<lambda>", "f = lambda m: m", "<timed exec>")
    assert found(WindowCode(later.user), other, 1) is None


def test_a_function_in_the_body_that_is_timed_over_and_over():
    window = WindowCode(UserCode(), f"%%timeit\n{FUNCTION}")
    code = code_named("inner.<locals>.work", in_timeit(FUNCTION), "<magic-timeit>")
    code = code.replace(co_firstlineno=1)
    assert found(window, code, 2) == (None, 3)


def test_what_others_compile_under_such_a_name_is_not_the_users():
    window = WindowCode(UserCode(texts=Cells(f"%%prun\n{FUNCTION}")), "x = 1")
    made = code_named("work", f"\n\n\n{FUNCTION}", "<string>")
    assert not window.holds(made)
    assert not window.holds(code_named("__init__", "def __init__(s): ...", "<string>"))


def test_a_body_is_no_function_and_stands_in_the_cell_that_runs():
    body = compile("x = 1", "<timed exec>", "exec")
    window = WindowCode(UserCode(texts=Cells("%%time\n\nx = 1")))
    assert not window.holds(body)
    origin = window.origin(Line("<timed exec>", 1, "<module>"))
    assert (origin.text.place.execution_count, origin.above) == (1, 2)
    statement = WindowCode(UserCode(), "%time x = 1")
    assert statement.origin(Line("<timed exec>", 1, "<module>")) is None
