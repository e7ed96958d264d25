"""greenlab beside its peers on one simulated counter: errors of windows, and faults."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import Answer, Tool, available
from benchmarks.served import Served, Zone
from benchmarks.statistic import odd, percentile

WATTS = 40.0
LENGTHS = ((0.01, 2.0), (0.05, 1.0), (0.1, 1.0), (1.0, 0.4))
"""Seconds of a window, and how many of them for each that is asked for."""
FAULT_S = 4.0


@contextlib.contextmanager
def served(*zones: Zone) -> Iterator[tuple[Served, list[Tool]]]:
    """A tree, and the installed tools open on it."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)  # what the peers say belongs to no table
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder), list(zones)) as tree:
        with contextlib.redirect_stdout(io.StringIO()):
            tools = [make(tree.powercap) for make in available()]
        try:
            yield tree, tools
        finally:
            for tool in tools:
                with contextlib.suppress(Exception):  # after a fault some cannot
                    tool.close()


def errors(windows: int = 60) -> None:
    """Print the p95 of each tool's error on a constant trace, tools taking turns."""
    with served(Zone("package-0", WATTS)) as (_, tools):
        print(f"| window | {' | '.join(tool.name for tool in tools)} |")
        print("| --- " * (len(tools) + 1) + "|")
        for length_s, part in LENGTHS:
            count = int(windows * part)
            wrong: dict[str, list[float]] = {tool.name: [] for tool in tools}
            held = 0
            for turn in range(count):
                for tool in tools[turn % len(tools) :] + tools[: turn % len(tools)]:
                    time.sleep(0.0037 + 0.00071 * (turn % 17))
                    answer, truth_j = window(tool, odd(length_s, turn))
                    assert answer.energy_j is not None, answer.says
                    wrong[tool.name].append(abs(answer.energy_j / truth_j - 1.0))
                    if answer.low_j is not None and answer.high_j is not None:
                        held += answer.low_j <= truth_j <= answer.high_j
            cells = [f"{percentile(values, 0.95):.2%}" for values in wrong.values()]
            cells[0] += f" ({held} of {count} held)"
            print(f"| {length_s * 1000:g} ms | {' | '.join(cells)} |", flush=True)


def window(tool: Tool, length_s: float) -> tuple[Answer, float]:
    """What a tool says of so many seconds, and the truth from its start to its stop."""
    tool.start()
    begun = time.monotonic()
    time.sleep(length_s)
    ended = time.monotonic()
    return tool.stop(), WATTS * (ended - begun)


@dataclass(frozen=True)
class Fault:
    """Zones, which of them truly count, and what happens to the last one in mid-window."""

    name: str
    zones: tuple[Zone, ...]
    counted: int
    order: str = ""
    at: float = 0.5


ONE, TWO = Zone("package-0", WATTS), Zone("package-1", WATTS)
FAULTS = (
    Fault("none", (ONE,), 1),
    Fault("psys beside package", (ONE, Zone("psys", 1.59 * WATTS)), 1),
    Fault("two wraps", (Zone("package-0", WATTS, range_uj=70_000_000, start_uj=5_000_000),), 1),
    Fault("counter restarts", (ONE,), 1, "restart"),
    Fault("one of two stalls at the start", (ONE, TWO), 2, "stall", 0.0),
    Fault("one of two stalls half-way", (ONE, TWO), 2, "stall"),
    Fault("the only one stalls half-way", (ONE,), 1, "stall"),
    Fault("one of two vanishes", (ONE, TWO), 2, "vanish"),
    Fault("the only one vanishes", (ONE,), 1, "vanish"),
    Fault("one of two shows garbage", (ONE, TWO), 2, "garbage"),
)


def faults(_windows: int = 1) -> None:
    """Print what each tool says of a window in which a counter misbehaves."""
    names = [tool.name for tool in available()]
    print(f"| fault | true | {' | '.join(names)} |")
    print("| --- " * (len(names) + 2) + "|")
    for fault in FAULTS:
        truth_j, answers = broken(fault)
        cells = [shown(answer, truth_j) for answer in answers]
        print(f"| {fault.name} | {truth_j:.0f} J | {' | '.join(cells)} |", flush=True)


def broken(fault: Fault) -> tuple[float, list[Answer | str]]:
    """The truth, and each tool's answer or the error that it raised, of one same window."""
    with served(*fault.zones) as (tree, tools):
        for tool in tools:  # a quiet window before, as in a notebook
            tool.start()
            time.sleep(0.3)
            tool.stop()
        time.sleep(1.0)
        for tool in tools:
            tool.start()
        begun = time.monotonic()
        time.sleep(FAULT_S * fault.at)
        if fault.order:
            tree.order(fault.order, len(fault.zones) - 1)
        time.sleep(FAULT_S * (1.0 - fault.at))
        ended = time.monotonic()
        answers = [asked(tool.stop) for tool in tools]
    return WATTS * fault.counted * (ended - begun), answers


def asked(stop: Callable[[], Answer]) -> Answer | str:
    """A tool's answer, or how it failed."""
    try:
        return stop()
    except Exception as error:  # noqa: BLE001  which one is what is measured
        return type(error).__name__


def shown(answer: Answer | str, truth_j: float) -> str:
    """An answer in a few words, with its error."""
    if isinstance(answer, str):
        return f"raises {answer}"
    if answer.energy_j is None:
        return f"missing: {answer.says}"
    text = f"{answer.energy_j:.0f} J ({answer.energy_j / truth_j - 1.0:+,.0%})"
    if answer.low_j is not None:
        top = "?" if answer.high_j is None else f"{answer.high_j:.0f}"
        text = f"{answer.energy_j:.0f} J [{answer.low_j:.0f}, {top}]"
        if not answer.low_j <= truth_j <= (answer.high_j or float("inf")):
            text += " **wrong**"
        if answer.says:
            text += f"; {answer.says}"
    return text
