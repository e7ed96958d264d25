"""One of the two versions: a cell's source, or a function."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import TYPE_CHECKING, Any, ClassVar, Final

from greenlab.cellcode.ipython_syntax import mask
from greenlab.cellcode.parsing import parse
from greenlab.proof.inline_run_magic import script

if TYPE_CHECKING:
    from greenlab.proof.redefinition import Redefinition
    from greenlab.record.verdict import VerdictStatus

# Magics that change what is shown, not what is done. Any other makes a cell unfit to rerun.
HARMLESS: Final = re.compile(
    r"\s*(?:%%(?:capture|energy|time)\b|%(?:autoreload|config|load_ext|matplotlib|precision)\b"
    r"|[%\w.*]+\?{1,2}\s*$|\?{1,2}[%\w.*]+\s*$)"
)
LAST_VALUE: Final = "_greenlab_last_value"


class UnfitError(ValueError):
    """The version cannot be run again; the message says why.

    `status`: what a verdict on it says.
    """

    status: ClassVar[VerdictStatus] = "unsafe"


class NotPythonError(UnfitError):
    """The version is neither Python nor IPython's form of it; the message says where."""


class CannotReplaceError(UnfitError):
    """A change of definitions that cannot be put into objects that exist."""

    status = "inconclusive"


@dataclass(frozen=True, slots=True)
class CodeVersion:
    """`text` is plain Python, the same lines as the cell; `call` a function instead of it.

    `redefined`: what of other cells and files it runs with in another form.
    """

    text: str | None = None
    call: Callable[[], Any] | None = None
    redefined: Redefinition | None = None

    @classmethod
    def of(
        cls, version: str | Callable[[], Any], scripts: Mapping[str, str] | None = None
    ) -> CodeVersion:
        """A cell's source or a function without arguments.

        `scripts`: texts to take in place of files that the cell runs by `%run`, by their paths.

        Raises:
            UnfitError: it is neither, not Python, awaits, or has lines for the shell.
            NotPythonError: among these, source with an error in it.
        """
        if callable(version):
            if inspect.iscoroutinefunction(version):
                raise UnfitError("a coroutine function cannot be compared")
            return cls(call=version)
        if not isinstance(version, str):
            raise UnfitError(f"a version is source or a function, not {type(version).__name__}")
        masked = mask(version)
        if masked is None:
            if version.lstrip().startswith("%%"):
                raise UnfitError("it is not Python")
            raise NotPythonError(not_python(version))
        plain = []
        for line in masked.hidden:
            text = "0" if HARMLESS.match(line) else script(line, scripts or {})
            if text is None:
                raise UnfitError("it has a line for the shell")
            plain.append(text)
        return cls(
            re.sub(rf"{masked.stand_in}(\d+)_", lambda one: plain[int(one[1])], masked.text)
        )

    @property
    def tree(self) -> ast.Module:
        """The syntax tree of a text."""
        return parse(self.text or "")

    def code(self, name: str, *, keep_last: bool = False) -> CodeType | None:
        """The text compiled, `None` for a function.

        `keep_last`: the value of a last expression stays behind as `LAST_VALUE`.

        Raises:
            UnfitError: it awaits at its top level, or does not compile.
        """
        if self.text is None:
            return None
        try:
            tree = self.tree
            if keep_last and tree.body and isinstance(last := tree.body[-1], ast.Expr):
                target = ast.Name(LAST_VALUE, ast.Store())
                tree.body[-1] = ast.Assign([target], last.value)
                for node in (target, tree.body[-1]):
                    ast.copy_location(node, last)
            return compile(tree, f"<greenlab: {name}>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            why = error.msg if isinstance(error, SyntaxError) else type(error).__name__
            raise UnfitError(f"it does not compile: {why}") from None


def not_python(source: str) -> str:
    """Why source does not parse, and where."""
    try:
        parse(source)
    except SyntaxError as error:
        return f"it is not Python: {error.msg} (line {error.lineno})"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"it is not Python: {type(error).__name__}"
    return "it is not Python"
