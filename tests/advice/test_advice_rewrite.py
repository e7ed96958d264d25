import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlab.advice.rewriting.edits import After, Insert, Replace, Swap, Wrap
from greenlab.advice.rewriting.apply_edits import change, undo, unified
from greenlab.record import Change
from tests.advice.corpus_cases import cases

CELL = """\
%matplotlib inline
def f(x):
    # above
    y = (x +
         1)  # mine

    !ls \\
  -la
    return y
"""


def test_wrapping_keeps_comments_blanks_and_ipython_lines():
    made = change(CELL, [Wrap(4, 8, "with open('/dev/null'):")], "T99")
    assert (
        made.text
        == """\
%matplotlib inline
def f(x):
    # above
    with open('/dev/null'):  # greenlab:T99
        y = (x +
             1)  # mine

        !ls \\
  -la
    return y
"""
    )
    assert "+    with open('/dev/null'):  # greenlab:T99" in made.diff


def test_inserting_and_replacing_are_marked():
    source = "x = 'é' + f(1)  # mine\n"
    tree = ast.parse(source)
    call = next(node for node in ast.walk(tree) if isinstance(node, ast.Call))
    made = change(source, [Insert(1, "import g"), Replace.of(source, call, "g.f(2)")], "T99")
    assert made.text == "import g  # greenlab:T99\nx = 'é' + g.f(2)  # mine  # greenlab:T99\n"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("f()", "f(b=2)"),
        ("f(a)", "f(a, b=2)"),
        ("f((1 + 2))", "f((1 + 2), b=2)"),
        ("f(x=(a),)", "f(x=(a), b=2,)"),
        ("f(  # why\n    a,  # ä (\n)", "f(  # why\n    a, b=2,  # ä (\n)"),
        ('f("#", "ä)")', 'f("#", "ä)", b=2)'),
        ("(t\n      .g()\n   .f(\n    a\n))", "(t\n      .g()\n   .f(\n    a, b=2\n))"),
    ],
)
def test_an_argument_is_added_after_the_last(call, expected):
    source = f"ö = {call}\n"
    node = ast.parse(source).body[0].value
    made = change(source, [Replace.adding(source, node, "b=2")], "T99")
    assert made.text.replace("  # greenlab:T99", "") == f"ö = {expected}\n"


def test_the_head_of_a_loop_is_marked():
    made = change("for a in b:\n    pass\n", [Replace((1, 9), (1, 10), "c")], "T99")
    assert made.text == "for a in c:  # greenlab:T99\n    pass\n"


def test_statements_are_swapped_and_follow_others():
    source = "# above\nout = []\nfor a in b:\n    # why\n    out.append(a)\n    c(a)\nd()\n"
    made = change(source, [Swap(2, 6, "out = list(b)"), After(7, "e()\nf()")], "T99")
    assert made.text == (
        "# above\nout = list(b)  # greenlab:T99\nd()\n"
        "e()  # greenlab:T99\nf()  # greenlab:T99\n"
    )
    assert change("if a:\n    b()\n    c()\n", [Swap(2, 2, "")], "T99").text == (
        "if a:\n    c()\n"
    )
    later = change("x = 1\n\n# above\ny = 2\n", [Swap(4, 4, "y = 3")], "T99")
    assert later.text == "x = 1\n\n# above\ny = 3  # greenlab:T99\n"
    alone = change("if a:\n    b()\n", [Swap(2, 2, "")], "T99")
    assert alone.text == "if a:\n    pass\n"


def test_an_expression_in_the_head_of_a_block_is_marked_behind_the_head():
    edit = Replace((1, 5), (1, 8), "g()")
    assert change("with f():  # c\n    b()\n", [edit], "T99").text == (
        "with g():  # c  # greenlab:T99\n    b()\n"
    )


def test_no_change_where_an_edit_finds_no_place_or_breaks_the_cell():
    assert change("x = 1\n", [Wrap(7, 8, "with a:")], "T99") is None
    assert change("x = 1\n", [Replace((1, 4), (1, 5), "2 2")], "T99") is None
    assert change("x = 1\n", [Replace((1, 2), (1, 3), "2")], "T99") is None
    assert change("x = 1; y = 2\n", [], "T99") is None
    assert change("if f(1): pass\n", [Replace((1, 3), (1, 7), "g")], "T99") is None
    assert change("no python here", [Insert(1, "import g")], "T99") is None


STATEMENTS = [
    "x = 1",
    "print('%d' % 2)",
    "!ls",
    "%time y = 2",
    "if a:\n    b = 3  # c",
    "s = '''\n !x\n'''",
    "",
    "# note",
]


@given(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=6), st.data())
@settings(max_examples=60, deadline=None)
def test_what_was_inserted_can_be_taken_out_byte_for_byte(parts, data):
    source = "\n".join([*parts, "end = 1"])
    line = source.count("\n") + 1
    made = change(source, [Insert(line, "import g")], "T99")
    lines = made.text.split("\n")
    kept = [row for row in lines if row != "import g  # greenlab:T99"]
    assert len(lines) == len(kept) + 1
    assert "\n".join(kept) == source


CELLS = [case.cell for case in cases()]
ODD = st.text(st.sampled_from("a\n\r\t +-@\x0b\x85\u2028é"), max_size=30)


@given(ODD | st.sampled_from(CELLS), ODD | st.sampled_from(CELLS))
def test_undo_gives_the_cell_before_for_any_two_texts(before, after):
    assert undo(Change(unified(before, after), after)) == before


@given(
    st.sampled_from(CELLS),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\n", "\n\n \n"]),
)
def test_undo_keeps_line_ends_and_what_stands_at_the_end(cell, newline, end):
    source = cell.replace("\n", newline) + end
    made = change(source, [Insert(1, "import g")], "T99")
    assert "# greenlab:T99" in made.text
    assert undo(made) == source


@pytest.mark.parametrize(
    "edit",
    [lambda text: text.replace("g", "h"), lambda text: "", lambda text: f"x = 1\n{text}"],
)
def test_undo_refuses_a_cell_that_was_edited_since(edit):
    made = change("x = 1\ny = 2\n", [Insert(1, "import g")], "T99")
    with pytest.raises(ValueError):
        undo(Change(made.diff, edit(made.text)))
    with pytest.raises(ValueError):
        undo(Change(made.diff.rpartition("\n")[0], made.text))
