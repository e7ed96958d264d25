"""The processes that this one descends from."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from greenlab.host.host import Host

_MOST: Final = 64


def ancestors(host: Host) -> list[int]:
    """Their process ids, the parent first. It ends where a process id namespace does, and at a
    process whose parent may not be seen.
    """
    if not host.linux:
        return _elsewhere()
    found: list[int] = []
    # By /proc's own numbers: they are others in a namespace that kept the machine's /proc.
    pid = _parent(host, "self")
    while pid > 0 and pid not in found and len(found) < _MOST:
        found.append(pid)
        pid = _parent(host, str(pid))
    return found


def keeps_account(host: Host, pid: int) -> bool:
    """Whether a process is told what its children used when they end. One that ignores SIGCHLD
    is not, as wait(2) and getrusage(2) say.
    """
    if not host.linux:
        return True
    for line in (host.read_text(f"/proc/{pid}/status") or "").splitlines():
        if line.startswith("SigIgn:"):
            return not int(line.split()[1], 16) >> (signal.SIGCHLD - 1) & 1
    return True


def _parent(host: Host, pid: str) -> int:
    # The name, in brackets, may hold anything, so it is cut off.
    fields = (host.read_text(f"/proc/{pid}/stat") or "").rpartition(")")[2].split()
    return int(fields[1]) if len(fields) > 1 and fields[1].isdigit() else 0


def _elsewhere() -> list[int]:
    import psutil

    try:
        return [one.pid for one in psutil.Process(os.getpid()).parents()]
    except (psutil.Error, OSError):
        return []
