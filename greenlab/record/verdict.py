"""What measuring two versions of a cell against each other showed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

from greenlab.lazy_dataclasses import dataclass
from greenlab.record.cell import Component
from greenlab.record.figure import Tier

RatioOf = Literal["energy", "added"]
VerdictStatus = Literal["verified", "rejected", "inconclusive", "quality-failed", "unsafe"]
NAMED: Final = 5
"""So many variables are named, the others counted."""


@dataclass(frozen=True, slots=True)
class Quality:
    """The metric before and after, means over the pairs; more is better.

    `drop_high`: the largest mean drop that the pairs leave open, `None` below two pairs.
    `max_drop`: the drop that was said to be acceptable, `None` if none was.
    """

    metric: str
    before: float
    after: float
    drop_high: float | None = None
    max_drop: float | None = None


ROUNDING: Final = 1e-3
"""Differences up to this share may come of another order of additions, or of 32-bit numbers."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What both versions left behind in their first runs, which began alike, with one seed.

    `compared`: the variables; `unlike`: those of them with another type, shape or text.
    `largest`: the largest difference of a number, as a share of the largest number of its
    variable in the first version.
    """

    compared: tuple[str, ...]
    unlike: tuple[str, ...] = ()
    largest: float = 0.0

    @property
    def kept(self) -> bool:
        """Whether they are the same, but for what rounding does to numbers."""
        return not self.unlike and self.largest <= ROUNDING

    def __str__(self) -> str:
        if self.unlike:
            return f"results differ in kind, shape or text: {_listed(self.unlike)}"
        names = _listed(self.compared)
        if not self.largest:
            return f"same result: {names}"
        return f"results differ by at most {100 * self.largest:.2g} %: {names}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What measuring both versions showed: energy after over energy before.

    `ratio_of`: `added`, what the versions' work adds, without idle power, or all of their
    `energy`. `ratio`: `None` where nothing was measured; `reason` says why. `low`, `high`:
    `None` below two pairs. The interval is of the runs' spread, `level` the share of cases in
    which it holds. `margin`: the least saving that counts. `tier`: of the energies. `before_j`,
    `after_j`: mean joules of one run, its part of the idle power included; `before_added_j`,
    `after_added_j`: without it. `one_off_j`: what the first run of the new version used beyond
    the later ones, `None` where it cannot be known from their spread. `discarded`: pairs not
    counted, as a cell of the user's fell into them. `cost_j`, `duration_s`: what the proof
    itself took. `note`: a caveat. `agreement`: where the same result was promised, and could
    be compared.
    """

    ratio: float | None
    low: float | None
    high: float | None
    pairs: int
    tier: Tier
    note: str | None = None
    status: VerdictStatus = "inconclusive"
    reason: str | None = None
    level: float = 0.95
    margin: float = 0.05
    before_j: float | None = None
    after_j: float | None = None
    one_off_j: float | None = None
    quality: Quality | None = None
    discarded: int = 0
    cost_j: float | None = None
    duration_s: float | None = None
    agreement: Agreement | None = None
    ratio_of: RatioOf = "energy"
    before_added_j: float | None = None
    after_added_j: float | None = None

    @classmethod
    def missing(cls, reason: str, status: VerdictStatus = "inconclusive") -> Verdict:
        """The verdict where nothing was measured."""
        return cls(None, None, None, 0, "missing", status=status, reason=reason)

    def lines(self) -> list[list[str]]:
        """The lines people read."""
        from greenlab.record import verdict_display

        return verdict_display.lines(self)

    def table(self) -> list[Sequence[str]]:
        """What was measured, before and after; empty if nothing was."""
        from greenlab.record import verdict_display

        return verdict_display.table(self)

    def __repr__(self) -> str:
        tier = "" if self.ratio is None else self.tier
        said = filter(None, [*self.lines()[0], tier, self.reason])
        return f"<Verdict {', '.join(said)}>"

    def __str__(self) -> str:
        from greenlab.record import verdict_display

        return verdict_display.text(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from greenlab.record import verdict_display

        return {"text/plain": str(self), "text/html": verdict_display.html(self)}


def hardware(components: Iterable[Component]) -> str:
    """The devices whose energy was counted: proofs on the same ones can be compared."""
    return " + ".join(part.device for part in components)


@dataclass(frozen=True, slots=True)
class Proven:
    """A verdict as the ledger keeps it. `at`: UTC, ISO 8601; `hardware`: what it ran on.

    `rule`: of the advice that was proven, `None` for two versions of the user's own.
    `source_hash`: of the cell; where the change is of another cell or file, with the hash of
    that text behind a `+`.
    """

    at: str
    rule: str | None
    hardware: str
    source_hash: str | None
    verdict: Verdict


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"
