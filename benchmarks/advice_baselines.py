"""Two simpler advisers on the same cells.

Reading alone: conditions in the manner of creedengo's rules for Python, written anew from
their published descriptions (https://github.com/green-code-initiative/creedengo-rules-specifications),
those that speak of data, arrays and models. Three at a time: always name the three rules with
the most measured savings for the libraries a cell uses, whatever the cell does.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from greenlab.cellcode.ipython_syntax import mask
from tests.advice.corpus_score import Judged


@dataclass(frozen=True, slots=True)
class Condition:
    """A published rule: `same_as` is the rule of ours that asks for the same change."""

    id: str
    same_as: str | None
    holds: Callable[[ast.Module], bool]


@dataclass(frozen=True, slots=True)
class Baseline:
    """`fired`: cells with a suggestion. `judged`: those whose suggestion was measured."""

    name: str
    fired: int
    judged: int
    right: int
    harmful: int
    saving_cases: int


def baselines(judged: Sequence[Judged]) -> Iterator[Baseline]:
    """How each would have done on the cases that rest on a measurement."""
    counted = [one for one in judged if one.counts]
    yield _scored("reading alone", counted, reading_alone)
    yield _scored("three at a time", counted, three_at_a_time(counted))


def _scored(
    name: str, judged: Sequence[Judged], suggest: Callable[[Judged], set[str]]
) -> Baseline:
    # Only a suggestion that is the case's own can be judged; all others are left out, which
    # favours the baseline.
    said = [(one, suggest(one)) for one in judged]
    own = [one for one, rules in said if one.case.rule in rules]
    return Baseline(
        name=name,
        fired=sum(bool(rules) for _, rules in said),
        judged=len(own),
        right=sum(one.saves for one in own),
        harmful=sum(one.harms for one in own),
        saving_cases=sum(one.saves for one in judged),
    )


def reading_alone(one: Judged) -> set[str]:
    """The rules whose conditions hold in the text of the cell."""
    masked = mask(one.case.cell)
    assert masked is not None
    tree = ast.parse(masked.text)
    return {rule.same_as or rule.id for rule in CONDITIONS if rule.holds(tree)}


def three_at_a_time(judged: Sequence[Judged]) -> Callable[[Judged], set[str]]:
    """The three rules with the most measured savings among cases of the same libraries."""

    def suggest(one: Judged) -> set[str]:
        libraries = set(one.case.needs)
        counts = Counter(
            other.case.rule
            for other in judged
            if other.saves and libraries & set(other.case.needs)
        )
        return {rule for rule, _ in counts.most_common(3)}

    return suggest


def _calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in names:
            yield node


def _lacks(tree: ast.AST, called: str, word: str) -> bool:
    return any(
        word not in {given.arg for given in call.keywords} for call in _calls(tree, called)
    )


def _evaluates_with_gradients(tree: ast.Module) -> bool:
    return any(_calls(tree, "eval")) and not any(_calls(tree, "no_grad", "inference_mode"))


def _bias_before_norm(tree: ast.Module) -> bool:
    names = [
        (ast.unparse(call.func).rpartition(".")[2], call)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
    ]
    norms = any(name.startswith("BatchNorm") for name, _ in names)
    return norms and any(
        name.startswith("Conv") and "bias" not in {word.arg for word in call.keywords}
        for name, call in names
    )


def _tensor_of_array(tree: ast.Module) -> bool:
    return any(ast.unparse(call.func) == "torch.tensor" for call in _calls(tree, "tensor"))


def _items_half_used(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.For)
        and any(_calls(node.iter, "items"))
        and isinstance(node.target, ast.Tuple)
        and any(isinstance(one, ast.Name) and one.id == "_" for one in node.target.elts)
        for node in ast.walk(tree)
    )


def _sums_by_index(tree: ast.Module) -> bool:
    return any(
        isinstance(node, (ast.Assign, ast.AugAssign))
        and isinstance(node.value, ast.BinOp)
        and isinstance(node.value.op, ast.Mult)
        and any(isinstance(part, ast.Subscript) for part in ast.walk(node.value))
        for loop in ast.walk(tree)
        if isinstance(loop, ast.For) and any(_calls(loop.iter, "range"))
        for node in ast.walk(loop)
    )


def _loops_over_list(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.For) and isinstance(node.iter, ast.ListComp)
        for node in ast.walk(tree)
    )


CONDITIONS = (
    Condition("GCI96", "P02", lambda tree: _lacks(tree, "read_csv", "usecols")),
    Condition("GCI99", "P02", lambda tree: any(_calls(tree, "read_csv", "to_csv"))),
    Condition("GCI100", "T03", _evaluates_with_gradients),
    Condition("GCI101", None, _bias_before_norm),
    Condition("GCI102", "T06", lambda tree: _lacks(tree, "DataLoader", "pin_memory")),
    Condition("GCI103", None, _items_half_used),
    Condition("GCI104", None, _tensor_of_array),
    Condition("GCI107", "P01", _sums_by_index),
    Condition("GCI404", None, _loops_over_list),
)
