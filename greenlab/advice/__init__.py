"""What would make a heavy cell lighter, as code for that cell.

A rule speaks only where the code, the live objects and the measured signals agree. See
`rule` for what a rule is, `rules/` for the catalogue. The engine is fetched when first
used: most cells are light and never ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greenlab.advice.signals import Signals

if TYPE_CHECKING:
    from greenlab.advice.engine import Finding, advise, detect, write
    from greenlab.advice.static_checks import read

__all__ = ["Finding", "Signals", "advise", "detect", "read", "write"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'greenlab.advice' has no attribute {name!r}")
    if name == "read":
        from greenlab.advice.static_checks import read

        return read
    from greenlab.advice import engine

    return getattr(engine, name)
