"""Which calls of a thread belong to the cell that it runs."""

import sys

from greenlab.lines.calls import Calls
from greenlab.lines.stack import NOTHING, StackReader
from greenlab.lines.user_code import UserCode
from greenlab.lines.window_code import WindowCode

SHELL = """
def run_code(code, look):
    try:
        exec(code, {"look": look})
    except ValueError:
        showtraceback(look)

def showtraceback(look):
    look()
"""
CELL = "/tmp/ipykernel_1/1.py"


def seen_by(source):
    """What each call of `look()` in a cell, or while its traceback is written, sees."""
    shell = {}
    exec(compile(SHELL, "/env/IPython/core/interactiveshell.py", "exec"), shell)
    reader = StackReader(WindowCode(UserCode(lambda: {CELL: 1})))
    found = []
    look = lambda: found.append(reader.read(Calls(sys._getframe(1))))  # noqa: E731
    shell["run_code"](compile(source, CELL, "exec"), look)
    return found


def test_the_cell_is_what_the_shell_runs():
    (seen,) = seen_by("x = 1\nlook()")
    assert (seen.outer.file, seen.outer.line) == (CELL, 2)
    assert seen.inner == seen.outer


def test_a_traceback_that_the_shell_writes_is_on_no_line_of_the_cell():
    within, after = seen_by("look()\nraise ValueError('no such data')")
    assert within.outer.line == 1
    assert after == NOTHING
