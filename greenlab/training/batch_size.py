"""Which batch size reaches a quality with the least energy.

Joules per step or per epoch mislead: a larger batch often takes fewer joules per sample and
more samples to the same quality, so that it may cost more in the end (You et al., Zeus, NSDI
2023). Here every size is trained until the target is reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import fmean
from typing import Final, Literal

from greenlab import units
from greenlab.record import Figure, total
from greenlab.training.running import RunningEnergy

Train = Callable[[int], Iterable[tuple[int, float]]]

ENOUGH_RUNS: Final = 3
"""Of two sets of three equal things, all of one lie below the other by chance in 1 of 20."""
_HEADERS: Final[tuple[str, ...]] = (
    "batch size", "to target", "interval", "tier", "samples", "J/sample", "quality",
)  # fmt: skip
_TOO_LARGE: Final = (MemoryError.__name__, "OutOfMemoryError")


@dataclass(frozen=True, slots=True)
class BatchRun:
    """One training: joules and samples until it ended. `note`: why it ended early."""

    energy_j: Figure
    samples: int
    quality: float | None
    reached: bool
    note: str | None = None


@dataclass(slots=True)
class BatchSize:
    """All runs of one size."""

    batch_size: int
    runs: list[BatchRun] = field(default_factory=list)

    @property
    def reached(self) -> bool:
        """Whether every run reached the target."""
        return bool(self.runs) and all(run.reached for run in self.runs)

    @property
    def energy_j(self) -> Figure:
        """Mean joules of a run. Its interval is that of measuring, not of chance."""
        return total(("a run", run.energy_j) for run in self.runs).scaled(1 / len(self.runs))

    @property
    def per_sample_j(self) -> Figure:
        """Joules per sample that was trained on: the figure that misleads alone."""
        samples = sum(run.samples for run in self.runs)
        if not samples:
            return Figure.missing("no sample was trained on")
        return total(("a run", run.energy_j) for run in self.runs).scaled(1 / samples)

    @property
    def values_j(self) -> list[float]:
        """Joules of each run whose energy is known."""
        return [run.energy_j.value for run in self.runs if run.energy_j.value is not None]


@dataclass(frozen=True, slots=True)
class BatchSizes:
    """What a search found, printed as a table.

    `recommended`: the size that reached the target with the least energy, `None` if none
    did. `clear`: whether that is more than noise, see `because`. `energy_j`: joules of the
    whole search.
    """

    sizes: tuple[BatchSize, ...]
    target: float
    recommended: int | None
    clear: bool
    because: str
    energy_j: Figure

    def __repr__(self) -> str:
        rows = [_HEADERS, *(_row(one) for one in self.sizes)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))
            for row in rows
        ]
        notes = dict.fromkeys(
            f"{one.batch_size}: {run.note}"
            for one in self.sizes
            for run in one.runs
            if run.note
        )
        lines += ["", *notes, self.because]
        if self.energy_j.value is not None:
            lines.append(f"The search used {units.energy(self.energy_j.value)}.")
        return "\n".join(lines)


def batch_size_search(
    train: Train,
    sizes: Sequence[int],
    *,
    target: float,
    mode: Literal["min", "max"] = "max",
    repeats: int = 1,
    give_up: float | None = 2.0,
    budget_j: float | None = None,
) -> BatchSizes:
    """Train with each batch size until a quality is reached; weigh that.

    `train(size)` builds a fresh model, trains it, and yields `(samples so far, quality)`
    after each evaluation, for as long as it should be tried. Adapt the learning rate to the
    size in there: it decides how a large batch does. Evaluation counts, so make it rare.

    `target`, `mode`: the quality, and whether it is reached from below (`max`) or above.
    `repeats`: runs of each size, in alternating order; three show what is chance. The first
    run of all pays for what happens once (compiling, loading).
    `give_up`: end a run that has used so many times the best run's energy (2 as in Zeus).
    `budget_j`: end a run that has used so many joules.

    A size that does not fit in memory is noted; any other error passes through.

    Raises:
        ValueError: no size, or a limit out of range.
        RuntimeError: energy is not known on this machine.
    """
    if not sizes or repeats < 1:
        raise ValueError("give at least one batch size, and repeats of at least 1")
    if give_up is not None and give_up < 1:
        raise ValueError(f"give_up is at least 1, not {give_up}")
    rows = {size: BatchSize(size) for size in sizes}
    done: list[BatchRun] = []
    for turn in range(repeats):
        for size in list(rows)[:: -1 if turn % 2 else 1]:
            run = _run(train, size, target, mode, _limit(done, give_up, budget_j))
            if run.energy_j.value is None:
                raise RuntimeError(
                    f"no energy figure here: {run.energy_j.reason}. "
                    "`greenlab doctor` says how to fix it"
                )
            rows[size].runs.append(run)
            done.append(run)
    whole = total(("a run", run.energy_j) for run in done)
    return BatchSizes(tuple(rows.values()), target, *_choose(list(rows.values())), whole)


def _limit(
    done: list[BatchRun], give_up: float | None, budget_j: float | None
) -> tuple[float, str] | None:
    """The joules after which the next run is ended, and why."""
    limits = [] if budget_j is None else [(budget_j, "the budget was spent")]
    reached_j = [run.energy_j.value or 0.0 for run in done if run.reached]
    if give_up is not None and reached_j and (best_j := min(reached_j)):
        limits.append((give_up * best_j, f"over {give_up:g} times the best run"))
    return min(limits, default=None)


def _run(
    train: Train,
    size: int,
    target: float,
    mode: Literal["min", "max"],
    limit: tuple[float, str] | None,
) -> BatchRun:
    samples, quality, reached = 0, None, False
    note: str | None = "training ended before the target"
    energy = RunningEnergy()
    steps = None
    try:
        steps = iter(train(size))
        for samples, quality in steps:  # noqa: B007  the last ones are kept
            if quality >= target if mode == "max" else quality <= target:
                reached, note = True, None
                break
            if limit is not None and (energy.so_far().value or 0.0) > limit[0]:
                note = limit[1]
                break
    except Exception as error:
        if type(error).__name__ not in _TOO_LARGE:
            raise
        note = "does not fit in memory"
    finally:
        figure = energy.end()
        with suppress(AttributeError):  # only generators can be closed
            steps.close()  # type: ignore[union-attr]
    return BatchRun(figure, samples, quality, reached, note)


def _choose(rows: list[BatchSize]) -> tuple[int | None, bool, str]:
    """The best size, whether that is clear, and why."""
    good = sorted((row for row in rows if row.reached), key=lambda row: row.energy_j.value or 0)
    if not good:
        return None, False, "No size reached the target in every run."
    best, *others = good
    name = f"{best.batch_size} reached the target with the least energy"
    if not others:
        return best.batch_size, len(rows) > 1, f"{name}: no other size did in every run."
    if all(_surely_less(best.energy_j, other.energy_j) for other in others):
        return best.batch_size, True, f"{name}: the intervals do not overlap."
    if len(best.runs) >= ENOUGH_RUNS:
        if all(max(best.values_j) < min(other.values_j) for other in others):
            return best.batch_size, True, f"{name}: each of its runs used less than all others."
        return best.batch_size, False, f"{name}, but runs of other sizes used as little."
    return best.batch_size, False, f"{name}, which may be chance: try repeats={ENOUGH_RUNS}."


def _surely_less(one: Figure, other: Figure) -> bool:
    return one.high is not None and other.low is not None and one.high < other.low


def _row(one: BatchSize) -> tuple[str, ...]:
    energy, each = one.energy_j, one.per_sample_j
    last = one.runs[-1]
    bounds = ""
    if energy.low is not None:
        bounds = f"from {units.energy(energy.low)}"
        if energy.high is not None:
            bounds = units.energy_span(energy.low, energy.high, "to")
    return (
        str(one.batch_size),
        units.energy(energy.value or 0.0) if one.reached else "not reached",
        bounds,
        energy.tier,
        str(round(fmean(run.samples for run in one.runs))),
        units.quantity(each.value, "J") if each.value is not None else "not known",
        "" if last.quality is None else f"{last.quality:.4g}",
    )
