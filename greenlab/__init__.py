"""greenlab: an energy meter for Jupyter notebooks.

`%load_ext greenlab` measures every cell. Importing this package loads nothing heavy: each
public name is fetched when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greenlab._version import __version__
    from greenlab.measuring import measure, records
    from greenlab.notebook.dashboard import dashboard
    from greenlab.proof.comparison import compare
    from greenlab.record import CellRecord
    from greenlab.reports.card import run_card
    from greenlab.units_of_work import count

__all__ = [
    "CellRecord",
    "__version__",
    "compare",
    "count",
    "dashboard",
    "measure",
    "records",
    "run_card",
]

_HOMES = {
    "CellRecord": "greenlab.record",
    "__version__": "greenlab._version",
    "compare": "greenlab.proof.comparison",
    "count": "greenlab.units_of_work",
    "dashboard": "greenlab.notebook.dashboard",
    "measure": "greenlab.measuring",
    "records": "greenlab.measuring",
    "run_card": "greenlab.reports.card",
}

_ROOMS = ("training", "work_counters")


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _ROOMS:
        return import_module(f"greenlab.{name}")
    if name not in _HOMES:
        names = ", ".join(each for each in __dir__() if not each.startswith("_"))
        raise AttributeError(f"module 'greenlab' has no attribute {name!r}; it has {names}")
    # Kept: loops call `count`, and to look it up here would take twice as long as to count.
    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted([*__all__, *_ROOMS])


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext greenlab`: measure every cell from now on."""
    from greenlab.notebook.extension import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """`%unload_ext greenlab`: leave no trace."""
    from greenlab.notebook.extension import unload

    unload(shell)
