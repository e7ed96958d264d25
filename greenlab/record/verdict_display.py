"""A verdict for people: the lines and the table that Python and notebooks show of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from greenlab import units
from greenlab.record.change_words import less_or_more

if TYPE_CHECKING:
    from greenlab.record.verdict import Verdict


def lines(verdict: Verdict) -> list[list[str]]:
    """The lines people read."""
    found = [
        [verdict.status, _change(verdict), _interval(verdict)],
        [_runs(verdict), _dropped(verdict), _cost(verdict), _payback(verdict)],
    ]
    if verdict.one_off_j is not None:
        found.append([f"its first run used {units.energy(verdict.one_off_j)} more, once"])
    found += [[text] for text in (_with_idle(verdict), verdict.reason, verdict.note) if text]
    if verdict.agreement is not None:
        found.append([str(verdict.agreement)])
    elif verdict.status == "verified" and verdict.quality is None:
        found.append(["no metric was given, so the results' quality was not compared"])
    kept = ([part for part in line if part] for line in found)
    return [line for line in kept if line]


def table(verdict: Verdict) -> list[Sequence[str]]:
    """What was measured, before and after; empty if nothing was."""
    if verdict.before_j is None or verdict.after_j is None:
        return []
    rows: list[Sequence[str]] = [("", "before", "after")]
    whole = f"energy ({verdict.tier})"
    if verdict.before_added_j is not None and verdict.after_added_j is not None:
        added = units.energies(verdict.before_added_j, verdict.after_added_j)
        rows.append((f"added by the work ({verdict.tier})", *added))
        whole = "with idle power"
    rows.append((whole, *units.energies(verdict.before_j, verdict.after_j)))
    if verdict.quality is not None:
        one = verdict.quality
        rows.append((one.metric, f"{one.before:.4g}", f"{one.after:.4g}"))
    return rows


def text(verdict: Verdict) -> str:
    """The lines, and the table with its columns aligned."""
    rows = table(verdict)
    widths = [max(len(row[column]) for row in rows) for column in range(3)] if rows else []
    aligned = [
        "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    return "\n".join([*(" · ".join(line) for line in lines(verdict)), *aligned])


def html(verdict: Verdict) -> str:
    """The same as HTML."""
    (first, *rest), *others = lines(verdict)
    head = " · ".join([f"<b>{escape(first)}</b>", *map(escape, rest)])
    rows = [head, *(escape(" · ".join(line)) for line in others)]
    cells = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
        for row in table(verdict)
    )
    shown = "".join(f"<div>{row}</div>" for row in rows)
    return f"{shown}<table>{cells}</table>" if cells else shown


def _change(verdict: Verdict) -> str:
    return "" if verdict.ratio is None else f"{less_or_more(verdict.ratio)} energy"


def _with_idle(verdict: Verdict) -> str:
    """The change with idle power included, which is used for as long as a version runs."""
    if verdict.ratio_of != "added" or not verdict.before_j or verdict.after_j is None:
        return ""
    whole = less_or_more(verdict.after_j / verdict.before_j, 2)
    return f"of the energy that the work adds; with idle power included, {whole}"


def _interval(verdict: Verdict) -> str:
    if verdict.low is None or verdict.high is None:
        return ""
    near, far = sorted((verdict.low, verdict.high), key=lambda ratio: abs(1 - ratio))
    first = less_or_more(near)
    if (near <= 1) == (far <= 1) and far < 2:
        first = first.rsplit(" ", 1)[0]
    return f"between {first} and {less_or_more(far)}"


def _runs(verdict: Verdict) -> str:
    if not verdict.pairs:
        return ""
    return "1 pair of runs" if verdict.pairs == 1 else f"{verdict.pairs} pairs of runs"


def _dropped(verdict: Verdict) -> str:
    if not verdict.discarded:
        return ""
    if verdict.pairs:
        return f"{verdict.discarded} more were disturbed and left out"
    if verdict.discarded == 1:
        return "the one pair of runs was disturbed and left out"
    return f"all {verdict.discarded} pairs of runs were disturbed and left out"


def _cost(verdict: Verdict) -> str:
    if verdict.duration_s is None:
        return ""
    took = units.duration(verdict.duration_s)
    if verdict.cost_j is None:
        return f"the proof took {took}"
    return f"the proof used {units.energy(verdict.cost_j)} in {took}"


def _payback(verdict: Verdict) -> str:
    if verdict.status != "verified" or None in (
        verdict.before_j,
        verdict.after_j,
        verdict.cost_j,
    ):
        return ""
    saved_j = (verdict.before_j or 0.0) - (verdict.after_j or 0.0)
    runs = math.ceil((verdict.cost_j or 0.0) / saved_j) if saved_j > 0 else 0
    if not runs:
        return ""
    return f"which pays off after {units.count(runs, 'run')} of the new version"
