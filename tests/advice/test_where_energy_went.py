"""Advice goes by where a cell's energy went, as its stacks say."""

import ast
from dataclasses import replace

import pytest
from advice_cells import ENERGY, HEAVY, found
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier
from stacks import GB_FIT, STEP, stack

from greenlab.advice import Signals
from greenlab.advice.rule_firing import COLD
from greenlab.advice.where_energy_went import LEAST_SHARE, WhereEnergyWent
from greenlab.advice.work import Work
from greenlab.cellcode.cell_ast import Code
from greenlab.record import Figure, Place
from greenlab.record.hot_stack import UserLine

FIT = "clf = GradientBoostingClassifier()\nfeatures = prepare(X)\nclf.fit(features, y)\n"
ACTIVE = Figure.within(400.0, 350.0, 450.0, level=0.95, tier="modelled")
SIGNALS = replace(HEAVY, active_j=ACTIVE)


@pytest.fixture(scope="module")
def space():
    X, y = make_classification(2_000, 5, random_state=0)
    clf = GradientBoostingClassifier(n_estimators=2).fit(X, y)
    return {
        "X": X, "y": y, "features": X, "prepare": lambda X: X, "clf": clf,
        "GradientBoostingClassifier": GradientBoostingClassifier,
    }  # fmt: skip


def one(advice, rule="S01"):
    (only,) = [each for each in advice if each.rule == rule]
    return only


def test_the_estimate_is_energy_times_share_times_the_cited_range(space):
    whole = one(found(FIT, space, SIGNALS))
    assert (whole.saving.share, whole.saving.of_j) == (None, 400.0)
    stacks = [stack(3, 0.6, GB_FIT), stack(2, 0.4, ("numpy.sort",))]
    part = one(found(FIT, space, SIGNALS, stacks=stacks))
    assert part.status == "shown"
    assert part.saving.low == pytest.approx(0.6 * whole.saving.low)
    assert part.saving.high == pytest.approx(0.6 * whole.saving.high)
    assert part.saving.saved_j == pytest.approx(400 * 0.6 * whole.saving.middle)
    assert part.saving.share == pytest.approx(0.6)
    assert "Line 3, `clf.fit(features, y)`: 60 % of what this cell's code used." in part.because
    assert "of the 60 % used there" in part.saving.source


def test_a_place_that_used_hardly_any_energy_is_listed_with_the_reason(space):
    stacks = [stack(2, 0.95, ("numpy.sort",)), stack(3, 0.05, GB_FIT)]
    advice = one(found(FIT, space, SIGNALS, stacks=stacks))
    assert advice.status == "candidate"
    assert (
        "Line 3, `clf.fit(features, y)`: 5 % of what this cell's code used." in advice.because
    )
    assert COLD in advice.because
    assert advice.saving.saved_j < 400 * 0.05


def test_a_place_that_was_never_seen_is_listed(space):
    advice = one(found(FIT, space, SIGNALS, stacks=[stack(2, 1.0, ("numpy.sort",))]))
    assert advice.status == "candidate"
    assert "Next to none of what this cell's code used went there." in advice.because


def test_too_few_samples_say_nothing_against_a_place(space):
    stacks = [
        stack(2, 0.92, ("numpy.sort",), samples=11),
        stack(3, 0.08, GB_FIT, samples=1),
    ]
    assert one(found(FIT, space, SIGNALS, stacks=stacks)).status == "shown"


def test_stacks_of_a_small_part_of_the_work_say_nothing_against_a_place(space):
    """It worked on many cores in its first second, which is not sampled, and then slept."""
    stacks = [stack(2, 1.0, ("time.sleep",), cpu_s=1.0, duration_s=11.0)]
    assert one(found(FIT, space, SIGNALS, stacks=stacks)).status == "shown"


def test_without_stacks_nothing_changes(space):
    advice = one(found(FIT, space, SIGNALS))
    assert advice.status == "shown"
    assert not any("of what this cell's code used" in fact for fact in advice.because)


def test_findings_are_ordered_by_the_joules_that_they_save(space):
    import pandas as pd

    cell = (
        "clf = GradientBoostingClassifier()\nclf.fit(X, y)\nout = []\n"
        "for _, row in df.iterrows():\n    out.append(row['a'] * 2)\n"
    )
    names = {**space, "df": pd.DataFrame({"a": range(60_000)}), "out": [], "row": None, "_": 0}
    signals = Signals(6.0, ENERGY, cpu_s=6.0, active_j=ACTIVE)

    def order(boosting, rows):
        below = ("pandas.core.frame.DataFrame.iterrows",)
        stacks = [stack(2, boosting, GB_FIT), stack(4, rows, below)]
        advice = found(cell, names, signals, stacks=stacks)
        return [each.rule for each in advice if each.status == "shown"]

    assert order(0.75, 0.25) == ["S01", "P01"]
    assert order(0.25, 0.75) == ["P01", "S01"]


def test_of_several_places_the_hottest_is_named(space):
    cell = "a = GradientBoostingClassifier()\na.fit(X, y)\n" + "for _ in range(2):\n    pass\n"
    stacks = [stack(2, 0.7, GB_FIT), stack(4, 0.3)]
    advice = one(found(cell, space | {"a": space["clf"]}, SIGNALS, stacks=stacks))
    assert "Line 2, `a.fit(X, y)`: 70 % of what this cell's code used." in advice.because


def test_a_cell_that_slept_is_judged_at_the_place_that_worked(space):
    """On average it had next to nothing to do; the fit did not wait."""
    slept = replace(SIGNALS, duration_s=600.0, cpu_s=12.0)
    assert found(FIT, space, slept) == ()
    stacks = [
        stack(2, 0.0, cpu_s=0.1, duration_s=588.0, samples=10),
        stack(3, 1.0, GB_FIT, cpu_s=11.9, duration_s=12.0),
    ]
    assert one(found(FIT, space, slept, stacks=stacks)).status == "shown"


def test_work_in_worker_processes_counts_for_the_library_that_waits():
    code = Code.of("search.fit(X, y)\nother(X)\n", lambda _: None)
    below = ("sklearn.model_selection._search.BaseSearchCV.fit", "joblib.parallel.Parallel.x")
    where = WhereEnergyWent([stack(1, 0.6, below), stack(2, 0.4, ("joblib.parallel.x",))])
    share = where.share(Work(below=("sklearn.ensemble._gb.",)), code)
    assert share.value == pytest.approx(0.6)


def test_what_feeds_a_model_is_no_work_of_the_model():
    code = Code.of("for x in loader:\n    loss = net(x)\n", lambda _: None)
    loads = ("torch.utils.data.dataloader.DataLoader.__next__",)
    stacks = [stack(1, 0.7, loads), stack(2, 0.3, STEP)]
    loop = (code.tree.body[0],)
    share = WhereEnergyWent(stacks, "c1", 3).share(Work(loop, but=("torch.utils.data.",)), code)
    assert share.value == pytest.approx(0.3)


def test_a_gpu_that_a_line_waits_for_leaves_the_share_open():
    code = Code.of("loss = net(x)\nprint(loss.item())\n", lambda _: None)
    stacks = [stack(1, 0.04, STEP), stack(2, 0.96)]
    first = Work((code.tree.body[0],))
    assert WhereEnergyWent(stacks, "c1", 3).share(first, code).is_small
    on_gpu = WhereEnergyWent(stacks, "c1", 3, on_gpu=True).share(first, code)
    assert not on_gpu.is_small
    assert on_gpu.value == pytest.approx(0.04)


@pytest.mark.parametrize(
    ("place", "of_stack"),
    [
        (Place("c0", 2, "ab", function="train"), {"execution_count": 2, "cell_id": "c0"}),
        (Place(None, 2, "ab", function="train"), {"execution_count": 2, "cell_id": None}),
        (Place(file="/home/me/train.py", function="train"),
         {"file": "/home/me/train.py", "execution_count": None, "cell_id": None}),
        (Place("c0", 2, "ab", function="train"), {"file": "<timed exec>", "line": 99}),
        (Place(function="train"), {}),
    ],
)  # fmt: skip
def test_a_place_in_a_function_is_found_again(place, of_stack):
    source = "def train(model):\n    for x in xs:\n        model(x)\n"
    read = Code.of(source, lambda _: None)
    code = replace(read, origin=replace(read.origin, place=place))
    loop = code.tree.body[0].body[0]
    known = {"function": "train", "cell_line": 7} | of_stack
    inside = stack(known.pop("line", 3), 0.8, **known)
    elsewhere = stack(3, 0.2, function="other", execution_count=9, cell_id="c9")
    where = WhereEnergyWent([inside, elsewhere], "c1", 3)
    assert where.share(Work((loop,)), code).value == pytest.approx(0.8)
    # A helper that the loop calls, in a text of its own.
    line = UserLine(inside.file, inside.line, "train", inside.execution_count, inside.cell_id)
    helped = stack(1, 0.8, function="helper", execution_count=9, cell_id="c9", through=(line,))
    where = WhereEnergyWent([helped, elsewhere], "c1", 3)
    assert where.share(Work((loop,)), code).value == pytest.approx(0.8)


def test_a_file_elsewhere_is_seen_as_a_library_whose_lines_are_not_known():
    read = Code.of("def train():\n    for x in xs:\n        net(x)\n", lambda _: None)
    place = Place(file="/elsewhere/study.py", function="train")
    code = replace(read, origin=replace(read.origin, place=place))
    work = Work((code.tree.body[0].body[0],))
    ran = WhereEnergyWent([stack(1, 0.9, ("study.main",)), stack(2, 0.1)], "c1", 3)
    assert not ran.share(work, code).is_small
    others = WhereEnergyWent([stack(1, 0.9, ("json.dumps",)), stack(2, 0.1)], "c1", 3)
    assert others.share(work, code).is_small


def test_lines_that_stacks_do_not_show_say_nothing():
    source = "def train():\n    for x in xs:\n        net(x)\ntrain()\n"
    code = Code.of(source, lambda _: None)
    loop, call = Work((code.tree.body[0].body[0],)), Work((code.tree.body[1],))
    stacks = [stack(4, 1.0, ("torch.nn.f",), file="<timed exec>")]
    where = WhereEnergyWent(stacks, "c1", 3)
    assert where.share(loop, code) is None
    assert where.share(call, code).value == 1.0
    place = Place("c0", 2, "ab", function="train")
    earlier = replace(code, origin=replace(code.origin, place=place))
    stacks = [stack(1, 1.0, ("torch.nn.f",))]
    nameless = WhereEnergyWent(stacks, "c1", 3, unseen=frozenset([earlier.origin]))
    assert nameless.share(loop, earlier) is None
    assert WhereEnergyWent(stacks, "c1", 3).share(loop, earlier).value == 0.0


def test_another_version_of_the_same_cell_is_another_text():
    code = Code.of("a()\nb()\n", lambda _: None)
    before = stack(2, 1.0, execution_count=2, cell_id="c1")
    share = WhereEnergyWent([before], "c1", 3).share(Work((code.tree.body[1],)), code)
    assert share.value == 0.0


def test_a_sentence_names_the_hottest_line_of_several(space):
    cell = "for _ in range(3):\n    first(x)\n    second(x)\n"
    code = Code.of(cell, lambda _: None)
    stacks = [stack(2, 0.3), stack(3, 0.5), stack(9, 0.2)]
    where = WhereEnergyWent(stacks, "c1", 3, texts=[code.origin])
    share = where.share(Work((code.tree.body[0],)), code)
    assert share.fact == (
        "80 % of what this cell's code used went there, most of it in line 3, `second(x)` (50 %)."
    )


def test_the_least_share_is_what_a_proof_can_tell():
    """Half of it saved is the margin of a proof."""
    from greenlab.proof.statistics import MARGIN

    assert LEAST_SHARE / 2 == pytest.approx(MARGIN)


def test_nodes_without_lines_are_no_place():
    code = Code.of("f(x)\n", lambda _: None)
    assert WhereEnergyWent([stack(1, 1.0)], "c1", 3).share(Work(()), code) is None
    arguments = ast.parse("def f(a): pass").body[0].args
    assert WhereEnergyWent([stack(1, 1.0)], "c1", 3).share(Work((arguments,)), code).value == 0
