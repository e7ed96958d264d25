from dataclasses import replace

import pytest

from greenlab.advice.track_record import narrowed, quiet
from greenlab.record import Proven, Saving, Verdict

CITED = Saving(0.2, 0.6, "somebody's paper")


def proven(status, low=0.5, high=0.7, pairs=5):
    verdict = Verdict((low * high) ** 0.5, low, high, pairs, "measured", status=status)
    return Proven("2026-01-01T00:00:00Z", "T01", "package 0", "0", verdict)


UNSAFE = Proven(
    "2026-01-01T00:00:00Z",
    "T01",
    "",
    "0",
    Verdict(None, None, None, 0, "missing", status="unsafe"),
)


def test_without_a_proof_the_cited_range_stands():
    assert narrowed(CITED, []) == CITED
    assert narrowed(CITED, [UNSAFE, proven("inconclusive", pairs=2)]) == CITED
    assert narrowed(None, [UNSAFE]) is None


def test_what_was_measured_here_takes_its_place_and_the_citation_stays():
    found = narrowed(CITED, [proven("verified"), proven("verified", 0.4, 0.6)])
    assert (found.low, found.high) == pytest.approx((0.3, 0.6))
    assert "measured here, 2 proofs" in found.source
    assert CITED.source in found.source
    assert narrowed(None, [proven("verified")]).source == "measured here, 1 proof"


def test_a_loss_is_not_hidden():
    assert narrowed(CITED, [proven("rejected", 1.0, 1.2)]).low == pytest.approx(-0.2)


def test_a_rule_that_failed_more_often_than_not_is_quiet_about_that_code():
    assert not quiet([], "0")
    assert not quiet([proven("rejected")], "0")
    assert quiet([proven("rejected"), proven("quality-failed")], "0")
    assert not quiet([proven("rejected"), proven("verified")], "0")
    assert quiet([proven("rejected"), proven("verified"), proven("rejected")], "0")
    assert not quiet([UNSAFE, UNSAFE, proven("rejected")], "0")


def test_what_failed_in_one_cell_silences_no_other_until_it_failed_in_several():
    failed = [replace(proven("rejected"), source_hash=str(n)) for n in range(4)]
    assert not quiet([proven("rejected"), proven("rejected")], "of another cell")
    assert not quiet(failed[:3], "of another cell")
    assert quiet(failed, "of another cell")
    worked = [replace(proven("verified"), source_hash=f"v{n}") for n in range(4)]
    assert not quiet([*failed, *worked], "of another cell")


def test_a_second_narrowing_takes_the_place_of_the_first():
    for cited in (CITED, None):
        once = narrowed(cited, [proven("verified")])
        assert narrowed(once, [proven("verified")]) == once
