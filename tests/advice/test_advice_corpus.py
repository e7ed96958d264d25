"""The advice on cells whose outcome was measured. CONTRIBUTING.md has the form of a case."""

import ast

import pytest

from greenlab.advice.magics import mask
from greenlab.advice.rewrite import undo
from greenlab.advice.rules import RULES
from greenlab.record import Change
from tests.advice.corpus_cases import cases
from tests.advice.corpus_score import Judge, Score

CASES = cases()
IDS = [case.name for case in CASES]
MEASURE = "python benchmarks/advice.py measure --missing"


@pytest.fixture(scope="module")
def judge():
    one = Judge()
    yield one
    one.nurseries.close()


def judged(judge, case):
    if why := case.missing():
        pytest.skip(f"{case.name}: {why}")
    return judge.judge(case)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_rule_fires_where_its_change_was_measured_to_save(case, judge):
    one = judged(judge, case)
    if not case.cited and case.state != "fixed":
        assert one.change is not None, "no change to measure: write `# %% change`"
        assert one.label is not None, f"not measured as it stands: {MEASURE} {case.rule}"
    right = one.fired == one.saves
    if case.known:
        assert not right, "judged rightly now: take the `# known-failure` line out"
        pytest.xfail(case.known)
    assert right, (one.fired, one.label)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_no_other_rule_fires(case, judge):
    seen = {rule for rule, _ in judged(judge, case).seen["brief"]}
    assert seen - {case.rule} <= case.also, "right? then say so: `# also: …`"


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_what_is_found_does_not_hang_on_how_the_cell_is_written(case, judge):
    seen = judged(judge, case).seen
    for name, form in seen["forms"].items():
        assert form["found"] == seen["brief"], f"{name}:\n{form['source']}"


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_every_change_runs_ends_the_finding_and_can_be_undone(case, judge):
    one = judged(judge, case)
    for advice in one.seen["found"]:
        if advice["change"] is None:
            continue
        change = Change(**advice["change"])
        ast.parse(mask(change.text).text)
        assert undo(change) == case.cell
        if advice["rule"] == case.rule:
            after = judge.nurseries.look(case, change.text)
            assert case.rule not in {rule for rule, _ in after["brief"]}


def test_the_corpus_as_a_whole(judge):
    every = [judge.judge(case) for case in CASES if not case.missing()]
    score = Score.of(every)
    known = [one.case.name for one in every if one.case.known]
    skipped = [case.name for case in CASES if case.missing()]
    print(f"{score.cases} measured, known failures: {known}, skipped: {skipped}")
    assert score.precision >= 0.90, score
    assert score.recall >= 0.70, score
    assert score.harm <= 0.02, score
    assert score.coverage >= 0.80, score


# Their waste cannot stand in a small cell: it needs a GPU, a model of billions of weights, or runs.
WITHOUT_A_SMELL = ("C01", "M05", "N01", "N03", "T02", "T05", "T07", "T08", "T11")


@pytest.mark.parametrize("rule", sorted(RULES, key=lambda rule: rule.id), ids=lambda r: r.id)
def test_each_rule_has_a_case_in_each_state(rule):
    states = {case.state for case in CASES if case.rule == rule.id}
    wanted = {"fixed"} if rule.id in WITHOUT_A_SMELL else {"smell", "fixed"}
    assert states >= wanted, "add cases"
    assert states & {"look-alike", "fix-hurts"}, "add cases"
