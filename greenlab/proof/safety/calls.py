"""What a call may do with files: by its name, what the name stands for, and its arguments.

A list of what may be done, not of what may not: what nobody knows and is given a file's name
is refused, as it may write there.
"""

from __future__ import annotations

import ast
import functools
import re
import types
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any, Final, NamedTuple

from greenlab.cellcode.introspect import class_attribute, instance_dict, is_a
from greenlab.proof.safety import allowlist
from greenlab.proof.safety.file_writes import path_of
from greenlab.proof.safety.object_graph import is_users_module
from greenlab.proof.safety.refusal import refuse, text_of

_FILE: Final = re.compile(
    r"""(?:~|\.{0,2})/\S{2,}|[A-Za-z]:[\\/]\S+|\S*\.(?:
    arrow|avro|bin|bmp|bz2|c?pkl|ckpt|csv|db|dta|feather|gif|gz|h5|hdf5?|html?|ipc|ipynb|jpe?g|
    joblib|jsonl?|keras|log|mat|md|model|mp[34]|msgpack|ndjson|nc|np[yz]|onnx|orc|parquet|pb|pdf|
    pickle|png|pth?|py|safetensors|sav|sqlite3?|svg|tar|tflite|tiff?|toml|tsv|txt|wav|webp|xlsx?|
    xml|xz|ya?ml|zarr|zip|zst)""",
    re.VERBOSE | re.IGNORECASE,
)
_NAMED: Final = (types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType)

Scope = Mapping[str, Any]


class Around(NamedTuple):
    """Where code stands: what its names stand for, its line, what the code names by `own`
    assignments, and all that it binds.
    """

    scope: Scope
    line: int | None
    own: Mapping[str, ast.expr]
    binds: set[str]


def look_up(node: ast.Call, scope: Scope, line: int | None) -> None:
    """`getattr(torch, "save")` is no other than `torch.save`.

    Raises:
        UnsafeError: it finds what reaches outside, or may.
    """
    places = node.args[1:2] if getattr(node.func, "id", None) == "getattr" else node.args
    for one in places:
        text = text_of(one, scope)
        if text is None:
            refuse("it looks up by a name that cannot be read from the code", line)
        for name in text.split("."):
            if reaches_out(name):
                refuse("it looks up, by a text, what reaches outside", line)


def hand_on(node: ast.Name | ast.Attribute, parent: ast.AST | None, around: Around) -> None:
    """A function that reaches outside must be called where it stands, under its name.

    Raises:
        UnsafeError: it is handed on instead.
    """
    scope, line, _, binds = around
    name = node.id if isinstance(node, ast.Name) else node.attr
    if isinstance(node, ast.Attribute) and name in allowlist.HIDDEN:
        refuse(f"it uses {name}, behind which anything may be", line)
    is_called = isinstance(parent, ast.Call) and parent.func is node
    if is_called or not isinstance(node.ctx, ast.Load):
        return
    bare = isinstance(node, ast.Name) and node.id not in scope and node.id not in binds
    hidden = bare and (name in allowlist.NEVER_BARE or name in ("open", *allowlist.BY_NAME))
    if hidden or is_handed_on(node, scope, binds):
        refuse(f"it hands on {name}, which may reach outside where it is called", line)


def called(node: ast.expr, scope: Scope) -> Any:
    """The live object that is called, as far as it lies in the open; nothing of it is run."""
    if isinstance(node, ast.Name):
        return scope.get(node.id)
    if not isinstance(node, ast.Attribute):
        return None
    base: Any = called(node.value, scope)
    if base is None:
        return None
    if is_a(base, types.ModuleType):
        return vars(base).get(node.attr)
    found = instance_dict(base).get(node.attr)
    return found if found is not None else class_attribute(base, node.attr)


def names(node: ast.expr, scope: Scope) -> list[str]:
    """What a call is named in the code and, where that is another name, by what is called."""
    written = getattr(node, "id", None) or getattr(node, "attr", None) or ""
    real = name_of(called(node, scope))
    return [written, real] if real and real != written else [written]


def name_of(thing: Any) -> str:
    """The name that a function was given where it was made; empty for other objects."""
    if is_a(thing, types.MethodType):
        thing = thing.__func__
    kind = type(thing)
    if kind in _NAMED or kind.__module__.partition(".")[0] == "numpy":
        found = getattr(thing, "__name__", "")
        return found if type(found) is str else ""
    if is_a(thing, type):
        return str(type.__dict__["__name__"].__get__(thing))
    return ""


def is_users(node: ast.expr, scope: Scope, defined: set[str]) -> bool:
    """Whether the user's own code is called, which is read as well."""
    name = getattr(node, "id", None) or getattr(node, "attr", None)
    if name in defined:
        return True
    thing: Any = called(node, scope)
    if is_a(thing, types.MethodType):
        thing = thing.__func__
    of_users = is_a(thing, types.FunctionType) or is_a(thing, type)
    return of_users and is_users_module(thing.__module__)


def reaches_out(name: str) -> bool:
    """Whether a function of this name writes files, or must not run again at all."""
    return (
        name in allowlist.NEVER
        or name in allowlist.NEVER_BARE
        or name in allowlist.WRITERS
        or name in allowlist.OF_A_PATH
        or name in allowlist.MAPS
        or name == "open"
        or (
            name not in allowlist.TO_OPEN_FILES
            and allowlist.WRITING_NAMES.match(name) is not None
        )
    )


def is_handed_on(node: ast.Name | ast.Attribute, scope: Scope, binds: set[str]) -> bool:
    """Whether it stands for a function that reaches outside, to be called under another name.

    What is not a function, as a flag called `save`, is of no concern; nor is what the user's
    own code defines, as that is read.
    """
    thing: Any = called(node, scope)
    if isinstance(node, ast.Name):
        if node.id in binds or thing is None:
            return False
    elif node.attr in binds:
        return False
    if thing is not None and class_attribute(thing, "__call__") is None:
        return False
    if is_users(node, scope, binds):
        return False
    name = node.id if isinstance(node, ast.Name) else node.attr
    return reaches_out(name_of(thing) or name)


def is_kept_to_reach_out(thing: Any) -> bool:
    """Whether it is a library's function that writes files, or must not run again."""
    if is_a(thing, types.FunctionType) and is_users_module(thing.__module__):
        return False
    name = name_of(thing)
    return bool(name) and not is_a(thing, type) and reaches_out(name)


def holds_by_the_user(thing: Any) -> bool:
    """Whether what it holds was put there by the user's code: a list, a partial, a closure."""
    kind = type(thing)
    if is_a(thing, types.FunctionType):
        return is_users_module(thing.__module__)
    return kind in (list, tuple, set, frozenset, dict, functools.partial)


def path_given(
    name: str, node: ast.Call, scope: Scope, own: Mapping[str, ast.expr]
) -> str | None:
    """The name of a file that is given to a call of which nobody knows what it does with it."""
    harmless = (
        name in allowlist.READERS
        or name in allowlist.TO_OPEN_FILES  # judged before, as are maps
        or name in allowlist.MAPS
        or name in allowlist.PURE
        or name in allowlist.PURE_BUILTINS
        or allowlist.READING_NAMES.match(name) is not None
    )
    return None if harmless else _takes_a_path(node, scope, own)


def _takes_a_path(node: ast.Call, scope: Scope, own: Mapping[str, ast.expr]) -> str | None:
    for part in _arguments(node):
        if isinstance(part, ast.Name) and is_a(scope.get(part.id), PurePath):
            return str(scope[part.id])
        text = path_of(part, scope, own)
        if text is not None and _FILE.fullmatch(text):
            return text
    return None


def _arguments(node: ast.Call) -> Iterator[ast.expr]:
    """All that is given, lists and texts put together of parts included."""
    for one in [*node.args, *(word.value for word in node.keywords)]:
        part = one.value if isinstance(one, ast.Starred) else one
        yield part
        if isinstance(part, (ast.List, ast.Tuple, ast.Set)):
            yield from part.elts
        elif isinstance(part, ast.JoinedStr) and part.values:
            yield part.values[-1]  # f"{folder}/a.csv"
