from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.notebook import header
from greenlab.notebook.header import source_hash


@pytest.mark.parametrize("cell", ["%%energy\nx = 1\n", "\n\n%%energy -q\nx = 1\n"])
def test_a_valid_header_becomes_an_empty_comment(cell):
    lines = cell.splitlines(keepends=True)
    stripped = header.strip(lines)
    assert len(stripped) == len(lines)
    assert "".join(stripped).strip() == "#\nx = 1"


@pytest.mark.parametrize(
    "cell",
    [
        "x = 1\n%%energy\n",
        "%%energy --bogus\nx = 1\n",
        "%%energyx\nx = 1\n",
        "%%time\n%%energy\nx\n",
        "",
        "\n \n",
    ],
)
def test_other_cells_stay_as_they_are(cell):
    lines = cell.splitlines(keepends=True)
    assert header.strip(lines) == lines
    assert header.read(cell) is None
    assert header.without(cell) == cell


@given(st.text(alphabet="ab %\n'\"#-", max_size=40))
def test_the_number_of_lines_stays(cell):
    lines = ["%%energy\n", "x\n", *cell.splitlines(keepends=True)]
    assert len(header.strip(lines)) == len(lines)


def test_a_magic_below_comes_first():
    assert header.strip(["%%energy -q\n", "\n", "%%time\n", "x"]) == ["\n", "%%time\n", "x"]


def test_a_cell_has_the_same_identity_with_and_without_the_header():
    assert source_hash("x = 1") == source_hash("%%energy -r 3\nx = 1\n") != source_hash("x = 2")
