"""Write `src/types.ts` from the dataclasses of `greenlab.record`.

The schema has one home, in Python, as have the constants that the panel needs too; the panel
reads them as TypeScript. Run this after a
change there: `python tools/generate_types.py`. A test fails while the file is stale.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "src" / "types.ts"
sys.path.insert(0, str(ROOT))

from greenlab import units  # noqa: E402
from greenlab.record import (  # noqa: E402
    cell,
    documents,
    figure,
    figure_sum,
    lines,
    messages,
    proof_progress,
    unit_counts,
    verdict,
)
from greenlab.record.jsonable import OMITTED_WHEN_EMPTY  # noqa: E402

MODULES = (figure, lines, unit_counts, cell, verdict, proof_progress, documents, messages)
CONSTANTS = (
    (messages, "TARGET"),
    (messages, "RECORD_MIME"),
    (figure, "TIERS"),
    (figure, "NOISE"),
    (figure_sum, "SOME_CELLS"),
    (figure_sum, "MOST_REASONS"),
    (cell, "COMPONENT_KINDS"),
    (proof_progress, "BUSY"),
    (verdict, "NAMED"),
    (units, "J_PER_WH"),
    (units, "WIDE"),
    (units, "PREFIXES"),
)
"""What both sides must hold alike, by the module that is its home."""
UNIONS = {"FromKernel": messages.FROM_KERNEL, "FromPage": messages.FROM_PAGE}
SCALARS = {str: "string", int: "number", float: "number", bool: "boolean"}
HEADER = """\
// Generated from greenlab/record by tools/generate_types.py. Edit there, then run it again.
"""


def render() -> str:
    """The whole of `src/types.ts`."""
    aliases = dict(_aliases())
    names = {hint: name for name, hint in aliases.items()}
    blocks = [HEADER]
    blocks += [_constant(module, name, names) for module, name in CONSTANTS]
    blocks += [f"export type {name} = {_literal(hint)};" for name, hint in aliases.items()]
    blocks += [_interface(cls, names) for cls in _classes()]
    blocks += [
        f"export type {name} = {' | '.join(cls.__name__ for cls in union)};"
        for name, union in UNIONS.items()
    ]
    return "\n\n".join(block.strip("\n") for block in blocks) + "\n"


def _constant(module: types.ModuleType, name: str, names: dict[Any, str]) -> str:
    value, kind = getattr(module, name), ""
    if isinstance(value, tuple):  # the others are their own type
        (hint,) = typing.get_args(inspect.get_annotations(module, eval_str=True)[name])
        kind = f": {_type(hint, names)}"
    home = module.__name__.replace(".", "/")
    return f"/** From `{home}.py`. */\nexport const {name}{kind} = {_value(value)};"


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    return _quoted(value) if isinstance(value, str) else repr(value).removesuffix(".0")


def _aliases() -> Iterator[tuple[str, Any]]:
    """The named sets of words, such as `Tier`, in the order they are written."""
    seen = set()
    for module in MODULES:
        for name, value in vars(module).items():
            if typing.get_origin(value) is typing.Literal and name not in seen:
                seen.add(name)
                yield name, value


def _classes() -> Iterator[type]:
    for module in MODULES:
        for value in vars(module).values():
            if dataclasses.is_dataclass(value) and value.__module__ == module.__name__:
                yield typing.cast("type", value)


def _interface(cls: type, names: dict[Any, str]) -> str:
    hints = typing.get_type_hints(cls)
    lines = [_comment(cls), f"export interface {cls.__name__} {{"]
    for field in dataclasses.fields(cls):
        hint = hints[field.name]
        optional = field.name in OMITTED_WHEN_EMPTY
        if optional and type(None) in typing.get_args(hint):
            (hint,) = (arg for arg in typing.get_args(hint) if arg is not type(None))
        lines.append(f"  {field.name}{'?' * optional}: {_type(hint, names)};")
    return "\n".join([*lines, "}"])


def _comment(cls: type) -> str:
    text = inspect.getdoc(cls) or ""
    return "\n".join(["/**", *(f" * {line}".rstrip() for line in text.splitlines()), " */"])


def _type(hint: Any, names: dict[Any, str]) -> str:
    if hint in names:
        return names[hint]
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        parts = [_type(arg, names) for arg in args if arg is not type(None)]
        return " | ".join([*parts, *["null"] * (type(None) in args)])
    if origin is typing.Literal:
        return _literal(hint)
    if origin is tuple and args[-1] is not Ellipsis:
        return f"readonly [{', '.join(_type(arg, names) for arg in args)}]"
    if origin is tuple:
        inner = _type(args[0], names)
        return f"readonly {inner}[]" if inner.isidentifier() else f"readonly ({inner})[]"
    if origin is dict:
        return f"{{ readonly [key: string]: {_type(args[1], names)} }}"
    if dataclasses.is_dataclass(hint):
        return typing.cast("type", hint).__name__
    return SCALARS[hint]


def _literal(hint: Any) -> str:
    return " | ".join(_quoted(word) for word in typing.get_args(hint))


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"


if __name__ == "__main__":
    OUTPUT.write_text(render(), encoding="utf-8")
    print(f"wrote {OUTPUT.relative_to(ROOT)}")
