"""What one process weighs: meter, grid and ledger put together into records."""

from greenlab.session.open_window import OpenWindow, enclose
from greenlab.session.process import close_current, current, forget, note_trouble, opened
from greenlab.session.sampled_lines import LinesWanted
from greenlab.session.session import Session
from greenlab.session.used_so_far import UsedSoFar, used_by, used_so_far
from greenlab.session.work_counts import MOST_UNITS, count_in

__all__ = [
    "MOST_UNITS",
    "LinesWanted",
    "OpenWindow",
    "Session",
    "UsedSoFar",
    "close_current",
    "count_in",
    "current",
    "enclose",
    "forget",
    "note_trouble",
    "opened",
    "used_by",
    "used_so_far",
]
