"""What a card says, line by line, for people: each form shows the same lines."""

from __future__ import annotations

from collections.abc import Iterator

from greenlab import units
from greenlab.record import Figure, Intensity, figure_display
from greenlab.record import total as figure_total
from greenlab.record.cell import KIND_NAMES
from greenlab.reports.card.document import RunCard

Row = tuple[str, tuple[str, ...]]
"""A label, and one or more lines."""


def rows(card: RunCard) -> Iterator[Row]:
    """The lines of a card. A label without lines is left out."""
    yield "Work", _work(card)
    yield "Hardware", _hardware(card)
    yield "Time", _time(card)
    yield "Energy", _energy(card)
    yield "Per unit", tuple(map(figure_display.unit_line, card.work))
    yield "Emissions", (_amount(card.emissions_g, "g", " CO2e"),)
    yield "Grid", tuple(_grid(one) for one in card.intensities)
    yield "PUE", tuple(f"{one:g}" for one in card.pue)
    yield "Method", _method(card)
    yield "Software", (", ".join(f"{k} {v}" for k, v in card.software.items()),)
    yield "Embodied", (card.embodied_g.reason or "",)
    yield "Not included", tuple(f"{gap.what}: {gap.why}" for gap in card.gaps)


def _work(card: RunCard) -> tuple[str, ...]:
    if card.started_at is None:
        return (*card.notebooks, "nothing was measured")
    counts = []
    if card.cells:
        counts.append(units.count(card.cells, "cell run"))
    if card.spans:
        counts.append(f"{units.count(card.spans, 'block')} measured outside cells")
    if card.failed:
        counts.append(f"{card.failed} of them failed or interrupted")
    if card.between_j is not None:
        counts.append("the time between cells")
    return (*card.notebooks, ", ".join([*counts, f"{card.started_at} to {card.ended_at}"]))


def _hardware(card: RunCard) -> tuple[str, ...]:
    known = card.hardware
    packages = f"{known.cpu_packages} x " if known.cpu_packages > 1 else ""
    cpu = f"{packages}{known.cpu or 'CPU of unknown name'}, {known.cpu_threads} threads"
    memory = known.memory_bytes
    virtual = ", in a virtual machine" if known.virtual_machine else ""
    lines = [f"CPU: {cpu}{virtual}"]
    lines.append(f"memory: {memory / 2**30:.0f} GiB" if memory else "memory: not known")
    return (*lines, f"GPU: {', '.join(known.gpus) or 'none measured'}")


def _time(card: RunCard) -> tuple[str, ...]:
    lines = [f"{_hours(card.duration_s)} measured"]
    if card.gpu_s:
        busy = "" if card.gpu_busy is None else f", {100 * card.gpu_busy:.0f} % busy"
        lines.append(f"{card.gpu_s / 3600:.3g} GPU hours{busy}")
    if card.cpu_s is not None:
        lines.append(f"{card.cpu_s / 3600:.3g} CPU core hours")
    return tuple(lines)


def _hours(seconds: float) -> str:
    return f"{units.duration(seconds)} ({seconds / 3600:.3g} h)"


def _energy(card: RunCard) -> tuple[str, ...]:
    total = card.energy_j
    if total.value is None:
        return (_energy_text(total),)
    lines = [f"{_energy_text(total)} ({total.tier}; {100 * total.level:g} % interval)"]
    for kind, name in KIND_NAMES.items():
        used = [part for part in card.parts if part.kind == kind]
        if used:
            energy_j = figure_total((part.device, part.energy_j) for part in used)
            known = energy_j.value is not None
            lines.append(f"{name}: {_short(energy_j) if known else 'not known'}")
    if card.active_j.value is not None and card.idle_j.value is not None:
        lines.append(
            f"{_short(card.active_j)} of it by your code, {_short(card.idle_j)} is idle power"
        )
    if card.between_j is not None:
        lines.append(f"{_short(card.between_j)} of it between cells")
    return tuple(lines)


def _short(energy_j: Figure) -> str:
    """`1.23 kWh`, `4.1 mWh`: papers ask for these. With as many digits as are known."""
    return figure_display.amount(energy_j.scaled(1 / units.J_PER_WH), "Wh")


def _energy_text(energy_j: Figure) -> str:
    return _amount(energy_j.scaled(1 / units.J_PER_WH), "Wh")


def _amount(figure: Figure, unit: str, gas: str = "") -> str:
    """A figure with its interval, in `Wh` or `g`; `gas`: grams of what."""
    if figure.value is None:
        return f"not known: {figure.reason}"
    digits = 2 if unit == "g" else 3
    low, high = figure.low or 0.0, figure.high
    bounded = (figure.value, low) if high is None else (figure.value, low, high)
    if figure.is_wide:
        value, *bounds = units.rough(bounded, unit)
        value = f"≈ {value}"
    else:
        value, *bounds = (units.quantity(one, unit, digits) for one in bounded)
    value, *bounds = (f"{one}{gas}" for one in (value, *bounds))
    least = "at least " if figure.is_least else ""
    if high is None:
        return f"{least}{value}, from {bounds[0]} up"
    return f"{least}{value}, between {bounds[0]} and {bounds[1]}"


def _grid(one: Intensity) -> str:
    if one.value is None:
        return f"not known: {one.reason}"
    year = f" {one.year}" if one.year else ""
    text = f"{one.zone_name}{year}: {one.value:.0f} {one.unit}, {one.kind}, {one.basis}"
    guess = f"; {one.guess}" if one.guess else ""
    return f"{text} ({one.source}{guess})"


def _method(card: RunCard) -> tuple[str, ...]:
    lines = [
        f"{KIND_NAMES[part.kind]}: {part.device}, {part.source} ({part.energy_j.tier})"
        for part in card.parts
    ]
    return (
        "greenlab, https://pypi.org/project/jupyterlab-greenlab",
        "counted: the share of the measured processes and their children",
        *lines,
    )
