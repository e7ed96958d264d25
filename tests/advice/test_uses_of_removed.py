"""What a change takes away, read by a cell that has not run yet."""

import json
from pathlib import Path

import pytest

from greenlab.advice.analysis.uses_of_removed import is_read_in

CASES = json.loads(
    (Path(__file__).parent.parent / "affected_cases.json").read_text(encoding="utf-8")
)
GONE, CELL = CASES["gone"], CASES["cell"]


@pytest.mark.parametrize("later", CASES["read"])
def test_a_later_cell_reads_it_of_this_object(later):
    assert is_read_in(GONE, CELL, ["print(1)", later])


@pytest.mark.parametrize("later", CASES["not_read"])
def test_it_does_not(later):
    assert not is_read_in(GONE, CELL, [later])


def test_a_cell_that_is_no_python_names_nothing():
    assert not is_read_in(GONE, "reg =", [CASES["read"][0]])


def test_a_change_that_takes_nothing_away_breaks_no_cell():
    assert not is_read_in((), CELL, ["reg.train_score_"])
