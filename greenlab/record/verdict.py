"""What measuring two versions of a cell against each other showed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Final, Literal

from greenlab import units
from greenlab.lazy_dataclasses import dataclass
from greenlab.record.cell import Component
from greenlab.record.change_words import less_or_more
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
        found = [[self.status, self._change(), self._interval()]]
        found.append([self._runs(), self._dropped(), self._cost(), self._payback()])
        if self.one_off_j is not None:
            found.append([f"its first run used {units.energy(self.one_off_j)} more, once"])
        found += [[text] for text in (self._with_idle(), self.reason, self.note) if text]
        if self.agreement is not None:
            found.append([str(self.agreement)])
        elif self.status == "verified" and self.quality is None:
            found.append(["no metric was given, so the results' quality was not compared"])
        kept = ([part for part in line if part] for line in found)
        return [line for line in kept if line]

    def table(self) -> list[Sequence[str]]:
        """What was measured, before and after; empty if nothing was."""
        if self.before_j is None or self.after_j is None:
            return []
        rows: list[Sequence[str]] = [("", "before", "after")]
        whole = f"energy ({self.tier})"
        if self.before_added_j is not None and self.after_added_j is not None:
            added = units.energies(self.before_added_j, self.after_added_j)
            rows.append((f"added by the work ({self.tier})", *added))
            whole = "with idle power"
        rows.append((whole, *units.energies(self.before_j, self.after_j)))
        if self.quality is not None:
            one = self.quality
            rows.append((one.metric, f"{one.before:.4g}", f"{one.after:.4g}"))
        return rows

    def __repr__(self) -> str:
        tier = "" if self.ratio is None else self.tier
        said = filter(None, [*self.lines()[0], tier, self.reason])
        return f"<Verdict {', '.join(said)}>"

    def __str__(self) -> str:
        rows = self.table()
        widths = [max(len(row[column]) for row in rows) for column in range(3)] if rows else []
        table = [
            "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))
            for row in rows
        ]
        return "\n".join([*(" · ".join(line) for line in self.lines()), *table])

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        (first, *rest), *others = self.lines()
        head = " · ".join([f"<b>{escape(first)}</b>", *map(escape, rest)])
        rows = [head, *(escape(" · ".join(line)) for line in others)]
        table = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
            for row in self.table()
        )
        html = "".join(f"<div>{row}</div>" for row in rows)
        return {
            "text/plain": str(self),
            "text/html": f"{html}<table>{table}</table>" if table else html,
        }

    def _change(self) -> str:
        return "" if self.ratio is None else f"{less_or_more(self.ratio)} energy"

    def _with_idle(self) -> str:
        """What idle power makes of it: it goes on for as long as a version runs."""
        if self.ratio_of != "added" or not self.before_j or self.after_j is None:
            return ""
        whole = less_or_more(self.after_j / self.before_j, 2)
        return f"of the energy that the work adds; with idle power included, {whole}"

    def _interval(self) -> str:
        if self.low is None or self.high is None:
            return ""
        near, far = sorted((self.low, self.high), key=lambda ratio: abs(1 - ratio))
        first = less_or_more(near)
        if (near <= 1) == (far <= 1) and far < 2:
            first = first.rsplit(" ", 1)[0]
        return f"between {first} and {less_or_more(far)}"

    def _runs(self) -> str:
        if not self.pairs:
            return ""
        return "1 pair of runs" if self.pairs == 1 else f"{self.pairs} pairs of runs"

    def _dropped(self) -> str:
        if not self.discarded:
            return ""
        if self.pairs:
            return f"{self.discarded} more were disturbed and left out"
        if self.discarded == 1:
            return "the one pair of runs was disturbed and left out"
        return f"all {self.discarded} pairs of runs were disturbed and left out"

    def _cost(self) -> str:
        if self.duration_s is None:
            return ""
        took = units.duration(self.duration_s)
        if self.cost_j is None:
            return f"the proof took {took}"
        return f"the proof used {units.energy(self.cost_j)} in {took}"

    def _payback(self) -> str:
        if self.status != "verified" or None in (self.before_j, self.after_j, self.cost_j):
            return ""
        saved_j = (self.before_j or 0.0) - (self.after_j or 0.0)
        runs = math.ceil((self.cost_j or 0.0) / saved_j) if saved_j > 0 else 0
        if not runs:
            return ""
        return f"which pays off after {units.count(runs, 'run')} of the new version"


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
