"""What a cell lets a language model write, and the names that hold what came of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from greenlab.advice.code import Code, loaded, stored
from greenlab.advice.live import Live, descends, instance_dict
from greenlab.advice.signals import Signals

PIPELINES: Final = ("TextGenerationPipeline()", "Text2TextGenerationPipeline()")
LIBRARIES: Final = frozenset({"peft", "transformers", "vllm"})
# Methods that put something into what they are called on.
_TAKES_IN: Final = frozenset({"add", "append", "extend", "insert", "update"})


@dataclass(frozen=True, slots=True)
class Generation:
    """A call of a language model and every name that what it wrote went into."""

    call: ast.Call
    kind: Literal["generate", "pipeline"]
    held: frozenset[str]

    @property
    def model(self) -> ast.expr:
        """The expression for the model, or for the pipeline that holds it."""
        func = self.call.func
        return func.value if isinstance(func, ast.Attribute) else func

    def word(self, name: str) -> ast.expr | None:
        """The value of a keyword of the call."""
        return next((word.value for word in self.call.keywords if word.arg == name), None)


def generations(code: Code) -> Iterator[Generation]:
    """Every call of a language model in the cell."""
    for call in code.calls:
        path = _path(call, code)
        top, last = path.partition(".")[0], path.rpartition(".")[2]
        if top in LIBRARIES and last == "generate" and "()." in path:
            yield Generation(call, "generate", _held(call, code))
        elif top == "transformers" and last in PIPELINES:
            yield Generation(call, "pipeline", _held(call, code))


def _path(call: ast.Call, code: Code) -> str:
    """What is called, seen through the parameters of a function of this cell."""
    if not isinstance(func := call.func, ast.Attribute):
        return code.path(code.actual(func) or func) or ""
    base = code.path(code.actual(func.value) or func.value)
    return f"{base}.{func.attr}" if base else ""


def flows(node: ast.AST, generation: Generation) -> bool:
    """Whether what the model wrote is part of this expression."""
    return bool(loaded(node) & generation.held) or generation.call in ast.walk(node)


def module_of(generation: Generation, code: Code, live: Live) -> Any:
    """The transformers model behind a generation, `None` if it is not alive or another kind."""
    thing = live.resolve(code.actual(generation.model))
    if generation.kind == "pipeline":
        thing = instance_dict(thing).get("model")
    return thing if descends(thing, "transformers.generation.utils.GenerationMixin") else None


def answers(generation: Generation, live: Live) -> list[str] | None:
    """The longest live list of texts that the model's answers went into."""
    lists = [live.texts(live.namespace.get(name)) for name in sorted(generation.held)]
    return max((one for one in lists if one), key=len, default=None)


def only_waited(signals: Signals, *, gpu: bool) -> bool:
    """Whether the processor that the model is on had next to nothing to do."""
    share = signals.gpu_busy if gpu else signals.cpu_cores
    return share is not None and share < (0.05 if gpu else 0.3)


def _held(call: ast.Call, code: Code) -> frozenset[str]:
    held: set[str] = set()
    while more := {name for node in code.nodes for name in _taken(node, call, held)} - held:
        held |= more
    return frozenset(held)


def _taken(node: ast.AST, call: ast.Call, held: set[str]) -> set[str]:
    """The names that this one step puts into something of what the call wrote."""

    def flow(*nodes: ast.AST | None) -> bool:
        return any(one and (loaded(one) & held or call in ast.walk(one)) for one in nodes)

    match node:
        case ast.Assign() | ast.NamedExpr() | ast.AnnAssign() | ast.AugAssign():
            return stored(node) if flow(node.value) else set()
        case ast.For():
            return stored(node.target) if flow(node.iter) else set()
        case ast.FunctionDef(name=name):
            given = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
            return {name} if flow(*given) else set()
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)):
            return {name} if attr in _TAKES_IN and flow(*node.args) else set()
    return set()
