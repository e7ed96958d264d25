"""One piece of advice and the record of a cell: whether they belong together, what is added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from greenlab import units
from greenlab.cellcode.source_hash import source_hash
from greenlab.notebook.advice_case import Case, can_be_proven, text_elsewhere
from greenlab.notebook.cell_magic_line import without_comparison
from greenlab.record import Advice, CellRecord, Change, Saving

if TYPE_CHECKING:
    from greenlab.advice import Finding


def note_of(finding: Finding) -> str:
    """The line below the output of its cell."""
    said, share = finding.rule.title, finding.share
    if share is not None and share.hottest:
        said += f" ({share.fact[:1].lower()}{share.fact[1:].removesuffix('.')})"
    if per_run := saved_per_run(finding.saving):
        said += f", {per_run}"
    return f"lighter: {said} (see %greenlab advice)"


def saved_per_run(saving: Saving | None) -> str:
    """`about -1.2 kJ a run`; empty where the cell's energy is not known or nothing is saved."""
    saved_j = None if saving is None else saving.saved_j
    return f"about -{units.quantity(saved_j, 'J', 2)} a run" if saved_j and saved_j > 0 else ""


def written(
    found: Sequence[Finding],
    record: CellRecord,
    raw_cell: str,
    with_range: Callable[[Case], Advice] = lambda case: case.advice,
) -> list[Case]:
    """Findings as advice with a change, each with what it takes to try it."""
    from greenlab.advice import write

    cases = []
    for advice, finding in zip(write(found), found, strict=True):
        case = Case(advice, raw_cell, record, text_elsewhere(finding))
        case = replace(case, advice=with_range(case))
        cases.append(replace(case, advice=finished(case)))
    return cases


def finished(case: Case) -> Advice:
    """With what proving it takes, and a change that asks for no proof of itself."""
    advice, record, raw_cell = case.advice, case.record, case.raw_cell
    if advice.change is None:
        return advice
    from greenlab.advice.rewriting.apply_edits import unified
    from greenlab.proof.protocol import effort

    if advice.place is not None:
        return replace(advice, effort=effort(record) if can_be_proven(case) else None)
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
