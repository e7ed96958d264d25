"""Which test files are imported for which choice of markers."""

from pathlib import Path

import pytest

from tests.speed import is_unwanted, markers_of

HERE = Path(__file__).parent
FAST = "not (kernel or torch or slow or alone)"


@pytest.mark.parametrize(
    ("path", "expression", "unwanted"),
    [
        ("proof/backends/test_detach.py", "alone", False),
        ("proof/backends/test_detach.py", "not alone", True),
        ("proof/backends/test_detach.py", FAST, True),
        ("proof/backends/test_detach.py", "", False),
        ("record/test_tally.py", "alone", True),
        ("record/test_tally.py", "not alone", False),
        ("record/test_tally.py", "torch", False),  # its own marks are not known yet
        ("advice/test_advice_t01.py", FAST, True),
        ("advice/test_advice_t01.py", "not heavy and not alone", True),
        ("record/test_tally.py", "heavy and not alone", True),
        ("advice/test_advice_t01.py", "slow and not torch", False),
    ],
)
def test_a_file_is_imported_where_one_of_its_tests_may_be_wanted(path, expression, unwanted):
    assert is_unwanted(path, expression) is unwanted


def test_alone_is_given_by_path_only():
    mark = "mark." + "alone"
    assert not [path for path in HERE.rglob("*.py") if mark in path.read_text()]


def test_every_line_of_the_markers_names_a_file():
    from tests.speed import MARKERS

    for starts in MARKERS.values():
        for start in starts:
            assert (HERE / start).exists(), start
            assert markers_of(start)
