"""Running totals whose parts can be taken back, for figures that settle later."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from greenlab.record.addends import (
    SHARES,
    Addend,
    Emissions,
    Energy,
    Part,
    Runs,
    Seconds,
    Share,
    addends,
)
from greenlab.record.cell import CellRecord, ComponentKind, Intensity
from greenlab.record.figure import Figure, total, worst
from greenlab.record.messages import Totals
from greenlab.units import J_PER_KWH

_NONE = "no cell has run"
_MOST_REASONS = 5


class Tally:
    """The sum of many figures, kept in constant time and memory per change.

    Follows the rules of `greenlab.record.total`. A missing figure counts as one part that
    is not in the sum; its own gaps, or `some cells`, are named.
    """

    def __init__(self, empty: str) -> None:
        """`empty` is the reason given while nothing was added."""
        self._empty = empty
        self.count = 0
        """How many figures are in it, known or not."""
        self._value = self._low = self._high = 0.0
        self._unbounded = 0
        self._tiers: Counter[str] = Counter()
        self._levels: Counter[float] = Counter()
        self._gaps: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()

    def add(self, figure: Figure, sign: int = 1) -> None:
        """Add a figure, or with `sign=-1` take one back that was added before."""
        self.add_sum(figure if sign == 1 else figure.scaled(sign), sign)

    def add_sum(self, figure: Figure, count: int) -> None:
        """Add the sum of so many figures that differ in their numbers alone."""
        self.count += count
        for gap in figure.lacks or (("some cells",) if figure.value is None else ()):
            self._gaps[gap] += count
        if figure.reason:
            self._reasons[figure.reason] += count
        if figure.value is None:
            return
        self._value += figure.value
        self._low += figure.low or 0.0
        if figure.high is None:
            self._unbounded += count
        else:
            self._high += figure.high
        self._tiers[figure.tier] += count
        self._levels[figure.level] += count

    def merge(self, other: Tally) -> None:
        """Add all that another one holds."""
        self.count += other.count
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
        reasons = [text for text, count in self._reasons.items() if count > 0]
        if len(reasons) > _MOST_REASONS:
            more = len(reasons) - _MOST_REASONS
            reasons = [*reasons[:_MOST_REASONS], f"and {more} more reasons"]
        reason = "; ".join(reasons)
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
    out its idle power: neither adds up with the others.
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


@dataclass(slots=True)
class DeviceTally:
    """The sums of one device's parts."""

    kind: ComponentKind
    device: str
    source: str
    shares: dict[Share, Tally] = field(init=False)

    def __post_init__(self) -> None:
        empty = f"no figure for {self.device} yet"
        self.shares = {share: Tally(empty) for share in SHARES}


class RecordTally:
    """The totals of many records. One that is counted in another is passed over.

    Grams that rest on different kinds of grid figures (average or marginal, lifecycle or
    direct) do not add up: their sum is missing.
    """

    def __init__(self, empty: str = _NONE) -> None:
        """`empty` is the reason given while nothing was added."""
        self._energy = Tally(empty)
        self._emissions = Tally(empty)
        self._between = Tally("no time between cells")
        self._shares: dict[Share, Tally] = {share: Tally(empty) for share in SHARES}
        self._by_kind: dict[str, Tally] = {}
        self._bases: Counter[str] = Counter()
        self._runs: Counter[Runs] = Counter()
        self._seconds: dict[str, list[float]] = {}
        self._duration_s = 0.0
        self._devices: dict[tuple[str, str, str], DeviceTally] = {}

    def add(self, record: CellRecord, sign: int = 1) -> None:
        """Add a record, or with `sign=-1` take one back that was added before."""
        if record.counted_in is not None:
            return
        for one in addends(counted(record)):
            self.take(one if sign == 1 else one.taken_back)

    def take(self, one: Addend) -> None:
        """Add amounts, as many as there are."""
        key, amount, count = one.key, one.amount, one.count
        match key:
            case Runs():
                self._runs[key] += count
                self._duration_s += amount[0]
            case Seconds():
                known = self._seconds.setdefault(key.of, [0, 0.0])
                known[0] += count
                known[1] += amount[0]
            case Energy():
                figure = key.form.figure(amount)
                self._energy.add_sum(figure, count)
                if key.kind == "between":
                    self._between.add_sum(figure, count)
            case Emissions():
                self._emissions.add_sum(key.form.figure(amount), count)
                if key.form.known:
                    self._bases[key.basis] += count
            case Part():
                self._take_part(key, key.form.figure(amount), count)

    def _take_part(self, key: Part, figure: Figure, count: int) -> None:
        device = key.kind, key.device, key.source
        if device not in self._devices:
            self._devices[device] = DeviceTally(*device)
        self._devices[device].shares[key.share].add_sum(figure, count)
        self._shares[key.share].add_sum(total([(key.device, figure)]), count)
        if key.share == "energy_j":
            if key.kind not in self._by_kind:
                self._by_kind[key.kind] = Tally(f"no {key.kind} figure yet")
            self._by_kind[key.kind].add_sum(total([(key.device, figure)]), count)

    def merge(self, other: RecordTally) -> None:
        """Add all the records that another one holds."""
        for mine, theirs in (
            (self._energy, other._energy),
            (self._emissions, other._emissions),
            (self._between, other._between),
            *((self._shares[share], other._shares[share]) for share in SHARES),
        ):
            mine.merge(theirs)
        for key, device in other._devices.items():
            known = self._devices.setdefault(
                key, DeviceTally(device.kind, device.device, device.source)
            )
            for share, tally in device.shares.items():
                known.shares[share].merge(tally)
        for of, (count, sum_s) in other._seconds.items():
            mine_s = self._seconds.setdefault(of, [0, 0.0])
            mine_s[0] += count
            mine_s[1] += sum_s
        for kind, tally in other._by_kind.items():
            self._by_kind.setdefault(kind, Tally(f"no {kind} figure yet")).merge(tally)
        self._bases.update(other._bases)
        self._runs.update(other._runs)
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
        """Joules that work added, above idle power."""
        return self._shares["active_j"].figure

    @property
    def idle_j(self) -> Figure:
        """Joules of idle power that fell to the records."""
        return self._shares["idle_j"].figure

    @property
    def runs(self) -> Counter[Runs]:
        """How many records there are of each sort."""
        return +self._runs

    @property
    def devices(self) -> tuple[DeviceTally, ...]:
        """Each device's sums."""
        return tuple(one for one in self._devices.values() if one.shares["energy_j"].count)

    def seconds(self, of: str) -> float | None:
        """A sum of `Seconds`; `None` where no record knew."""
        count, sum_s = self._seconds.get(of, (0, 0.0))
        return sum_s if count > 0 else None

    @property
    def totals(self) -> Totals:
        """The sums now."""
        bases = sorted(basis for basis, count in self._bases.items() if count > 0)
        emissions_g = self._emissions.figure
        if len(bases) > 1:
            emissions_g = mixed(*bases)
        by_kind = {kind: sum_.figure for kind, sum_ in self._by_kind.items() if sum_.count}
        between_j, active_j = self._between.figure, self.active_j
        return Totals(
            self._energy.figure,
            emissions_g,
            by_kind,
            sum(count for runs, count in self.runs.items() if runs.kind == "cell"),
            self._duration_s,
            between_j if between_j.value is not None else None,
            active_j if active_j.value is not None else None,
        )


def _basis_of(grid: Intensity) -> str:
    return f"{grid.kind} {grid.basis}"


def mixed(*bases: str) -> Figure:
    """The sum of grams that rest on different kinds of grid figures."""
    listed = f" ({', '.join(bases)})" if bases else ""
    return Figure.missing(
        f"figures that do not add up{listed}: keep to one zone, as by notebook or date"
    )


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
