"""The advice on cells whose outcome was measured. CONTRIBUTING.md has the form of a case.

Each case runs once, and every test looks at all of them: what the aims allow to be wrong in a
few cases is printed, and fails the test when it becomes more.
"""

import ast
import csv
from importlib.resources import files

import pytest

from greenlab.cellcode.ipython_syntax import mask
from greenlab.advice.rewriting.apply_edits import undo
from greenlab.advice.rules import RULES
from greenlab.record import Change
from tests.advice.corpus_cases import cases
from tests.advice.corpus_forms import FORMS, HIDING
from tests.advice.corpus_score import Judge, Score, by_form

CASES = cases()
_TABLE = csv.DictReader(files("greenlab.advice").joinpath("data/models.csv").open())
_PAIRS = [(row["model"].split("|"), row["smaller"]) for row in _TABLE]
BETWEEN = {smaller for _, smaller in _PAIRS if any(smaller in large for large, _ in _PAIRS)}
MEASURE = "python benchmarks/advice.py measure --missing"
# Where a function has ended, what it made is gone: less is known than in the cell itself. Of all
# rules' cases 0.59 to 0.79 were found so, by form.
LEAST_HIDDEN = 0.55
# Their waste cannot stand in a small cell: it needs a GPU or a model of billions of weights.
WITHOUT_A_SMELL = ("C01", "M05", "N01", "N03", "T02", "T05", "T07", "T08", "T11")


@pytest.fixture(scope="module")
def judge():
    one = Judge()
    yield one
    one.nurseries.close()


@pytest.fixture(scope="module")
def judged(judge):
    skipped = [f"{case.name}: {why}" for case in CASES if (why := case.missing())]
    print(f"skipped, {len(skipped)}:", *skipped, sep="\n  ")
    return [judge.judge(case) for case in CASES if not case.missing()]


def few(wrong, of, share):
    """Print what is wrong; no more than this share of all may be."""
    print(f"{len(wrong)} of {of}:", *wrong, sep="\n  ")
    assert len(wrong) <= share * of, wrong


def test_it_has_two_hundred_cases_and_each_stands_as_it_was_measured(judged):
    assert len(judged) >= 200
    stale = [
        one.case.name
        for one in judged
        if one.label is None and not one.case.cited and one.case.state != "fixed"
    ]
    # A busy machine may silence a rule that asks what share of the cell it would change.
    few([f"not measured as it stands: {MEASURE} ({name})" for name in stale], len(judged), 0.01)


def test_precision_recall_harm_and_ranges(judged):
    score = Score.of(judged)
    wrong = [one.case.name for one in judged if one.counts and one.fired != one.saves]
    print(f"{score}\nwrong:", *wrong, sep="\n  ")
    assert score.precision >= 0.90, wrong
    assert score.recall >= 0.70, wrong
    assert score.harm <= 0.02, wrong
    assert score.coverage >= 0.80, score


def test_precision_and_recall_by_form(judged):
    forms = by_form(judged)
    for form, (precision, recall) in forms.items():
        print(f"{form:>10}: precision {precision:.2f}, recall {recall:.2f}")
    for form, (precision, recall) in forms.items():
        assert precision >= 0.90, form
        assert recall >= (LEAST_HIDDEN if form in HIDING else 0.70), form


def test_cited_cases_are_judged_as_their_sources_say(judged):
    wrong = [one.case.name for one in judged if one.case.cited and one.fired != one.saves]
    few(wrong, sum(one.case.cited for one in judged), 0.02)


def test_no_other_rule_fires(judged):
    wrong = {}
    for one in judged:
        seen = {rule for rule, _ in one.seen["brief"]}
        if others := seen - {one.case.rule} - one.case.also:
            wrong[one.case.name] = others
    few([*wrong.items()], len(judged), 0.02)


def test_what_is_found_does_not_hang_on_how_the_cell_is_written(judged):
    wrong = [
        (one.case.name, name)
        for one in judged
        for name, form in one.seen["forms"].items()
        if form["found"] != one.seen["brief"] and name not in HIDING
    ]
    few(wrong, (len(FORMS) - len(HIDING)) * len(judged), 0.01)


def test_where_less_can_be_seen_nothing_more_is_said(judged):
    wrong = {}
    for one in judged:
        known = {rule for rule, _ in one.seen["brief"]}
        for name in HIDING:
            if more := {rule for rule, _ in one.seen["forms"][name]["found"]} - known:
                wrong[one.case.name, name] = more
    few([*wrong.items()], len(HIDING) * len(judged), 0.01)


def test_every_change_parses_and_can_be_undone_byte_for_byte(judged):
    changes = 0
    for one in judged:
        for advice in one.seen["found"]:
            if advice["change"] is not None:
                change = Change(**advice["change"])
                ast.parse(mask(change.text).text)
                assert undo(change) == one.case.cell, one.case.name
                changes += 1
    assert changes >= 80


def test_every_change_runs_and_ends_the_finding(judge, judged):
    wrong, changes = [], 0
    for one in judged:
        for advice in one.seen["found"]:
            if advice["rule"] == one.case.rule and advice["change"] is not None:
                changes += 1
                text = advice["change"]["text"]
                if one.case.rule == "M01" and any(name in text for name in BETWEEN):
                    continue  # the smaller model has a smaller one itself
                after = judge.nurseries.look(one.case, text)
                if one.case.rule in {rule for rule, _ in after["brief"]}:
                    wrong.append(one.case.name)
    few(wrong, changes, 0.01)


@pytest.mark.parametrize("rule", sorted(RULES, key=lambda rule: rule.id), ids=lambda r: r.id)
def test_each_rule_has_a_case_in_each_state(rule):
    states = {case.state for case in CASES if case.rule == rule.id}
    wanted = {"fixed"} if rule.id in WITHOUT_A_SMELL else {"smell", "fixed"}
    assert states >= wanted, "add cases"
    assert states & {"look-alike", "fix-hurts"}, "add cases"
