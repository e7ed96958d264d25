"""Running totals of records, whose parts can be removed again: figures may settle later."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from greenlab.record.addends import (
    SHARES,
    Addend,
    Amount,
    Emissions,
    Energy,
    Key,
    Part,
    Runs,
    Seconds,
    Share,
    UnitEnergy,
    Units,
    basis_of,
)
from greenlab.record.cell import CellRecord, ComponentKind, Intensity
from greenlab.record.figure import Figure
from greenlab.record.figure_sum import FigureSum
from greenlab.record.merge_totals import mixed
from greenlab.record.messages import Totals
from greenlab.record.record_addends import addends_of
from greenlab.record.unit_counts import UnitSum, UnitTotal

_NONE = "no cell has run"
_MOST_WAITING = 256
"""Keys: a reason may name a number, and so be another one in each record."""


@dataclass(slots=True, repr=False, eq=False)
class DeviceTally:
    """The sums of one device's parts."""

    kind: ComponentKind
    device: str
    source: str
    shares: dict[Share, FigureSum] = field(init=False)

    def __post_init__(self) -> None:
        empty = f"no figure for {self.device} yet"
        self.shares = {share: FigureSum(empty) for share in SHARES}


class RecordTally:
    """The totals of many records. One that is counted in another is passed over.

    Grams that rest on different kinds of grid figures (average or marginal, lifecycle or
    direct) do not add up: their sum is missing.
    """

    def __init__(self, empty: str = _NONE) -> None:
        """`empty` is the reason given while nothing was added."""
        self._energy = FigureSum(empty)
        self._emissions = FigureSum(empty)
        self._between = FigureSum("no time between cells")
        self._shares: dict[Share, FigureSum] = {share: FigureSum(empty) for share in SHARES}
        self._by_kind: dict[str, FigureSum] = {}
        self._bases: Counter[str] = Counter()
        self._runs: Counter[Runs] = Counter()
        self._seconds: dict[str, list[float]] = {}
        self._duration_s = 0.0
        self._devices: dict[tuple[str, str, str], DeviceTally] = {}
        self._units: dict[str, UnitSum] = {}
        # What was added since the sums were last asked for. Most records come between: to add
        # a number under its key takes a fifth of the time.
        self._waiting: dict[Key, list[float]] = {}

    def add(self, record: CellRecord, sign: int = 1) -> None:
        """Add a record, or with `sign=-1` take one back that was added before."""
        for one in addends_of(record):
            self.take(one if sign == 1 else one.taken_back)

    def take(self, one: Addend) -> None:
        """Add amounts, as many as there are."""
        sum_ = self._waiting.get(one.key)
        value, low, high = one.amount
        if sum_ is None:
            if len(self._waiting) >= _MOST_WAITING:
                self._add_up()
            self._waiting[one.key] = [one.count, value, low, high]
        else:
            sum_[0] += one.count
            sum_[1] += value
            sum_[2] += low
            sum_[3] += high

    def _add_up(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for key, (count, *amount) in waiting.items():
            self._add(key, (amount[0], amount[1], amount[2]), int(count))

    def _add(self, key: Key, amount: Amount, count: int) -> None:
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
                self._energy.add_many(figure, count)
                if key.kind == "between":
                    self._between.add_many(figure, count)
            case Emissions():
                self._emissions.add_many(key.form.figure(amount), count)
                if key.form.known:
                    self._bases[key.basis] += count
            case Part():
                self._take_part(key, key.form.figure(amount), count)
            case Units():
                self._unit(key.unit).count += amount[0]
            case UnitEnergy():
                self._unit(key.unit).energy.add_many(key.form.figure(amount), count)

    def _unit(self, unit: str) -> UnitSum:
        if unit not in self._units:
            self._units[unit] = UnitSum(unit)
        return self._units[unit]

    def _take_part(self, key: Part, figure: Figure, count: int) -> None:
        device = key.kind, key.device, key.source
        if device not in self._devices:
            self._devices[device] = DeviceTally(*device)
        self._devices[device].shares[key.share].add_many(figure, count)
        self._shares[key.share].add_many(figure, count, key.device)
        if key.share == "energy_j":
            if key.kind not in self._by_kind:
                self._by_kind[key.kind] = FigureSum(f"no {key.kind} figure yet")
            self._by_kind[key.kind].add_many(figure, count, key.device)

    def merge(self, other: RecordTally) -> None:
        """Add all the records that another one holds."""
        self._add_up()
        other._add_up()
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
            self._by_kind.setdefault(kind, FigureSum(f"no {kind} figure yet")).merge(tally)
        for unit, units in other._units.items():
            self._unit(unit).merge(units)
        self._bases.update(other._bases)
        self._runs.update(other._runs)
        self._duration_s += other._duration_s

    def mixes_with(self, grid: Intensity) -> bool:
        """Whether grams of this grid's figure would not add up with those that are here."""
        self._add_up()
        basis = basis_of(grid)
        return any(count > 0 and one != basis for one, count in self._bases.items())

    @property
    def energy_j(self) -> Figure:
        """Joules in all."""
        self._add_up()
        return self._energy.figure

    @property
    def active_j(self) -> Figure:
        """Joules that work added, above idle power."""
        self._add_up()
        return self._shares["active_j"].figure

    @property
    def idle_j(self) -> Figure:
        """Joules of idle power that fell to the records."""
        self._add_up()
        return self._shares["idle_j"].figure

    @property
    def runs(self) -> Counter[Runs]:
        """How many records there are of each sort."""
        self._add_up()
        return +self._runs

    @property
    def devices(self) -> tuple[DeviceTally, ...]:
        """Each device's sums."""
        self._add_up()
        return tuple(one for one in self._devices.values() if one.shares["energy_j"].count)

    def seconds(self, of: str) -> float | None:
        """A sum of `Seconds`; `None` where no record knew."""
        self._add_up()
        count, sum_s = self._seconds.get(of, (0, 0.0))
        return sum_s if count > 0 else None

    @property
    def work(self) -> tuple[UnitTotal, ...]:
        """What was counted, by unit, in the order of their names."""
        self._add_up()
        return tuple(
            UnitTotal(unit, one.count, one.energy.figure)
            for unit, one in sorted(self._units.items())
            if one.energy.count > 0
        )

    @property
    def totals(self) -> Totals:
        """The sums now."""
        self._add_up()
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
            self.work,
        )
