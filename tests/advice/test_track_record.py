from dataclasses import replace

import pytest

from greenlab.advice.track_record import Workload, doubtful, narrowed, quiet
from greenlab.record import Proven, Saving, Verdict

CITED = Saving(0.2, 0.6, "somebody's paper", of_j=400.0)
CELL = Workload("0", 100.0)


def proven(status, low=0.5, high=0.7, pairs=5, of="0", before_j=100.0):
    ratio = (low * high) ** 0.5
    verdict = Verdict(ratio, low, high, pairs, "measured", status=status, before_j=before_j)
    return Proven("2026-01-01T00:00:00Z", "T01", "package 0", of, verdict)


UNSAFE = Proven(
    "2026-01-01T00:00:00Z",
    "T01",
    "",
    "0",
    Verdict(None, None, None, 0, "missing", status="unsafe"),
)


def test_without_a_proof_the_cited_range_stands():
    assert narrowed(CITED, [], CELL) == CITED
    assert narrowed(CITED, [UNSAFE, proven("inconclusive", pairs=2)], CELL) == CITED
    assert narrowed(None, [UNSAFE], CELL) is None


def test_the_last_proof_of_this_cell_takes_its_place_and_the_citation_stays():
    found = narrowed(CITED, [proven("verified", 0.1, 0.9), proven("verified", 0.4, 0.6)], CELL)
    assert (found.low, found.high) == pytest.approx((0.4, 0.6))  # no union of the two
    assert found.source == "measured here; cited: 20 % to 60 %, somebody's paper"
    assert found.saved_j == pytest.approx(200.0)
    assert narrowed(None, [proven("verified")], CELL).source == "measured here"


@pytest.mark.parametrize(
    "other",
    [
        proven("verified", 0.05, 0.07, of="another cell"),  # 1,000 trees down to 100
        proven("verified", 0.05, 0.07, before_j=2_000.0),  # the same code on much more data
        proven("verified", 0.05, 0.07, before_j=2.0),
    ],
)
def test_a_proof_of_another_workload_is_named_and_changes_no_range(other):
    found = narrowed(CITED, [other], CELL)
    assert (found.low, found.high, found.of_j) == (CITED.low, CITED.high, CITED.of_j)
    assert found.source == "somebody's paper; in other cells here: 94 %"
    assert narrowed(found, [other], CELL) == found
    own = narrowed(found, [other, proven("verified")], CELL)
    assert own.source == "measured here; cited: 20 % to 60 %, somebody's paper"
    assert narrowed(None, [other], CELL) is None


def test_a_range_is_never_more_than_arithmetic_allows():
    """The same code grew 1,000 trees when it was proven, and grows 300 now."""
    trees = replace(CITED, low=0.4, high=0.67, at_most=2 / 3)
    found = narrowed(trees, [proven("verified", 0.1, 0.2)], CELL)
    assert (found.low, found.high) == pytest.approx((2 / 3, 2 / 3))
    half = replace(CITED, share=0.5, at_most=0.55)
    found = narrowed(half, [proven("verified", 0.1, 0.6)], CELL)
    assert (found.low, found.high) == pytest.approx((0.4, 0.55))
    loss = narrowed(half, [proven("rejected", 1.0, 1.2)], CELL)
    assert loss.low == pytest.approx(-0.2)


def test_a_loss_is_not_hidden():
    found = narrowed(CITED, [proven("rejected", 1.0, 1.2)], CELL)
    assert found.low == pytest.approx(-0.2)
    assert found.saved_j < 0


def test_a_rule_is_quiet_for_the_cell_that_it_was_wrong_about():
    assert not quiet([], CELL)
    assert quiet([proven("rejected")], CELL)
    assert quiet([proven("quality-failed")], CELL)
    assert not quiet([proven("rejected"), proven("verified")], CELL)
    assert not quiet([UNSAFE, proven("rejected", pairs=2)], CELL)
    assert not quiet([proven("rejected", before_j=2_000.0)], CELL)


def test_rejections_elsewhere_never_silence_a_rule():
    two = [proven("rejected", of=name) for name in "ab"]
    assert not quiet(two, CELL)
    assert not doubtful(two, CELL)
    three = [*two, proven("quality-failed", of="c")]
    assert not quiet(three, CELL)
    assert doubtful(three, CELL)  # only listed
    assert not doubtful([*three, proven("verified")], CELL)  # proven for this one
    assert not doubtful([proven("rejected", of="a")] * 5, CELL)  # one cell, five times
    both = [*three, *(proven("verified", of=name) for name in "def")]
    assert not doubtful(both, CELL)


def test_a_second_narrowing_takes_the_place_of_the_first():
    for cited in (CITED, None):
        once = narrowed(cited, [proven("verified")], CELL)
        assert narrowed(once, [proven("verified")], CELL) == once
