"""What a record adds to sums: each amount under a key that describes everything else.

Amounts under one key add up, in memory as in SQL, so that a ledger can keep the sums of whole
days beside its records. A key says what the amount is of and how sure it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple, get_type_hints

from greenlab.lazy_dataclasses import dataclass
from greenlab.record.cell import CellRecord, ComponentKind, Intensity, RecordKind, Status
from greenlab.record.figure import Figure, Tier
from greenlab.record.jsonable import from_dict, reader, to_dict

Amount = tuple[float, float, float]
"""A figure's value, lower and upper bound, 0 where there is none; or a number and zeros."""

Share = Literal["energy_j", "active_j", "idle_j"]
SHARES: Final[tuple[Share, ...]] = ("energy_j", "active_j", "idle_j")


class Form(NamedTuple):
    """A figure without its numbers. `known`, `bounded`: whether it has a value, a `high`."""

    tier: Tier
    level: float
    known: bool
    bounded: bool
    reason: str | None
    lacks: tuple[str, ...]

    def figure(self, amount: Amount) -> Figure:
        """The figure; of a sum of amounts, the sum of the figures."""
        value, low, high = amount if self.known else (None, None, None)
        high = high if self.bounded else None
        return Figure(value, low, high, self.level, self.tier, self.reason, self.lacks)


class Runs(NamedTuple):
    """Under it: seconds of records that have all of this in common. `grid`: JSON."""

    kind: RecordKind
    status: Status
    host: str
    pue: float
    grid: str

    @property
    def intensity(self) -> Intensity:
        """The grid's figure."""
        return from_dict(Intensity, json.loads(self.grid))


class Energy(NamedTuple):
    """Under it: joules of whole records."""

    kind: RecordKind
    form: Form


class Emissions(NamedTuple):
    """Under it: grams of CO2e. Only those of one basis ("average lifecycle") add up."""

    basis: str
    form: Form


class Part(NamedTuple):
    """Under it: joules of one device."""

    kind: ComponentKind
    device: str
    source: str
    share: Share
    form: Form


class Seconds(NamedTuple):
    """Under it: seconds. `gpu`: for each GPU that worked; `gpu_told`: of records that report
    how busy their GPUs were; `gpu_busy`: these times their utilisation.
    """

    of: Literal["cpu", "gpu", "gpu_told", "gpu_busy"]


class Units(NamedTuple):
    """Under it: how many units of this name were counted."""

    unit: str


class UnitEnergy(NamedTuple):
    """Under it: joules of what counted units of this name."""

    unit: str
    form: Form


Key = Runs | Energy | Emissions | Part | Seconds | Units | UnitEnergy
_KEYS: Final[tuple[type[Any], ...]] = (
    Runs,
    Energy,
    Emissions,
    Part,
    Seconds,
    Units,
    UnitEnergy,
)
_BY_NAME: Final = {cls.__name__: cls for cls in _KEYS}


@dataclass(frozen=True, slots=True)
class Addend:
    """So many amounts, summed up, under one key; fewer than none are taken back."""

    key: Key
    amount: Amount
    count: int = 1

    @property
    def taken_back(self) -> Addend:
        """The same, to be taken from a sum that it was added to."""
        value, low, high = self.amount
        return Addend(self.key, (-value, -low, -high), -self.count)


def addends(record: CellRecord) -> Iterator[Addend]:
    """What a record adds, in the scope that sums count (see `counted.py`)."""
    grid, duration_s = record.intensity, record.duration_s
    runs = Runs(record.kind, record.status, record.host, record.pue, _json(grid))
    yield Addend(runs, (duration_s, 0.0, 0.0))
    if record.cpu_s is not None:
        yield Addend(Seconds("cpu"), (record.cpu_s, 0.0, 0.0))
    yield Addend(Energy(record.kind, _form(record.energy_j)), _amount(record.energy_j))
    emitted = record.emissions_g
    yield Addend(Emissions(basis_of(grid), _form(emitted)), _amount(emitted))
    for part in record.components:
        for share in SHARES:
            figure = getattr(part, share)
            key = Part(part.kind, part.device, part.source, share, _form(figure))
            yield Addend(key, _amount(figure))
    for one in record.work:
        count = one.count + one.counted_beside
        if count > 0:
            used = one.energy_j or record.energy_j
            yield Addend(Units(one.unit), (count, 0.0, 0.0))
            yield Addend(UnitEnergy(one.unit, _form(used)), _amount(used))
    gpus = [part for part in record.components if part.kind == "gpu"]
    # A figure that is missing does not say whether the work ran on this GPU: it may have.
    worked = sum(part.active_j.value is None or part.active_j.value > 0 for part in gpus)
    if worked:
        yield Addend(Seconds("gpu"), (worked * duration_s, 0.0, 0.0))
        if record.gpu_busy is not None:
            yield Addend(Seconds("gpu_told"), (duration_s, 0.0, 0.0))
            yield Addend(Seconds("gpu_busy"), (record.gpu_busy * duration_s, 0.0, 0.0))


def basis_of(grid: Intensity) -> str:
    """What grams rest on: `average lifecycle`. Those of different bases do not add up."""
    return f"{grid.kind} {grid.basis}"


@lru_cache(maxsize=4096)
def text_of(key: Key) -> str:
    """A key as text, the same in every process."""
    return json.dumps([type(key).__name__, *key], separators=(",", ":"))


@lru_cache(maxsize=4096)
def key_of(text: str) -> Key:
    """The key of a text.

    Raises:
        ValueError: it is the text of none.
    """
    try:
        name, *fields = json.loads(text)
        key: Key = _made(_BY_NAME[name], fields)
        if isinstance(key, Runs):
            _ = key.intensity
    except (TypeError, ValueError, LookupError) as error:
        raise ValueError(f"no key of a sum: {text[:80]}") from error
    return key


def _made(cls: type[Any], fields: Sequence[Any]) -> Any:
    """A named tuple of the fields, each of its type."""
    hints = get_type_hints(cls)
    pairs = zip(cls._fields, fields, strict=True)
    return cls(
        *(
            _made(Form, one) if name == "form" else reader(hints[name])(one)
            for name, one in pairs
        )
    )


@lru_cache(maxsize=64)
def _json(grid: Intensity) -> str:
    return json.dumps(to_dict(grid), separators=(",", ":"))


def _form(figure: Figure) -> Form:
    known = figure.value is not None
    bounded = known and figure.high is not None
    return Form(figure.tier, figure.level, known, bounded, figure.reason, figure.lacks)


def _amount(figure: Figure) -> Amount:
    if figure.value is None:
        return 0.0, 0.0, 0.0
    return figure.value, figure.low or 0.0, figure.high or 0.0
