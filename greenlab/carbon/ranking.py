"""What all sources together know: they are asked in their order, and the first answer wins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from greenlab.carbon import sources
from greenlab.carbon.codecarbon_files import DataMoved
from greenlab.carbon.slots import Slot, Span, Zone, fill
from greenlab.carbon.sources import Source
from greenlab.record import Intensity

_Answer = TypeVar("_Answer")


def find(name: str) -> list[Zone]:
    """The zones that a code or name may mean: none, one, or several of different codes.

    Raises:
        DataMoved: no source knows it, and one of them cannot be read.
    """
    found: dict[str, Zone] = {}
    for zone in _ask(lambda source: source.find(name)):
        if zone is not None:
            found.setdefault(zone.code, zone)
    return list(found.values())


def at(zone: str, span: Span) -> tuple[Slot, ...]:
    """The intensity of a zone, by its code, over a span: slots in order, without a gap.

    What the first source leaves open is asked of the next, but never mixed with another
    basis (direct with lifecycle) or kind (marginal with average). Where nobody knows it the
    intensity has no value, and a reason.

    Raises:
        DataMoved: no source has a figure, and one of them cannot be read.
    """
    known: list[Slot] = []
    unknown: list[Slot] = []
    gaps = [span]

    def left_open(source: Source) -> list[Slot]:
        return [slot for gap in gaps for slot in source.at(zone, gap)]

    for answer in _ask(left_open):
        unknown += [slot for slot in answer if slot.intensity.value is None]
        for slot in answer:
            if slot.intensity.value is not None and _alike(slot, known):
                more, gaps = fill(gaps, [slot])
                known += more
        if not gaps:
            break
    reasons, rest = fill(gaps, unknown)
    known += reasons
    known += [Slot(gap, missing(zone, f"no source has a figure for {zone}")) for gap in rest]
    return tuple(sorted(known, key=lambda slot: slot.span.start))


def missing(zone: str, reason: str) -> Intensity:
    """No figure, and why."""
    return Intensity(None, zone, zone, "none", None, "missing", reason=reason)


def _alike(slot: Slot, known: list[Slot]) -> bool:
    if not known:
        return True
    one, other = slot.intensity, known[0].intensity
    return (one.basis, one.kind) == (other.basis, other.kind)


def _ask(question: Callable[[Source], _Answer]) -> Iterator[_Answer]:
    """The sources' answers in their order; one that cannot be read is passed over.

    Raises:
        DataMoved: none had anything to say, and this is why.
    """
    trouble: DataMoved | None = None
    answered = False
    for source in sources.SOURCES:
        try:
            answer = question(source)
        except DataMoved as error:
            trouble = trouble or error
            continue
        answered = answered or bool(answer)
        yield answer
    if trouble is not None and not answered:
        raise trouble
