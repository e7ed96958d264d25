"""What one process weighs: meter, grid and ledger put together into records."""

from greenlab.session.open_window import OpenWindow, enclose
from greenlab.session.process import close_current, current, forget, note_trouble
from greenlab.session.sampled_lines import LinesWanted
from greenlab.session.session import Session

__all__ = [
    "LinesWanted",
    "OpenWindow",
    "Session",
    "close_current",
    "current",
    "enclose",
    "forget",
    "note_trouble",
]
