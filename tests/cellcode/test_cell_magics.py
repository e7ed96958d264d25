import pytest

from greenlab.cellcode.cell_magics import lines_above, lines_above_body, lines_of_magics


@pytest.mark.parametrize(
    ("source", "magics"),
    [
        ("x = 1", 0),
        ("%%energy --lines\nx = 1", 1),
        ("# a\n\n%%energy\n%%time\nx = 1\n%%time", 4),
        ("", 0),
    ],
)
def test_magics_at_the_top_are_counted(source, magics):
    assert lines_of_magics(source) == magics


@pytest.mark.parametrize(
    ("source", "above"),
    [
        ("%%time\nx = 1", 1),
        ("%%energy\n%%time\n\n  \nx = 1", 4),
        ("%%prun\nx = 1", 1),
        ("%%prun -q -s cumulative\n\nx = 1", 2),
        ("%%prun -q -s cumulative y = 2\n\nx = 1", 0),
        ("%%timeit y = 2\nx = 1", 1),
        ("%%prun -z\nx = 1", 1),
        ("%%time", 1),
    ],
)
def test_where_the_body_of_a_cell_magic_begins(source, above):
    assert lines_above_body(source) == above


CELL = "%%energy\n%%capture\n!ls\nx = 1\ny = 2\n"


@pytest.mark.parametrize(
    ("source", "compiled", "above"),
    [
        (CELL, ["get_ipython().system('ls')\n", "x = 1\n", "y = 2\n", "\n"], 2),
        (CELL, ["y = 2\n"], 4),
        (CELL, ["x = 1\n", "z = 2\n"], None),
        (CELL, ["get_ipython().run_cell_magic('capture', '', '...')\n"], None),
        (CELL, ["0"] * 9, None),
        ("%%energy -q\nx = 1", ["#\n", "x = 1\n"], 0),
        ("\n\nx = 1\nx = 1", ["x = 1\n", "x = 1\n"], 2),
        ("%time f()", ["get_ipython().run_line_magic('time', 'f()')\n"], 0),
        ("x = 1", ["y = 1"], None),
    ],
)
def test_where_in_a_cell_the_lines_are_that_were_compiled(source, compiled, above):
    assert lines_above(source, compiled) == above
