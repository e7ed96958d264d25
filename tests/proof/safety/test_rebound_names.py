"""Which of its inputs a cell replaces."""

import ast

import pytest

from greenlab.proof.safety.rebound_names import replaced


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("X = X[:100]", {"X"}),
        ("step += 1", {"step"}),
        ("step: int = step + 1", {"step"}),
        ("if (n := n - 1): pass", {"n"}),
        ("a, b = b, a", {"a", "b"}),
        ("for x in x: pass", {"x"}),
        ("df = df.assign(z=1)\nfit(df)", {"df"}),
        ("model = wrap(model)\nmodel.fit(X)", {"model"}),
        ("del X[0]\nprint(X)\ndel X", {"X"}),
        ("model = new()\nmodel = wrap(model)", set()),
        ("total = 0\nfor x in rows: total += x", set()),
        ("model.fit(X)\nscore = model.score(X, y)", set()),
        ("model.steps = 3\nX[0] = 1", set()),
        ("i = sum(i for i in rows)", set()),
        ("f = lambda X: X\nX = 1", set()),
        ("import json\njson = json.loads('1')", set()),
        ("def f():\n    return f0\nf0 = 1", set()),
        ("sum = sum(rows)", set()),
    ],
)
def test_what_is_read_and_then_bound(cell, names):
    assert replaced(ast.parse(cell)) == names
