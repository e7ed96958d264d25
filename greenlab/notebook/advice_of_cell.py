"""One piece of advice and the record of a cell: whether they belong together, what is added."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenlab.advice.track_record import Workload
from greenlab.cellcode.source_hash import source_hash
from greenlab.notebook.header import without_comparison
from greenlab.record import Advice, CellRecord, Change, Place

if TYPE_CHECKING:
    from greenlab.proof import CodeVersion


@dataclass(frozen=True, slots=True)
class Case:
    """A piece of advice, and the cell that it is about as it ran.

    `text`: the cell or file that the change is of, where that is another.
    """

    advice: Advice
    raw_cell: str
    record: CellRecord
    text: str | None = None

    @property
    def workload(self) -> Workload:
        """What a proof of it is of."""
        return workload_of(self.record, self.text)


def workload_of(record: CellRecord, text: str | None = None) -> Workload:
    """The code that ran, and what a run of it used. `text`: what else a change is of."""
    own = record.source_hash or ""
    code = own if text is None else f"{own}+{source_hash(text)}"
    return Workload(code, record.energy_j.value)


def versions(case: Case) -> tuple[CodeVersion, CodeVersion]:
    """The cell as it is and with the change, wherever that stands.

    Raises:
        UnfitError: they cannot be run again; the message says why.
    """
    from greenlab.proof.code_version import CodeVersion
    from greenlab.proof.redefinition import Redefinition

    advice, change = case.advice, case.advice.change
    assert change is not None
    cell = CodeVersion.of(case.raw_cell)
    if advice.place is None or case.text is None:
        return cell, CodeVersion.of(change.text)
    place = advice.place
    files = () if place.file is None else (place.file,)
    pair = Redefinition.pair(case.text, change.text, _words(place), files)
    return replace(cell, redefined=pair[0]), replace(cell, redefined=pair[1])


def _words(place: Place) -> str:
    if place.file is not None:
        return f"your file {Path(place.file).name}"
    if place.execution_count is not None:
        return f"cell [{place.execution_count}]"
    return "the cell that defines it"


def place_of(record: CellRecord) -> dict[str, Any]:
    """Which cell a finding is about."""
    return {
        "cell_id": record.cell_id,
        "cell_index": None,
        "execution_count": record.execution_count,
        "source_hash": record.source_hash or "",
    }


def finished(advice: Advice, record: CellRecord, raw_cell: str) -> Advice:
    """With what proving it takes, and a change that asks for no proof of itself."""
    if advice.change is None:
        return advice
    from greenlab.advice.rewriting.apply_edits import unified
    from greenlab.proof.protocol import effort

    if advice.place is not None:
        return replace(advice, effort=effort(record))
    text = without_comparison(advice.change.text, advice.rule)
    change = Change(unified(raw_cell, text), text)
    return replace(advice, change=change, effort=effort(record))


def as_proven(old: Advice | None, new: Advice) -> Advice:
    """What was proven of a change holds for the same cell with another `%%energy` line.

    Of a change elsewhere it holds as long as that is the same.
    """
    if old is None or old.verdict is None:
        return new
    if new.place is not None and old.change != new.change:
        return new
    return replace(old, change=new.change)


def outdated(one: Advice, record: CellRecord) -> bool:
    """Whether a run of its cell ends this advice: any but that of the change it gives."""
    applied = (
        one.change is not None
        and one.place is None
        and source_hash(one.change.text) == record.source_hash
    )
    return same_cell(one, record) and not applied


def same_cell(one: Advice, record: CellRecord) -> bool:
    """By the cell's id; where a front end gives none, by its code."""
    if record.cell_id is None:
        return one.source_hash == record.source_hash
    return one.cell_id == record.cell_id
