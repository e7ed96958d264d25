"""The local variables of a call that runs in another thread, without a trace of the look.

From Python 3.13 on `f_locals` is a view, and 3.12 can be asked for one variable. Python 3.11
copies all of them into a dictionary that lives as long as the call: it would keep alive what
the call has let go of, so it is emptied at once. While a debugger or a profiler follows the
code that must not be done, as Python writes the dictionary back then: the look is left out.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from types import FrameType
from typing import Any, Final

_VIEWS: Final = sys.version_info >= (3, 13)
_BY_NAME: Final = sys.version_info >= (3, 12)
_FOLLOWS: Final = frozenset(
    {
        "bdb",
        "pdb",
        "profile",
        "cProfile",
        "trace",
        "coverage",
        "pydevd",
        "_pydevd_bundle",
        "debugpy",
        "hunter",
        "memory_profiler",
        "line_profiler",
        "pyinstrument",
        "pysnooper",
        "snoop",
        "viztracer",
    }
)
"""Packages that follow code call by call or line by line."""


@contextmanager
def local_variables(calls: Sequence[FrameType], index: int) -> Iterator[Mapping[str, Any]]:
    """The variables of one call of a stack (innermost first), to be read in the block only.

    Empty where they cannot be read without being noticed.
    """
    call = calls[index]
    if call.f_code.co_name == "<module>" or _VIEWS:
        yield call.f_locals
    elif _BY_NAME:
        yield _one_by_one(call)
    elif _followed(calls):
        yield {}
    else:
        copied = call.f_locals
        try:
            yield copied
        finally:
            copied.clear()


def _followed(calls: Sequence[FrameType]) -> bool:
    if threading.gettrace() is not None or threading.getprofile() is not None:
        return True
    return any(
        call.f_trace is not None
        or str(call.f_globals.get("__name__")).partition(".")[0] in _FOLLOWS
        for call in chain(calls, _outer(calls[-1]))
    )


def _outer(call: FrameType) -> Iterator[FrameType]:
    """The calls around one."""
    outer = call.f_back
    while outer is not None:
        yield outer
        outer = outer.f_back


def _one_by_one(call: FrameType) -> dict[str, Any]:
    """Python 3.12: each variable by its name."""
    get = ctypes.pythonapi.PyFrame_GetVar
    get.restype, get.argtypes = ctypes.py_object, (ctypes.py_object, ctypes.py_object)
    code, found = call.f_code, {}
    for name in (*code.co_varnames, *code.co_cellvars, *code.co_freevars):
        try:
            found[name] = get(call, name)
        except (NameError, RuntimeError):  # not bound now
            continue
    return found
