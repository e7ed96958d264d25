"""What a cell lets a language model write, and the names that hold what came of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from greenlab.advice.analysis.callers import called, calls_of, parameters, uses
from greenlab.advice.analysis.callers import given as handed
from greenlab.advice.analysis.pandas.live_tables import texts
from greenlab.cellcode.abstract_values import Known, Made, Value, words_of
from greenlab.cellcode.ast_queries import keyword, loaded, stored
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, class_attribute, descends, instance_dict

PIPELINES: Final = ("TextGenerationPipeline()", "Text2TextGenerationPipeline()")
TASKS: Final = ("summarization", "text-generation", "text2text-generation", "translation")
LIBRARIES: Final = frozenset({"peft", "transformers", "vllm"})
_STEPS: Final = 3  # functions that give it back
_BEHIND: Final = 1_000_000  # a line behind all others
_MOST: Final = 5_000
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
        return keyword(self.call, name)

    def given(self, name: str, code: Code) -> Value | None:
        """What a keyword stands for, in the call or in a dictionary after `**`."""
        if (scope := code.scope(self.call)) is not None:
            found = dict(words_of(self.call, scope)).get(name)
            return found or self._handed_on(name, code)
        word = self.word(name)
        return Known(word.value) if isinstance(word, ast.Constant) else None

    def _handed_on(self, name: str, code: Code) -> Value | None:
        """What the one who calls the function around gives under this name.

        As a keyword of its own, which stands after `**` here, or as a parameter of that name.
        """
        functions = [one for one in code.within(self.call) if isinstance(one, ast.FunctionDef)]
        word = self.word(name)
        for function in functions[:1]:
            rest = function.args.kwarg
            spread = any(
                one.arg is None and isinstance(one.value, ast.Name) and rest is not None
                and one.value.id == rest.arg
                for one in self.call.keywords
            )  # fmt: skip
            own = word.id if isinstance(word, ast.Name) else name if spread else None
            names = parameters(function)
            place = names.index(own) if own in names else None
            for unit, call in calls_of(function, code) if own else ():
                if (argument := handed(call, place, own or "")) is not None:
                    return unit.value(argument)
        return None


def generations(code: Code) -> Iterator[Generation]:
    """Every call of a language model in the cell."""
    for call in code.calls:
        path = called(call, code)
        top, last = path.partition(".")[0], path.rpartition(".")[2]
        if top in LIBRARIES and last == "generate" and "()." in path:
            yield Generation(call, "generate", _held(call, code))
        elif top == "transformers" and (last in PIPELINES or _is_pipeline(call, code)):
            yield Generation(call, "pipeline", _held(call, code))


def _is_pipeline(call: ast.Call, code: Code) -> bool:
    """Whether a pipeline that writes is called which a helper made, and which is gone."""
    made = code.value(call.func)
    if not isinstance(made, Made) or not made.path.endswith(".pipeline"):
        return False
    task = made.given("task", position=0)
    return isinstance(task, Known) and task.thing in TASKS


def flows(node: ast.AST, generation: Generation) -> bool:
    """Whether what the model wrote is part of this expression."""
    return bool(loaded(node) & generation.held) or generation.call in ast.walk(node)


def module_of(generation: Generation, code: Code, live: Live) -> Any:
    """The transformers model behind a generation, `None` if it is not alive or another kind."""
    thing = live.resolve(code.actual(generation.model))
    if generation.kind == "pipeline":
        thing = instance_dict(thing).get("model")
    return thing if descends(thing, "transformers.generation.utils.GenerationMixin") else None


def settings(generation: Generation, model: Any, code: Code, live: Live) -> dict[str, Any]:
    """What the model, and a pipeline around it, generates with unless the call says more."""
    found: dict[str, Any] = {}
    pipe = instance_dict(live.resolve(code.actual(generation.model)))
    sources = [instance_dict(instance_dict(model).get("generation_config"))]
    if generation.kind == "pipeline":
        default = class_attribute(live.resolve(generation.model), "_default_generation_config")
        sources.insert(0, instance_dict(default))
        sources.append(instance_dict(pipe.get("generation_config")))
        sources.append(pipe.get("_forward_params") or {})
    for source in sources:
        found.update((name, value) for name, value in source.items() if value is not None)
    return found


def answers(generation: Generation, code: Code, live: Live) -> list[str] | None:
    """The longest live list, or column, of texts that the model's answers went into.

    Those that a function gives back are followed to where they are kept.
    """
    lists = [live.texts(live.namespace.get(name)) for name in sorted(generation.held)]
    lists += _kept(generation.call, code, live, _STEPS)
    return max((one for one in lists if one), key=len, default=None)


def _kept(call: ast.Call, code: Code, live: Live, depth: int) -> Iterator[list[str] | None]:
    """The texts in what this code, and code that is given them by it, puts a call's result."""
    held = _held(call, code)
    there = Live({}, code, live.budget)
    for name in sorted(held):  # as it was when the code ended
        last = ast.Name(name, ast.Load(), lineno=_BEHIND, col_offset=0)
        yield live.texts(there.resolve(last))
    for node in code.nodes:
        if isinstance(node, ast.Assign) and (
            call in ast.walk(node) or loaded(node.value) & held
        ):
            for target in node.targets:
                yield texts(target, there, _MOST)
    functions = [one for one in code.within(call) if isinstance(one, ast.FunctionDef)]
    for function in functions[:1] if depth else ():
        if function.name in held:
            for unit, use in uses(function, code):
                above = unit.parents.get(use)
                if isinstance(above, ast.Call):
                    yield from _kept(above, unit, live, depth - 1)


def written(generation: Generation, model: Any, live: Live) -> int:
    """How much the model wrote in one live output: tokens of a tensor, characters of a text.

    The prompt is not counted. 0 where no output is alive.
    """
    config = instance_dict(instance_dict(model).get("config"))
    given = _width(generation, live) if config.get("is_encoder_decoder") is not True else 0
    prompt = _prompt(generation, live)
    most = 0
    for name in sorted(generation.held):
        thing = live.namespace.get(name)
        shape = live.read(thing, "shape")
        if given is not None and isinstance(shape, tuple) and len(shape) == 2:
            most = max(most, shape[1] - given)
        elif generation.kind == "pipeline" and prompt is not None:
            most = max(most, len(_text(thing).removeprefix(prompt)))
    return most


def _prompt(generation: Generation, live: Live) -> str | None:
    """What a pipeline's first output starts with; `None` when that is not known."""
    full = generation.word("return_full_text")
    if isinstance(full, ast.Constant) and full.value is False:
        return ""
    thing = live.resolve(generation.call.args[0]) if generation.call.args else None
    first = live.texts(thing)
    return thing if type(thing) is str else first[0] if first else None


def _width(generation: Generation, live: Live) -> int | None:
    """The number of tokens that the call was given."""
    words = [word.value for word in generation.call.keywords if word.arg in (None, "input_ids")]
    for node in (*generation.call.args, *words):
        thing = live.resolve(node)
        if descends(thing, "transformers.tokenization_utils_base.BatchEncoding"):
            thing = instance_dict(thing).get("data")
        thing = thing.get("input_ids") if type(thing) is dict else thing
        shape = live.read(thing, "shape")
        if isinstance(shape, tuple) and len(shape) == 2:
            return int(shape[1])
    return None


def _text(thing: Any) -> str:
    """The text in a pipeline's output, or in a variable that was made from it."""
    while type(thing) is list and thing:
        thing = thing[0]
    if type(thing) is dict:
        thing = thing.get("generated_text")
    return thing if type(thing) is str else ""


def most_tokens(
    generation: Generation, code: Code, config: Mapping[str, Any], *names: str
) -> int | None:
    """The limit that the call, or else the live configuration, sets under one of these names.

    `None` when none does, or the call does not say it plainly.
    """
    for name in names:
        given = generation.given(name, code)
        if given is not None or generation.word(name) is not None:
            value = given.thing if isinstance(given, Known) else None
            return value if type(value) is int else None
    return next((n for name in names if type(n := config.get(name)) is int), None)


def _held(call: ast.Call, code: Code) -> frozenset[str]:
    held: set[str] = set()
    while more := {name for node in code.nodes for name in _taken(node, call, held)} - held:
        held |= more
    return frozenset(held)


def _changed(node: ast.AST) -> set[str]:
    """What is assigned to a part of, as in `table.loc[n, "answer"] = ...`; never `self`."""
    found = set()
    for target in node.targets if isinstance(node, ast.Assign) else ():
        part = target
        while isinstance(part, (ast.Attribute, ast.Subscript)):
            part = part.value
        if part is not target and isinstance(part, ast.Name):
            found.add(part.id)
    return found - {"self"}


def _taken(node: ast.AST, call: ast.Call, held: set[str]) -> set[str]:
    """The names that this one step puts into something of what the call wrote."""

    def flow(*nodes: ast.AST | None) -> bool:
        return any(one and (loaded(one) & held or call in ast.walk(one)) for one in nodes)

    match node:
        case ast.Assign() | ast.NamedExpr() | ast.AnnAssign() | ast.AugAssign():
            return stored(node) | _changed(node) if flow(node.value) else set()
        case ast.For():
            return stored(node.target) if flow(node.iter) else set()
        case ast.FunctionDef(name=name):
            given = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
            return {name} if flow(*given) else set()
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)):
            return {name} if attr in _TAKES_IN and flow(*node.args) else set()
    return set()
