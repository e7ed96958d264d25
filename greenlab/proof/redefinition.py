"""A change of definitions that a cell uses and that stand elsewhere: in a cell or in a file.

Only definitions are compared and replaced: what else that cell or file does has been done, and
doing it again could have effects. All of this is reading; `patch_functions` does the rest.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import CodeType
from typing import Final

from greenlab.cellcode.parsed_source import Definition
from greenlab.proof import definition_changes
from greenlab.proof.code_version import CannotReplaceError
from greenlab.proof.definition_changes import Changes
from greenlab.proof.definitions import assigned, binds, defined, flat, keep, parsed

DEFINING_CELL: Final = "the cell that defines it"
"""A place in messages, where it is not known which cell that is."""


@dataclass(frozen=True, slots=True)
class Redefinition:
    """Two texts of one place, and which of them a version runs with: 0 `before`, 1 `after`.

    `where` names the place in messages; `files`: under which names Python knows its code, none
    for cells of the notebook.
    """

    before: str
    after: str
    which: int
    where: str
    files: tuple[str, ...]

    @classmethod
    def pair(
        cls, before: str, after: str, where: str, files: Iterable[str] = ()
    ) -> tuple[Redefinition, Redefinition]:
        """What the first and the second version run with.

        Raises:
            CannotReplaceError: more than definitions differs; the message says what to do.
            NotPythonError: a text does not parse.
        """
        first = cls(before, after, 0, where, tuple(files))
        changes = first.changes
        if not (changes.concerned or changes.members):
            raise CannotReplaceError(f"the change in {where} changes no function")
        return first, replace(first, which=1)

    @property
    def text(self) -> str:
        """The text that this version runs with."""
        return (self.before, self.after)[self.which]

    @property
    def changes(self) -> Changes:
        """What differs between the two.

        Raises:
            CannotReplaceError: more than definitions does; the message says what to do.
        """
        return definition_changes.changes(self.before, self.after, self.where)

    def code_name(self, which: int) -> str:
        """The file name that code of one of the texts is given."""
        return f"<greenlab: {'ab'[which]}, {self.where}>"

    def codes(
        self, which: int, flags: int = 0, kept: tuple[str, Iterable[str]] | None = None
    ) -> dict[str, list[CodeType]]:
        """The code of every function in one of the texts, by qualified name, in their order.

        `flags`: of `from __future__ import ...`, as the live functions were compiled with.
        `kept`: a qualified name, and variables from around it that it keeps without use.
        """
        tree = parsed((self.before, self.after)[which])
        if kept is not None:
            keep(tree, *kept)
        whole = compile(tree, self.code_name(which), "exec", flags, dont_inherit=True)
        found: dict[str, list[CodeType]] = {}
        for code in _within(whole):
            found.setdefault(code.co_qualname, []).append(code)
        return found

    def statements(self) -> list[ast.stmt]:
        """What of its text a version runs itself: imports and new definitions."""
        names = {name for one in self.changes.statements for name in binds(one)}
        found = flat(parsed(self.text).body)
        return [one for one in found if isinstance(one, ast.stmt) and names & {*binds(one)}]

    def members(self) -> dict[str, ast.stmt]:
        """The new or other parts of classes, as this version's text has them."""
        found = {}
        for name in self.changes.members:
            above, _, member = name.rpartition(".")
            for cls in self.nodes(above):
                for one in flat(cls.body):
                    if isinstance(one, ast.stmt) and member in (assigned(one), *binds(one)):
                        found[name] = one
        return found

    def nodes(self, name: str) -> Sequence[Definition]:
        """The definitions of a qualified name in the text that this version runs with."""
        return defined(parsed(self.text)).get(name, ())


def _within(code: CodeType) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from _within(one)
