"""What is asked of a syntax tree."""

import ast

import pytest

from greenlab.cellcode.ast_queries import own_names, parameters_of, written_name


@pytest.mark.parametrize("given", ["a, /, b, *, c", "a, /, b, *rest, c=1, **more"])
def test_a_functions_parameters_are_names_of_its_own(given):
    function = ast.parse(f"def f({given}): pass").body[0]
    assert parameters_of(function) == own_names(function) == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("text", "name"), [("fit", "fit"), ("model.fit", "fit"), ("(1)", ""), ("make()", "")]
)
def test_the_last_part_of_a_name(text, name):
    assert written_name(ast.parse(text, mode="eval").body) == name
