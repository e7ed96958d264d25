"""How a command ends early: with a sentence for the person, and an exit code."""

from __future__ import annotations

from typing import ClassVar


class CommandError(Exception):
    """The command ends here. Its text says why and what to do."""

    code: ClassVar[int]


class UsageError(CommandError):
    """Wrong input."""

    code = 2


class FailedError(CommandError):
    """The input is right, and what was asked for cannot be given."""

    code = 1


class Terminated(BaseException):
    """A signal came that ends programs. Its number is its exit code less 128."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
