"""What one process weighs: meter, grid and ledger put together into records."""

from greenlab.session.process import close_current, current, forget, note_trouble
from greenlab.session.session import Session
from greenlab.session.weighing import Weighing, enclose

__all__ = [
    "Session",
    "Weighing",
    "close_current",
    "current",
    "enclose",
    "forget",
    "note_trouble",
]
