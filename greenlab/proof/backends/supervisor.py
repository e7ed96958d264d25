"""The supervisor process above a copy of the kernel: nothing of a proof outlives it.

It adopts everything that the copy starts, including workers that left their parent, and ends
all of it once the proof is over or the kernel is gone, for any reason.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

import psutil

from greenlab.host import linux_syscalls
from greenlab.proof.backends.confine import Held, tidy

END_S: Final = 10.0
"""How long a supervisor may take to end all that it keeps."""
_LOOK_S: Final = 0.5
"""How soon the end of a kernel is seen that could not close the pipe."""
_AGAIN_S: Final = 0.002
_PATIENCE_S: Final = 5.0
"""Between two tries to end what is left, and for all of them: processes that fork as they are
ended are caught by the next try.
"""


def keep(folder: Path, watched: int, work: Callable[[], None]) -> NoReturn:
    """In a fork of the kernel: do `work` in a child, then leave nothing behind.

    `folder` goes with it. `watched`: a pipe whose other end the kernel closes when the proof is
    over. Files and connections that are open here are closed, as they are the kernel's.
    """
    kernel = os.getppid()
    os.setsid()
    with contextlib.suppress(OSError):
        linux_syscalls.adopt_orphans()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            end_with_the_parent()
            work()
        os._exit(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _close_all_but(watched)
    while not _is_over(watched, kernel, child):
        pass
    made = {child} | end_children()
    tidy(Held.NOT, made)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def end_with_the_parent() -> None:
    """In a fork of a supervisor or a copy: do not outlive it."""
    with contextlib.suppress(OSError):
        linux_syscalls.end_with_the_parent(signal.SIGKILL)


def end_children() -> set[int]:
    """End every process below this one; their numbers, of those that still ran."""
    ended: set[int] = set()
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        try:
            if os.waitpid(-1, os.WNOHANG)[0]:
                continue
        except ChildProcessError:
            break
        for one in psutil.Process().children(recursive=True):
            ended.add(one.pid)
            with contextlib.suppress(psutil.Error):
                one.kill()
        time.sleep(_AGAIN_S)
    return ended


def wait_for(supervisor: int) -> None:
    """In the kernel: wait until a supervisor has ended all that it keeps, or do it."""
    until = time.monotonic() + END_S
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(supervisor, os.WNOHANG)) == (0, 0):
            if time.monotonic() > until:
                os.kill(supervisor, signal.SIGKILL)
                found = os.waitpid(supervisor, 0)
                break
            time.sleep(_AGAIN_S)
        if found[1] != 0:  # killed itself: what it kept is still of its session
            _end_session(supervisor)


def _end_session(leader: int) -> None:
    for one in psutil.process_iter():
        with contextlib.suppress(OSError, psutil.Error):
            if os.getsid(one.pid) == leader:
                one.kill()


def _is_over(watched: int, kernel: int, child: int) -> bool:
    """Whether the kernel says so, is gone, or the copy ended; looks for half a second."""
    if select.select([watched], [], [], _LOOK_S)[0] or os.getppid() != kernel:
        return True
    with contextlib.suppress(ChildProcessError):
        # Orphans are left for the end: of the copy itself nobody else waits.
        return os.waitpid(child, os.WNOHANG)[0] == child
    return True


def _close_all_but(kept: int) -> None:
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208  numbers, not paths
        if int(name) != kept:
            with contextlib.suppress(OSError):
                os.close(int(name))
