"""Running totals whose parts can be taken back, for figures that settle later."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from greenlab.record.cell import CellRecord, Intensity
from greenlab.record.figure import Figure, total, worst
from greenlab.record.messages import Totals
from greenlab.units import J_PER_KWH

_NONE = "no cell has run"


class Tally:
    """The sum of many figures, kept in constant time and memory per change.

    Follows the rules of `greenlab.record.total`. A missing figure counts as one part that
    is not in the sum; its own gaps, or `some cells`, are named.
    """

    def __init__(self, empty: str) -> None:
        """`empty` is the reason given while nothing was added."""
        self._empty = empty
        self._value = self._low = self._high = 0.0
        self._unbounded = 0
        self._tiers: Counter[str] = Counter()
        self._levels: Counter[float] = Counter()
        self._gaps: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()

    def add(self, figure: Figure, sign: int = 1) -> None:
        """Add a figure, or with `sign=-1` take one back that was added before."""
        for gap in figure.lacks or (("some cells",) if figure.value is None else ()):
            self._gaps[gap] += sign
        if figure.reason:
            self._reasons[figure.reason] += sign
        if figure.value is None:
            return
        self._value += sign * figure.value
        self._low += sign * (figure.low or 0.0)
        if figure.high is None:
            self._unbounded += sign
        else:
            self._high += sign * figure.high
        self._tiers[figure.tier] += sign
        self._levels[figure.level] += sign

    def merge(self, other: Tally) -> None:
        """Add all that another one holds."""
        self._value += other._value
        self._low += other._low
        self._high += other._high
        self._unbounded += other._unbounded
        for mine, theirs in (
            (self._tiers, other._tiers),
            (self._gaps, other._gaps),
            (self._reasons, other._reasons),
        ):
            mine.update(theirs)
        self._levels.update(other._levels)

    @property
    def figure(self) -> Figure:
        """The sum now."""
        gaps = tuple(name for name, count in self._gaps.items() if count > 0)
        reason = "; ".join(text for text, count in self._reasons.items() if count > 0)
        tiers = [tier for tier, count in self._tiers.items() if count > 0]
        if not tiers:
            return Figure.missing(reason or self._empty, gaps)
        return Figure(
            self._value,
            max(self._low, 0.0),
            None if gaps or self._unbounded else self._high,
            min(level for level, count in self._levels.items() if count > 0),
            worst(tiers),  # type: ignore[arg-type]
            reason or None,
            gaps,
        )


def counted(record: CellRecord) -> CellRecord:
    """The record as sums count it: this process's share, whatever scope it was shown in.

    Cells of the scope `host` would bring in the whole machine, those of `active` would leave
    out its power at rest: neither adds up with the others.
    """
    if record.scope == "process":
        return record
    components = tuple(
        replace(one, energy_j=total([(one.device, one.active_j), (one.device, one.idle_j)]))
        for one in record.components
    )
    energy_j = total((part.device, part.energy_j) for part in components)
    emissions_g = record.emissions_g
    if emissions_g.value is not None and record.intensity.value is not None:
        # Not from the record's own joules: `active` may be 0 where the share is not.
        grams_per_j = record.intensity.value * record.pue / J_PER_KWH
        emissions_g = energy_j.scaled(grams_per_j).at_best(emissions_g.tier)
    return replace(
        record,
        scope="process",
        components=components,
        energy_j=energy_j,
        emissions_g=emissions_g,
    )


class RecordTally:
    """The totals of many records. One that has a parent is part of it, and passed over.

    Grams that rest on different kinds of grid figures (average or marginal, lifecycle or
    direct) do not add up: their sum is missing.
    """

    def __init__(self) -> None:
        self._energy = Tally(_NONE)
        self._emissions = Tally(_NONE)
        self._between = Tally("no time between cells")
        self._active = Tally(_NONE)
        self._by_kind: dict[str, Tally] = {}
        self._bases: Counter[str] = Counter()
        self._cells = 0
        self._duration_s = 0.0

    def add(self, record: CellRecord, sign: int = 1) -> None:
        """Add a record, or with `sign=-1` take one back that was added before."""
        if record.parent_id is not None:
            return
        record = counted(record)
        if record.kind == "between":
            self._between.add(record.energy_j, sign)
        self._energy.add(record.energy_j, sign)
        self._emissions.add(record.emissions_g, sign)
        for part in record.components:
            if part.kind not in self._by_kind:
                self._by_kind[part.kind] = Tally(f"no {part.kind} figure yet")
            self._by_kind[part.kind].add(total([(part.device, part.energy_j)]), sign)
            self._active.add(part.active_j, sign)
        if record.emissions_g.value is not None:
            self._bases[_basis_of(record.intensity)] += sign
        self._cells += sign * (record.kind == "cell")
        self._duration_s += sign * record.duration_s

    def merge(self, other: RecordTally) -> None:
        """Add all the records that another one holds."""
        for mine, theirs in (
            (self._energy, other._energy),
            (self._emissions, other._emissions),
            (self._between, other._between),
            (self._active, other._active),
        ):
            mine.merge(theirs)
        for kind, tally in other._by_kind.items():
            self._by_kind.setdefault(kind, Tally(f"no {kind} figure yet")).merge(tally)
        self._bases.update(other._bases)
        self._cells += other._cells
        self._duration_s += other._duration_s

    def mixes_with(self, grid: Intensity) -> bool:
        """Whether grams of this grid's figure would not add up with those that are here."""
        basis = _basis_of(grid)
        return any(count > 0 and one != basis for one, count in self._bases.items())

    @property
    def energy_j(self) -> Figure:
        """Joules in all."""
        return self._energy.figure

    @property
    def active_j(self) -> Figure:
        """Joules that work added, above the draw at rest."""
        return self._active.figure

    @property
    def totals(self) -> Totals:
        """The sums now."""
        bases = sorted(basis for basis, count in self._bases.items() if count > 0)
        emissions_g = self._emissions.figure
        if len(bases) > 1:
            emissions_g = mixed(*bases)
        by_kind = {kind: tally.figure for kind, tally in self._by_kind.items()}
        between_j, active_j = self._between.figure, self.active_j
        return Totals(
            self._energy.figure,
            emissions_g,
            by_kind,
            self._cells,
            self._duration_s,
            between_j if between_j.value is not None else None,
            active_j if active_j.value is not None else None,
        )


def _basis_of(grid: Intensity) -> str:
    return f"{grid.kind} {grid.basis}"


def mixed(*bases: str) -> Figure:
    """The sum of grams that rest on different kinds of grid figures."""
    listed = f" ({', '.join(bases)})" if bases else ""
    return Figure.missing(f"figures that do not add up{listed}: keep to one zone")


def _holds_any(totals: Totals) -> bool:
    return bool(totals.by_kind) or totals.duration_s > 0


def plus(one: Totals, other: Totals) -> Totals:
    """Totals of all that two have, without asking their records: by `total`'s rules."""
    if not _holds_any(one) or not _holds_any(other):
        return other if _holds_any(other) else one

    def both(first: Figure | None, second: Figure | None) -> Figure | None:
        known = [("some cells", figure) for figure in (first, second) if figure is not None]
        return total(known) if known else None

    kinds = dict.fromkeys((*one.by_kind, *other.by_kind))
    grams = one.emissions_g
    if grams.value is not None or one.energy_j.value is None:
        grams = total([("some cells", grams), ("some cells", other.emissions_g)])
    return Totals(
        total([("some cells", one.energy_j), ("some cells", other.energy_j)]),
        grams,
        {
            kind: figure
            for kind in kinds
            if (figure := both(one.by_kind.get(kind), other.by_kind.get(kind))) is not None
        },
        one.cells + other.cells,
        one.duration_s + other.duration_s,
        both(one.between_j, other.between_j),
        _active(one.active_j, other.active_j),
    )


def _active(one: Figure | None, other: Figure | None) -> Figure | None:
    """The sum, which lacks what one of them does not know."""
    if one is None and other is None:
        return None
    unknown = Figure.missing("what work added is not known")
    return total([("some cells", one or unknown), ("some cells", other or unknown)])
