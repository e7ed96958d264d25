"""What a cell is known by in the tables."""

import pytest

from greenlab.cli.notebook_execution import first_line


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("model.fit(X)", "model.fit(X)"),
        ("%%energy -o run\n\nmodel.fit(X)", "model.fit(X)"),
        ("# Train it.\nmodel.fit(X)\n", "model.fit(X)"),
        ("%%time\nmodel.fit(X)", "%%time"),
        ("# nothing yet", "# nothing yet"),
        ("%%energy", ""),
        ("\n\n", ""),
    ],
)
def test_the_first_line_that_says_something(source, expected):
    assert first_line(source) == expected
