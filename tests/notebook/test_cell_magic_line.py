from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from greenlab.cellcode.source_hash import source_hash, without_header
from greenlab.notebook import cell_magic_line


def dedented(lines):
    """What IPython does to a cell first."""
    for transform in TransformerManager().cleanup_transforms:
        lines = transform(lines)
    return lines


@pytest.mark.parametrize("cell", ["%%energy\nx = 1\n", "\n\n%%energy -q\nx = 1\n"])
def test_a_valid_header_becomes_an_empty_comment(cell):
    lines = cell.splitlines(keepends=True)
    stripped = cell_magic_line.strip(lines, dedented)
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
    assert cell_magic_line.strip(lines, dedented) == lines
    assert cell_magic_line.read(cell) is None
    assert without_header(cell) == ("x = 1\n" if "--bogus" in cell else cell)


@given(st.text(alphabet="ab %\n'\"#-", max_size=40))
def test_the_number_of_lines_stays(cell):
    lines = ["%%energy\n", "x\n", *cell.splitlines(keepends=True)]
    assert len(cell_magic_line.strip(lines, dedented)) == len(lines)


def test_a_magic_below_comes_first():
    assert cell_magic_line.strip(["%%energy -q\n", "\n", "%%time\n", "x"], dedented) == [
        "%%time\n",
        "x",
    ]


def test_a_cell_has_the_same_identity_with_and_without_the_header():
    assert source_hash("x = 1") == source_hash("%%energy -r 3\nx = 1\n") != source_hash("x = 2")


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("%%energy --compare S01", "%%energy"),
        (
            "%%energy -q --compare S01 --metric 'f(x, -1)' --max-drop 0.1 -o rec",
            "%%energy -q -o rec",
        ),
        ("%%energy --metric -loss --compare=S01 --budget 2m --precise", "%%energy --precise"),
        ("%%energy --compare S02", "%%energy --compare S02"),
        ("%%energy --compare [3]", "%%energy --compare [3]"),
        ("%%energy -r 3", "%%energy -r 3"),
        ("# %%energy --compare S01", "# %%energy --compare S01"),
    ],
)
def test_a_change_that_is_made_is_compared_no_more(line, kept):
    assert (
        cell_magic_line.without_comparison(f"\n{line}\nx = 1\n", "S01") == f"\n{kept}\nx = 1\n"
    )
