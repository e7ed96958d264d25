"""Whether a prompt asks a language model for one of a few labels."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, Final

from greenlab.advice.analysis.callers import resolved, units_of
from greenlab.cellcode.abstract_values import Known
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live

MAX_LABELS: Final = 10
_MAX_TEXT: Final = 5_000

_CUES: Final = re.compile(
    r"\b(?:answer (?:only|with)|categor\w+|choose|classif\w+|emotion|intent|label|"
    r"is (?:it|this|that)|one of|positive|negative|respond (?:only|with)|sentiment|spam|"
    r"stance|tone|topic|toxic\w*|true|urgent|yes)\b|(?:^|\n)\W*(?:is|are|does|do) ",
    re.IGNORECASE,
)
_WORD: Final = r"[\"'`]?[A-Za-z][\w-]*[\"'`]?"
# "positive, negative or neutral", "yes/no", "[joy, anger, fear]", "joy|anger".
_LISTED: Final = (
    re.compile(rf"({_WORD}(?:, ?{_WORD})*,? or {_WORD})"),
    re.compile(rf"({_WORD}(?:/{_WORD})+)"),
    re.compile(rf"[\[({{:]\s*({_WORD}(?:, ?{_WORD})+)\s*[\])}}.\n]"),
    re.compile(rf"^\W*({_WORD}(?:\|{_WORD})+)\W*$"),
)
_BETWEEN: Final = re.compile(r",? or |, ?|/|\|")
_SCALE: Final = re.compile(r"\b(?:from )?1 ?(?:to|-|\u2013) ?([2-9]|10)\b")


def labels_asked_for(code: Code, live: Live) -> tuple[str, ...] | None:
    """The labels among which the model is to choose; `None` where no text names them.

    Read are the texts in what the cell runs, and live texts and lists of texts that it names.
    """
    written: list[str] = []
    for unit in units_of(code):
        written += sorted(unit.texts)
        for node in unit.nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                value = unit.value(node)
                if isinstance(value, Known) and type(value.thing) is str:
                    written.append(value.thing)
    asks = [text[:_MAX_TEXT] for text in written if _CUES.search(text[:_MAX_TEXT])]
    for text in asks:
        for found in _named(text):
            return found
    if asks and (listed := _given(code, live)) is not None:
        return listed
    return None


def _named(text: str) -> Iterator[tuple[str, ...]]:
    for pattern in _LISTED:
        for match in pattern.findall(text):
            labels = {one.strip("\"'` ").casefold() for one in _BETWEEN.split(match)}
            if 2 <= len(labels) <= MAX_LABELS:
                yield tuple(sorted(labels))
    if scale := _SCALE.search(text):
        yield tuple(str(one) for one in range(1, int(scale[1]) + 1))


def _given(code: Code, live: Live) -> tuple[str, ...] | None:
    """A live list of labels that is joined into a prompt: `", ".join(LABELS)`."""
    for unit in units_of(code):
        for call in unit.calls:
            if getattr(call.func, "attr", "") != "join" or len(call.args) != 1:
                continue
            thing: Any = resolved(call.args[0], unit, live)
            labels = list(thing) if type(thing) in (dict, list, set, tuple) else []
            plain = all(type(one) is str and len(one.split()) <= 3 for one in labels)
            if plain and 2 <= len(labels) <= MAX_LABELS:
                return tuple(sorted(labels))
    return None
