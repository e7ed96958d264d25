"""Whether changed functions run at all: watched during one run that does not count.

A change that a cell does not run saves nothing, and measuring it would call it useless.
"""

from __future__ import annotations

import mmap
import sys
import threading
from types import CodeType, FrameType
from typing import Any, Final

from greenlab.proof.code_version import UnfitError
from greenlab.proof.definitions import INSIDE
from greenlab.proof.patch_functions import Replaced

_NEW: Final = 0
_OLD: Final = 1


class CallWatch:
    """Sees calls in this thread, in threads that begin meanwhile, and in forks of this process.

    It takes itself away at the first call that answers the question.
    """

    def __init__(self, replaced: Replaced) -> None:
        self._replaced = replaced
        self._seen = mmap.mmap(-1, 2)  # forks write to the same

    def __enter__(self) -> None:
        threading.setprofile(self._look)
        sys.setprofile(self._look)

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    def check(self) -> None:
        """Whether what ran was the change, and nothing else.

        Raises:
            UnfitError: it was not; the message says what to do.
        """
        name = min(self._replaced.names, default="the function")
        if self._seen[_OLD]:
            raise UnfitError(
                f"a generator that {name} made before goes on as it was: make it again in this "
                "cell"
            )
        if self._replaced.names and not self._seen[_NEW]:
            raise UnfitError(
                f"the change is of {name}, which did not run in this cell, or only in worker "
                "processes or compiled code, where a copy cannot change it: compare a cell "
                "that calls it"
            )

    def _look(self, frame: FrameType, event: str, _arg: Any) -> None:
        if event == "call":
            self._note(frame.f_code)
        if self._is_answered():
            sys.setprofile(None)

    def _note(self, code: CodeType) -> None:
        if code.co_filename == self._replaced.code_name:
            outer = code.co_qualname.partition(INSIDE)[0]
            if outer in self._replaced.names:
                self._seen[_NEW] = 1
        elif code in self._replaced.old:
            self._seen[_OLD] = 1

    def _is_answered(self) -> bool:
        return bool(self._seen[_OLD] or (self._seen[_NEW] and not self._replaced.under_way))
