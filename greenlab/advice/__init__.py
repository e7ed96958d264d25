"""What would make a heavy cell lighter, as code for that cell.

A rule speaks only where the code, the live objects and the measured signals agree. See
`rule` for what a rule is, `rules/` for the catalogue.
"""

from greenlab.advice.engine import Finding, advise, detect, read, write
from greenlab.advice.signals import Signals

__all__ = ["Finding", "Signals", "advise", "detect", "read", "write"]
