"""What can be reached from a live object, and whose code it is. Nothing of it is called."""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
import io
import logging
import sys
import sysconfig
import textwrap
import threading
import types
from typing import Any, Final

from greenlab.cellcode.introspect import instance_dict, is_a, path
from greenlab.cellcode.parsing import parse
from greenlab.proof.safety import allowlist

_PLAIN: Final = (str, bytes, bytearray, int, float, complex, bool, type(None), type(...), range)
_SAMPLE: Final = 50
"""Elements of a container that are looked at: what it holds is alike, as a rule."""
# They hold numbers, and are large: what is in them is not looked at.
_DATA: Final = frozenset({"numpy", "pandas", "polars", "scipy", "pyarrow", "PIL", "tokenizers"})
_LOCKS: Final = (type(threading.Lock()), type(threading.RLock()))
_TENSORS: Final = ("torch.Tensor", "torch.nn.parameter.Parameter")


class UnknownError(Exception):
    """An object of which nothing is known; the message says what it is."""


def top_module(name: str | None) -> str:
    """The package a module belongs to."""
    return (name or "?").partition(".")[0]


def is_users_module(name: str | None) -> bool:
    """Whether a module is the user's own: the notebook, or a file that is not installed."""
    if name in (None, "__main__", "__mp_main__"):
        return True
    top = top_module(name)
    if top in sys.stdlib_module_names or top in allowlist.LIBRARIES:
        return False
    file = getattr(sys.modules.get(name), "__file__", None)
    return isinstance(file, str) and file.endswith(".py") and not file.startswith(_installed())


@functools.cache
def _installed() -> tuple[str, ...]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return tuple({sysconfig.get_paths()[name] for name in names})


def source_tree(function: types.FunctionType) -> ast.AST:
    """The syntax tree of a function of the user's.

    Raises:
        UnknownError: its source is not at hand.
    """
    try:
        text = textwrap.dedent(inspect.getsource(function.__code__))
    except (OSError, TypeError):
        raise UnknownError(f"the source of {function.__qualname__} is not at hand") from None
    if function.__name__ == "<lambda>":
        return _lambdas(text, function)
    try:
        return parse(text)
    except SyntaxError:
        raise UnknownError(f"the source of {function.__qualname__} cannot be read") from None


def _lambdas(text: str, function: types.FunctionType) -> ast.AST:
    """Every lambda of the lines it stands in that may be this one.

    Raises:
        UnknownError: the lines do not say.
    """
    tree = _longest(text)
    used = {*function.__code__.co_names, *function.__code__.co_freevars}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Lambda):
            code = compile(ast.Expression(node), "<lambda>", "eval").co_consts[0]
            if {*code.co_names} == used:
                found.append(node)
    if not found:
        raise UnknownError("the source of a lambda function is not at hand")
    return ast.Module([ast.Expr(node) for node in found], [])


def _longest(text: str) -> ast.AST:
    """What can be parsed of lines that may be a part of a statement."""
    for start in (0, max(0, text.find("lambda"))):
        for end in range(len(text), start, -1):
            try:
                return parse(text[start:end])
            except SyntaxError:
                continue
    return ast.Module([], [])


def members(thing: Any, name: str) -> list[Any]:
    """The objects one holds that matter for what its methods do.

    Raises:
        UnknownError: it is of a kind of which nothing is known, or shares the kernel's own
            files, threads or processes.
    """
    kind = type(thing)
    if kind in _PLAIN:
        return []
    if kind in (list, tuple, set, frozenset) or is_a(thing, dict):
        held = dict.values(thing) if is_a(thing, dict) else thing
        return [one for one, _ in zip(held, range(_SAMPLE), strict=False)]
    if kind is types.FunctionType:
        return _of_function(thing)
    if is_a(thing, type):
        return _of_class(thing)
    if kind is types.MethodType:
        return [thing.__self__, thing.__func__]
    if is_a(thing, functools.partial):
        return [thing.func, *thing.args, *thing.keywords.values()]
    if is_a(thing, logging.Logger):
        table = instance_dict(thing)
        return [table.get("handlers"), table.get("parent")]
    if kind in (types.BuiltinFunctionType, types.MethodDescriptorType):
        return _of_builtin(thing, name)
    _reject(thing, name)
    top = top_module(kind.__module__)
    if top in _DATA or path(kind) in _TENSORS or top == "ipykernel":
        return []
    return list(instance_dict(thing).values())


def _of_function(function: types.FunctionType) -> list[Any]:
    found: list[Any] = [getattr(function, "__wrapped__", None), *(function.__defaults__ or ())]
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # not bound yet
            continue
    return found


def _of_class(cls: type) -> list[Any]:
    if not is_users_module(cls.__module__):
        return []
    found: list[Any] = list(cls.__bases__)
    for value in vars(cls).values():
        inner = getattr(value, "__func__", None) or value
        if isinstance(inner, property):
            found += [inner.fget, inner.fset]
        elif isinstance(inner, types.FunctionType):
            found.append(inner)
    return found


def _of_builtin(function: Any, name: str) -> list[Any]:
    holder = getattr(function, "__self__", None)
    if isinstance(holder, types.ModuleType):
        _reject_name(holder.__name__, function.__name__, name)
        return []
    return [] if holder is None else [holder]


def _reject_name(module: str, function: str, name: str) -> None:
    top = {"posix": "os", "nt": "os", "_io": "io"}.get(module, top_module(module))
    if top == "os" and function not in allowlist.PARTLY["os"]:
        raise UnknownError(f"{name} is os.{function}, which greenlab does not know")
    if function in allowlist.NEVER:
        raise UnknownError(f"{name} is {function}(): {allowlist.NEVER[function]}")


def _is_closed(file: Any) -> bool:
    """Whether a file is closed, as `with open(...) as file` leaves one behind."""
    with contextlib.suppress(ValueError):  # its buffer was taken away
        if type(file) is io.TextIOWrapper:
            file = file.buffer
        if type(file) in (io.BufferedReader, io.BufferedWriter, io.BufferedRandom):
            file = file.raw
        return type(file) is io.FileIO and file.closed
    return False


def _reject(thing: Any, name: str) -> None:
    kind = type(thing)
    where = f"{name} holds a" if name else "it holds a"
    top = top_module(kind.__module__)
    if top == "_io" and kind.__name__ not in ("BytesIO", "StringIO") and not _is_closed(thing):
        raise UnknownError(f"{where}n open file, which a rerun would read or write")
    if kind in _LOCKS or path(kind) == "ipykernel.iostream.OutStream":
        return  # a copy has its own; what it prints there is discarded
    if kind.__name__ == "_MultiProcessingDataLoaderIter" or top in (
        "threading", "_thread", "multiprocessing", "concurrent", "asyncio",
    ):  # fmt: skip
        raise UnknownError(f"{where} {kind.__name__}, which lives in this kernel only")
    if top in allowlist.OUTSIDE:
        raise UnknownError(f"{where} {path(kind)}: {allowlist.OUTSIDE[top]}")
    if kind.__module__ in ("builtins", "types") or is_users_module(kind.__module__):
        return
    if top not in allowlist.LIBRARIES and top.lstrip("_") not in allowlist.STANDARD:
        raise UnknownError(f"{where} {path(kind)}, which greenlab does not know")
