"""What is found of code that is to run again: its level, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

Level = Literal["pure", "state", "files", "unsafe"]
LEVELS: Final[tuple[Level, ...]] = ("pure", "state", "files", "unsafe")
"""From the best to the worst; `safety.judge` says what each means."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`reason` says why it is unsafe, `line` where (`None`: in what the code works on).

    `reads`: the notebook's variables that it uses, those of its functions included. `paths`:
    the files it writes, relative to the working folder.
    """

    level: Level
    reason: str | None = None
    line: int | None = None
    reads: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()

    def with_(self, other: Judgement) -> Judgement:
        """Both together: the worse level, and all that either uses."""
        worse = max((self, other), key=lambda one: LEVELS.index(one.level))
        reads, paths = self.reads | other.reads, self.paths | other.paths
        return Judgement(worse.level, worse.reason, worse.line, reads, paths)

    def of_the(self, part: str) -> Judgement:
        """The same, its reason beginning with whose it is: `the metric: it calls input()`."""
        if self.level != "unsafe":
            return self
        return replace(self, reason=f"{part}: {self.reason}")
