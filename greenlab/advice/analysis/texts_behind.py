"""The live texts that an expression comes of: through helpers, loops over batches, slices."""

from __future__ import annotations

import ast
from typing import Final

from greenlab.advice.analysis.callers import stand_ins
from greenlab.advice.analysis.pandas.live_tables import texts
from greenlab.advice.analysis.sklearn.fitted_estimators import gone_through
from greenlab.cellcode.ast_queries import written_name
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live

# They hand on what they are given, whole or part by part.
_HANDS_ON: Final = frozenset(
    {"DataLoader", "batched", "chunked", "enumerate", "list", "sorted", "tqdm", "zip"}
)
_DEPTH: Final = 6
# Tokens of a word, and characters of a token, where there are many and few of them.
_TOKENS_PER_WORD: Final = 2.0
_SPECIAL: Final = 2


def texts_behind(
    node: ast.expr, code: Code, live: Live, most: int = 1_000, depth: int = _DEPTH
) -> list[str] | None:
    """The first `most` of the texts; `None` where reading does not lead to live ones."""
    there = Live(live.namespace, code, live.budget)
    if (found := texts(node, there, most)) is not None or not depth:
        return found
    for inner, outer in _before(node, code):
        if (found := texts_behind(inner, outer, live, most, depth - 1)) is not None:
            return found
    return None


def most_tokens(given: list[str]) -> int:
    """More tokens than the longest of these texts has, as a rule."""
    return max(round(_TOKENS_PER_WORD * len(text.split())) + _SPECIAL for text in given)


def _before(node: ast.expr, code: Code) -> list[tuple[ast.expr, Code]]:
    """What an expression is worked out from, one step back."""
    match node:
        case ast.Name():
            over = gone_through(node, code)
            if over is not None:
                return [(over, code)]
            return [(one, unit) for unit, one in stand_ins(node, code) if one is not node]
        case ast.Subscript(value=held, slice=ast.Slice()):
            return [(held, code)]
        case ast.Call(func=func, args=[*given]) if written_name(func) in _HANDS_ON:
            return [(one, code) for one in given]
        case ast.Call(func=ast.Attribute(value=held, attr="tolist" | "to_list" | "astype")):
            return [(held, code)]
    return []
