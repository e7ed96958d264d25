"""What a proof is expected to take, and where one stands that runs."""

from __future__ import annotations

from typing import Final, Literal

from greenlab import units
from greenlab.lazy_dataclasses import dataclass
from greenlab.record.change_words import less_or_more

BUSY: Final = 0.1
"""From this share of all CPUs on, what others keep busy is worth a word."""

ProofStage = Literal["looking", "waiting", "warming up", "measuring", "done"]


@dataclass(frozen=True, slots=True)
class Effort:
    """What a proof takes as a rule: `runs` of the cell. `energy_j`: `None` if not known."""

    runs: int
    energy_j: float | None
    duration_s: float


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a proof stands. `pairs` of at most `of`; `ratio` once there are two pairs.

    `stage`: `looking` at what may run, `waiting` while a cell of the user's runs. `others`:
    the share of all CPUs, 0 to 1, that other programs kept busy before it began, `None` if
    that is not known.
    `spent_s`, `spent_j`: what the proof took so far; joules are `None` if not known.
    """

    stage: ProofStage
    pairs: int
    of: int
    spent_s: float
    spent_j: float | None = None
    ratio: float | None = None
    discarded: int = 0
    others: float | None = None

    def __str__(self) -> str:
        said = f"pair {self.pairs} of at most {self.of}"
        parts = [said if self.stage == "measuring" else str(self.stage)]
        if self.discarded:
            parts.append(f"{self.discarded} disturbed and left out")
        parts.append(units.duration(self.spent_s))
        if self.spent_j is not None:
            parts.append(units.energy(self.spent_j))
        if self.ratio is not None:
            parts.append(f"so far {less_or_more(self.ratio)} energy")
        if self.busy:
            parts.append(self.busy)
        return " · ".join(parts)

    @property
    def busy(self) -> str:
        """`the machine is busy: 85 % by others`; empty if it is not, or if unknown."""
        if self.others is None or self.others < BUSY:
            return ""
        return f"the machine is busy: {units.percent(self.others, 2)} by others"
