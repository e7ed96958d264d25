"""A record's lines for people: the heaviest ones, then the cell's source with a bar per line.

The HTML keeps to what notebooks allow from strangers: a table, `meter` for the bars, and a
disclosure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final, NamedTuple

from greenlab import units
from greenlab.record import figure_display
from greenlab.record.cell import CellRecord
from greenlab.record.lines import LineEnergies, LineUse

HEAVIEST: Final = 5
_BAR: Final = 10
_LONGEST: Final = 70
GPU_WAITING: Final = (
    "the GPU works while your code continues: its energy counts on the line that waits for it; "
    "%%energy --lines --sync waits after each call"
)
GPU_SYNCHRONISED: Final = (
    "greenlab waited for the GPU after each torch call, so the cell took longer than usual"
)


class _Row(NamedTuple):
    """`part`: of the record's energy; `share`: of the heaviest line's, 0 to 1."""

    energy: str
    part: str
    interval: str
    share: float
    where: str
    text: str


def text(record: CellRecord, source: str | None = None) -> list[str]:
    """Lines of plain text; none for a record whose lines were not asked for. `source`: the
    cell's code, to show with a bar per line.
    """
    lines = record.lines
    if lines is None or not lines.asked:
        return []
    heaviest = list(_heaviest(record, lines))
    wide = max((len(row.energy) for row in heaviest), default=0)
    far = max((len(row.where) for row in heaviest), default=0)
    shown = [
        f"{row.energy:>{wide}} {row.part:>6} {_bar(row.share)} {row.where:<{far}}  {row.text}"
        for row in heaviest
    ]
    if shown:
        shown.insert(0, "by line of your code, the heaviest first:")
    shown += _notes(lines)
    listing = _listing(record, lines, source)
    if listing:
        width = max(len(row.energy) for row in listing)
        shown.append("the cell, with what its lines called:")
        shown += [
            f"{row.energy:>{width}} {row.part:>6} {_bar(row.share)} {row.where:>4}  {row.text}"
            for row in listing
        ]
    return shown


def html(record: CellRecord, source: str | None = None) -> str:
    """The same as HTML; empty where there is nothing to show."""
    lines = record.lines
    if lines is None or not lines.asked:
        return ""
    heaviest = list(_heaviest(record, lines))
    parts = []
    if heaviest:
        parts.append(_table("Energy by line of your code, the heaviest first", heaviest))
    parts += [f"<div>{escape(note)}</div>" for note in _notes(lines)]
    if listing := _listing(record, lines, source):
        table = _table("The cell, with what its lines called", listing)
        parts.append(f"<details><summary>the cell, line by line</summary>{table}</details>")
    return f'<div class="greenlab-lines">{"".join(parts)}</div>'


def where_text(use: LineUse, record: CellRecord) -> str:
    """`line 5`, `[2] line 5`, `train.py line 12`, and in which function."""
    if use.file is not None:
        place = f"{use.file.replace(chr(92), '/').rpartition('/')[2]} line {use.line}"
    elif use.execution_count in (None, record.execution_count):
        place = f"line {use.line}"
    else:
        place = f"[{use.execution_count}] line {use.line}"
    return place if use.function is None else f"{place}, {use.function}"


def figure_text(use: LineUse, lines: LineEnergies) -> str:
    """`3.1 J`, or `below 0.4 J` for a line shorter than the time between samples."""
    if is_short(use, lines) and use.energy_j.high is not None:
        return f"below {units.at_most(use.energy_j.high, 'J')}"
    return figure_display.amount(use.energy_j)


def is_short(use: LineUse, lines: LineEnergies) -> bool:
    """Whether a line took so little time that no more than an upper bound is known."""
    return use.samples < 2 and max(use.cpu_s, use.duration_s) < 2 * (lines.period_s or 0.0)


def _heaviest(record: CellRecord, lines: LineEnergies) -> Iterator[_Row]:
    for use in lines.code[:HEAVIEST]:
        yield _row(use, record, lines.code, where_text(use, record))


def _listing(record: CellRecord, lines: LineEnergies, source: str | None) -> list[_Row]:
    """The cell's source, each line with what it used; none if that is not available."""
    if source is None or not lines.cell:
        return []
    used = {
        one.line: one
        for one in lines.cell
        if one.file is None and one.execution_count == record.execution_count
    }
    rows = []
    for number, code in enumerate(source.splitlines(), 1):
        use = used.get(number)
        if use is None:
            rows.append(_Row("", "", "", 0.0, str(number), code.rstrip()))
        else:
            row = _row(use, record, lines.cell, str(number))
            rows.append(row._replace(text=code.rstrip()))
    return rows


def _row(use: LineUse, record: CellRecord, among: Sequence[LineUse], where: str) -> _Row:
    lines, joules, whole = record.lines, use.energy_j.value or 0.0, record.energy_j.value or 0.0
    assert lines is not None
    most = max((one.energy_j.value or 0.0 for one in among), default=0.0)
    short = is_short(use, lines)
    return _Row(
        energy=figure_text(use, lines),
        part="" if short or whole <= 0 else units.percent(joules / whole, 2),
        interval="" if short else figure_display.interval_text(use.energy_j),
        share=joules / most if most > 0 else 0.0,
        where=where,
        text=_shortened(use.text or ""),
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"


def _notes(lines: LineEnergies) -> list[str]:
    notes = []
    if lines.code:
        notes.append(f"not on a line: {figure_display.amount(lines.rest_j)}")
    if lines.code and lines.period_s is not None:
        notes[0] += f"; a sample every {units.duration(lines.period_s)}"
    if lines.gpu is not None:
        notes.append(GPU_WAITING if lines.gpu == "waiting" else GPU_SYNCHRONISED)
    return [*notes, *([lines.note] if lines.note else [])]


def _bar(share: float) -> str:
    return f"{'█' * round(share * _BAR):<{_BAR}}"


def _table(title: str, rows: Iterable[_Row]) -> str:
    body = "".join(
        f"<tr><td>{_whole(row.energy)}</td><td>{_whole(row.part)}</td>"
        f"<td>{_meter(row)}</td>"
        f"<td>{_whole(row.where)}</td>"
        f"<td><code>{escape(row.text)}</code></td>"
        f"<td>{_whole(row.interval)}</td></tr>"
        for row in rows
    )
    names = "energy", "part", "", "line", "code", "how sure"
    head = f"<tr>{''.join(f'<th>{name}</th>' for name in names)}</tr>"
    return f"<table><caption>{escape(title)}</caption>{head}{body}</table>"


def _whole(text: str) -> str:
    """Text that is not broken into lines."""
    return escape(text).replace(" ", "&nbsp;")


def _meter(row: _Row) -> str:
    if not row.energy:
        return ""
    return f'<meter min="0" max="1" value="{row.share:.3f}">{row.share:.0%}</meter>'
