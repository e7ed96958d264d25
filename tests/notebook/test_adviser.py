"""What the adviser makes of proofs."""

import os
from dataclasses import replace
from types import SimpleNamespace

import pytest

from greenlab.advice.rewriting.apply_edits import undo
from greenlab.advice.track_record import DOUBTFUL
from greenlab.notebook.adviser import Adviser
from greenlab.cellcode.source_hash import source_hash
from greenlab.record import Proven, Verdict, hardware
from greenlab.record.hot_stack import HotStack
from tests.ledger.conftest import figure, record

pytest.importorskip("sklearn")
CELL = "model = GradientBoostingClassifier(n_estimators=9).fit(X, y)"


@pytest.fixture
def space():
    import numpy as np
    from sklearn.ensemble import GradientBoostingClassifier

    X = np.zeros((10_000, 2))
    model = GradientBoostingClassifier()
    return {
        "GradientBoostingClassifier": GradientBoostingClassifier,
        "X": X,
        "y": X[:, 0],
        "model": model,
    }


@pytest.fixture
def ran():
    return record(duration_s=60.0, cpu_s=60.0, source_hash=source_hash(CELL), cell_id="c")


def verdict(status, low=0.3, high=0.4):
    return Verdict(0.35, low, high, 5, "measured", status=status)


def proven(status, record, of=None, **interval):
    return Proven(
        "2026-01-01T00:00:00Z",
        "S01",
        hardware(record.components),
        of or record.source_hash,
        verdict(status, **interval),
    )


def advise(space, ran, *known):
    told = []
    adviser = Adviser(SimpleNamespace(user_ns=space), told.append, lambda rule: list(known))
    adviser.consider(ran, CELL, now=True)
    adviser.settle(120)
    return adviser, told


def test_a_light_cell_that_had_to_wait_for_its_turn_is_advised_where_it_is_asked_for(
    space, ran, monkeypatch
):
    """On a busy machine it looks as if it had waited for something else."""
    light = replace(ran, duration_s=0.9, cpu_s=0.09)
    adviser = Adviser(SimpleNamespace(user_ns=space), lambda _: None)
    monkeypatch.setattr("os.getloadavg", lambda: (0.0, 0.0, 0.0))
    assert adviser.for_cell(light, CELL, "S01") is None
    monkeypatch.setattr("os.getloadavg", lambda: (8.0 * os.cpu_count(), 0.0, 0.0))
    assert adviser.for_cell(light, CELL, "S01").change is not None


def test_a_proven_range_takes_the_cited_ones_place(space, ran):
    adviser, _ = advise(space, ran, proven("verified", ran))
    (advice,) = adviser.advice
    assert (advice.saving.low, advice.saving.high) == pytest.approx((0.6, 0.7))


def test_other_cells_proofs_make_a_rule_doubtful_and_never_silent(space, ran):
    failed = [proven("rejected", ran, of=cell, low=0.99, high=1.1) for cell in "abc"]
    (shown,) = advise(space, ran, *failed[:2])[0].advice
    assert shown.status == "shown"
    assert "in other cells here" in shown.saving.source
    (listed,) = advise(space, ran, *failed)[0].advice
    assert listed.status == "candidate"
    assert DOUBTFUL in listed.because


def test_advice_is_ordered_by_the_joules_it_can_save(space, ran):
    adviser, _ = advise(space, ran)
    (one,) = adviser.advice
    assert one.saving.of_j == pytest.approx(one.saving.saved_j / one.saving.middle)
    small = record(source_hash="small", cell_id="d")
    for _ in range(9):
        adviser._runs.add(ran)
    other = replace(
        one, id="b", source_hash="small", saving=replace(one.saving, low=0.9, high=0.99)
    )
    adviser._runs.add(small)
    adviser._advice["b"] = other
    assert [each.id for each in adviser.advice] == [one.id, "b"]


@pytest.mark.parametrize(
    ("cell", "places"),
    [
        (CELL, {1: 0.8}),
        (f"for _ in range(9):\n    {CELL}\n    model.fit(X, y)", {2: 0.3, 3: 0.5}),
    ],
)
def test_the_line_below_a_cell_gives_shares_as_the_card_does(space, ran, cell, places):
    ran = replace(ran, source_hash=source_hash(cell))
    stacks = [
        HotStack(
            file="/tmp/ipykernel_1/1.py",
            line=line,
            function="<module>",
            cell_line=line,
            execution_count=ran.execution_count,
            cell_id=ran.cell_id,
            landmarks=("sklearn.ensemble._gb.BaseGradientBoosting.fit",),
            called_by=(),
            share=share,
            energy_j=share,
            cpu_s=60 * share,
            duration_s=60 * share,
            samples=round(1000 * share),
        )
        for line, share in places.items()
    ]
    shell = SimpleNamespace(user_ns=space)
    adviser = Adviser(shell, lambda _advice: None, stacks=lambda _record_id: stacks)
    notes = adviser.consider(ran, cell, now=True)
    adviser.settle(120)
    cards = [one for one in adviser.advice if one.status == "shown"]
    assert len(notes) == len(cards) == 1
    (said,) = [one for one in cards[0].because if "of what this cell's code used" in one]
    assert f"{said[1:].removesuffix('.')})" in notes[0]
    assert notes[0].count("%") == said.count("%") + 1  # of `%greenlab`


def test_cells_that_ran_before_are_known(space, ran):
    space["In"] = ["", "order = model.feature_importances_", CELL]
    adviser, _ = advise(space, ran)
    (advice,) = adviser.advice
    assert advice.status == "candidate"
    assert any("Another cell uses feature_importances_" in fact for fact in advice.because)


def test_a_rule_that_failed_here_is_quiet_unless_asked(space, ran):
    failed = [proven("rejected", ran, low=0.99, high=1.1)]
    adviser, _ = advise(space, ran, *failed)
    assert adviser.advice == ()
    assert adviser.for_cell(ran, CELL, "S01").change
    elsewhere = [replace(one, hardware="another machine") for one in failed]
    assert advise(space, ran, *elsewhere)[0].advice


@pytest.mark.parametrize(
    ("status", "becomes"),
    [
        ("verified", "verified"),
        ("rejected", "rejected"),
        ("quality-failed", "rejected"),
        ("inconclusive", "inconclusive"),
        ("unsafe", "shown"),
    ],
)
def test_a_verdict_is_sent_and_outlives_another_run(space, ran, status, becomes):
    adviser, told = advise(space, ran)
    (advice,) = adviser.advice
    adviser.set_verdict(advice.id, verdict(status))
    (said,) = told[-1]
    assert (said.status, said.verdict.status) == (becomes, status)
    adviser.consider(ran, CELL, now=True)
    adviser.settle(120)
    assert adviser.advice[0].verdict == verdict(status)


def test_a_light_cell_can_be_asked_about(space, ran):
    light = replace(ran, duration_s=0.5, cpu_s=0.5)
    adviser, _ = advise(space, light)
    assert adviser.advice == ()
    advice = adviser.for_cell(light, CELL, "S01")
    assert "HistGradientBoosting" in advice.change.text
    assert adviser.for_cell(light, CELL, "T01") is None
    assert adviser.advice[0].id == advice.id


def test_a_cell_that_waited_gets_no_advice(space, ran):
    waited = replace(ran, duration_s=600.0, cpu_s=0.2)
    assert advise(space, waited)[0].advice == ()


def worked(ran, cell, cell_id, joules, waiting_j):
    part = ran.components[0]
    part = replace(part, active_j=figure(joules), energy_j=figure(joules + waiting_j))
    return replace(
        ran,
        id=cell_id,
        cell_id=cell_id,
        source_hash=source_hash(cell),
        components=(part,),
        energy_j=part.energy_j,
    )


def test_the_cell_whose_code_used_most_comes_first_whatever_idle_power_it_was_charged(
    space, ran
):
    adviser = Adviser(SimpleNamespace(user_ns=space), lambda _: None)
    for name, joules, waiting_j in (("light", 248.0, 9000.0), ("heavy", 1860.0, 10.0)):
        cell = f"{CELL}  # {name}"
        adviser.consider(worked(ran, cell, name, joules, waiting_j), cell, now=True)
        adviser.settle(120)
    assert [one.cell_id for one in adviser.advice] == ["heavy", "light"]
    assert "used 1.86 kJ, 1.87 kJ with idle power" in adviser.advice[0].because[0]
    for _ in range(9):  # its runs together use more by now
        cell = f"{CELL}  # light"
        adviser.consider(worked(ran, cell, "light", 248.0, 0.0), cell, now=True)
        adviser.settle(120)
    assert [one.cell_id for one in adviser.advice] == ["light", "heavy"]


def test_a_dismissal_can_be_taken_back_also_after_another_run(space, ran):
    adviser, _ = advise(space, ran)
    (advice,) = adviser.advice
    adviser.set_status(advice.id, "dismissed")
    assert adviser.advice == ()
    adviser.set_status(advice.id, "shown")
    assert [one.id for one in adviser.advice] == [advice.id]
    adviser.set_status(advice.id, "dismissed")
    adviser.consider(ran, CELL, now=True)
    adviser.settle(120)
    assert adviser.advice == ()
    adviser.set_status(advice.id, "shown")
    assert [one.id for one in adviser.advice] == [advice.id]


def test_what_the_user_compares_gets_no_advice(space, ran):
    adviser, told = advise(space, ran)
    assert adviser.advice
    adviser.leave(ran.source_hash)
    assert told[-1] == ()
    adviser.consider(ran, CELL, now=True)
    adviser.settle(120)
    assert adviser.advice == ()
    assert adviser.for_cell(ran, CELL, "S01")  # unless asked


@pytest.mark.parametrize(
    ("what", "silent"), [("[3]", True), ("other.py", True), ("S01", False)]
)
def test_a_cell_under_a_comparison_gets_advice_only_about_its_rule(space, ran, what, silent):
    adviser = Adviser(SimpleNamespace(user_ns=space), lambda _: None)
    lines = adviser.consider(ran, f"%%energy --compare {what}\n{CELL}", now=True)
    assert (lines == []) == silent


def test_the_change_keeps_the_header_of_the_cell_as_it_ran_but_for_its_own_proof(space, ran):
    adviser, _ = advise(space, ran)
    (plain,) = adviser.advice
    adviser.set_verdict(plain.id, verdict("verified"))
    cell = f"%%energy -q --compare S01 --budget 9s\n{CELL}"
    compared = adviser.for_cell(ran, cell, "S01")
    assert compared.change.text == f"%%energy -q\n{plain.change.text}"
    assert undo(compared.change) == cell
    assert compared.id == plain.id
    assert adviser.advice[0].verdict == verdict("verified")
    adviser.consider(ran, CELL, now=True)
    adviser.settle(120)
    (again,) = adviser.advice
    assert again.change == plain.change
    assert again.verdict == verdict("verified")
