"""Objects that lived in a function alone, by what was seen of them while it ran."""

from dataclasses import replace

import pytest
from advice_cells import HEAVY, found
from stacks import GB_FIT, STEP, stack

from greenlab.record.hot_stack import DATA, FITTED

BOOSTING = {
    "type": "sklearn.ensemble._gb.GradientBoostingClassifier",
    "n_estimators": 500,
    "subsample": 1.0,
    "max_features": None,
}
FOREST = {
    "type": "sklearn.ensemble._forest.RandomForestClassifier",
    "n_estimators": 500,
    "warm_start": False,
    "oob_score": False,
}
GROWS = ("sklearn.base.wrapper", "sklearn.ensemble._forest.BaseForest.fit")
MATRIX = {
    "type": "numpy.ndarray", "rows": 20_000, "values": 400_000, "width": 20, "dtype": "float64",
}  # fmt: skip
SMALL = {**MATRIX, "rows": 200, "values": 4_000}
STUDY = "def study(config):\n    X, y = config.load()\n    m = config.make()\n    m.fit(X, y)\n"
CELL = f"{STUDY}study(config)\n"


class Config:
    pass


def names(source):
    space = {"__name__": "__main__", "config": Config()}
    exec(compile(source.partition("study(config)\n")[0], "<cell>", "exec"), space)
    return space


def seen(line, facts, below=GB_FIT, function="study", share=0.9):
    return [stack(line, share, below, function=function, cell_line=5, facts=facts)]


@pytest.fixture(autouse=True)
def _sklearn():
    pytest.importorskip("sklearn.ensemble")


def rules(source, stacks, space=None):
    advice = found(source, space or names(source), HEAVY, stacks=stacks)
    return {one.rule: one.status for one in advice}


def test_without_sightings_nothing_is_known():
    assert rules(CELL, seen(4, {})) == {}


@pytest.mark.parametrize(
    ("facts", "rule", "below"),
    [
        ({"m": BOOSTING, "X": MATRIX}, "S01", GB_FIT),
        ({FITTED: BOOSTING, DATA: MATRIX}, "S01", GB_FIT),
        ({"m": FOREST, "X": MATRIX}, "S03", GROWS),
        ({FITTED: FOREST, DATA: MATRIX}, "S03", GROWS),
    ],
)
def test_what_was_fitted_and_on_how_many_rows(facts, rule, below):
    assert rules(CELL, seen(4, facts, below)).get(rule) == "shown"
    assert rule not in rules(CELL, seen(4, {**facts, "X": SMALL, DATA: SMALL}, below))


def test_the_trees_that_were_seen_are_those_that_can_go():
    few = {**FOREST, "n_estimators": 300}
    (advice,) = [
        one
        for one in found(
            CELL, names(CELL), HEAVY, stacks=seen(4, {"m": few, "X": MATRIX}, GROWS, share=1.0)
        )
        if one.rule == "S03"
    ]
    assert advice.saving.high == pytest.approx(0.67)
    assert advice.saving.at_most == pytest.approx(2 / 3, abs=0.01)


def test_a_name_of_one_function_is_not_that_of_another():
    """`m` of another function was the boosting."""
    other = f"{STUDY}def other(m, X, y):\n    m.fit(X, y)\nstudy(config)\n"
    stacks = seen(6, {"m": BOOSTING, "X": MATRIX}, function="other")
    space = names(other)
    assert rules(other, stacks, space) == {}


@pytest.mark.torch
def test_a_model_that_is_gone_and_its_batches(bfloat16_cpu):
    pytest.importorskip("torch")
    import torch

    cell = (
        "def study(config):\n    net, batches, opt = config.make()\n    for xb, yb in batches:\n"
        "        loss = torch.nn.functional.cross_entropy(net(xb), yb)\n"
        "        loss.backward()\nstudy(config)\n"
    )
    space = {**names(cell), "torch": torch}
    net = {
        "type": "__main__.Net", "parameters": 2_000_000, "linear": 2_000_000, "convolution": 0,
        "recurrent": 0, "dtypes": ("float32",), "devices": ("cpu",), "managed": False,
        "casts_itself": False, "whole": True,
    }  # fmt: skip
    batch = {
        "type": "torch.Tensor",
        "rows": 64,
        "values": 6_400,
        "width": 100,
        "dtype": "float32",
    }

    def said(facts):
        stacks = [stack(5, 0.9, STEP, function="study", cell_line=6, facts=facts)]
        return rules(cell, stacks, space).get("T01")

    assert said({"net": net, "xb": batch}) == "shown"
    assert said({"net": net, "xb": {**batch, "rows": 2, "values": 200}}) is None
    assert said({"net": net}) == "candidate"  # the rows of a step are not known
    assert said({"net": {**net, "dtypes": ("bfloat16",)}, "xb": batch}) is None
    assert said({"net": {**net, "whole": False}, "xb": batch}) is None


@pytest.mark.torch
def test_a_model_by_the_name_under_which_it_was_loaded():
    pytest.importorskip("transformers")
    cell = (
        "def study(config):\n    model = config.load()\n    for text in config.texts:\n"
        "        model(text)\nstudy(config)\n"
    )
    below = ("torch.nn.modules.module.Module._wrapped_call_impl",)
    bert = {
        "type": "transformers.models.bert.modeling_bert.BertModel",
        "pretrained": "bert-base-uncased",
    }
    advice = {
        one.rule: one
        for one in found(
            cell, names(cell), HEAVY,
            stacks=[stack(4, 0.9, below, function="study", cell_line=5, facts={"model": bert})],
        )
    }  # fmt: skip
    assert "distilbert" in " ".join(advice["M01"].because).lower()
    tiny = {**bert, "pretrained": "prajjwal1/bert-tiny"}
    stacks = [stack(4, 0.9, below, function="study", cell_line=5, facts={"model": tiny})]
    assert "M01" not in rules(cell, stacks)


def test_sightings_are_of_the_cell_that_ran_alone():
    before = replace(seen(4, {"m": BOOSTING, "X": MATRIX})[0], execution_count=2)
    assert rules(CELL, [before, stack(5, 0.1)]) == {}
