"""CPU time of the kernel, its threads, its live descendants and those it waited for.

A 5 ms burst shows: the clocks resolve microseconds where /proc ticks every 10 ms.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from greenlab.host.host import Host, Reader

_TICK_S: Final = 1.0 / (os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100)

_ROUNDED_S: Final = 0.05
"""The ticks in which the system tells what several children have waited for."""
_TRIES: Final = 3
FEW: Final = 64
"""New process numbers that are looked at one by one; more cost as much as all of /proc."""


class CpuSnapshot(NamedTuple):
    """CPU seconds so far: `own_s` of this process (`pid`), `reaped_s` of children that were
    waited for, `live_s` of each live descendant, `waited_s` of those it waited for itself.
    """

    own_s: float
    reaped_s: float
    live_s: dict[int, float] = {}  # noqa: RUF012  never changed
    waited_s: dict[int, float] = {}  # noqa: RUF012  never changed
    pid: int = 0


def used_s(start: CpuSnapshot, end: CpuSnapshot) -> float:
    """CPU seconds between two snapshots.

    A child that lived at the start and was waited for since, by this process or by one of
    its children, comes in with its whole life: what it had used before is taken off. One
    that had used more than came in was not waited for: it has left the family. One that
    lives at both ends counts its difference.
    In a child forked in between, all counts from the fork on: its clocks began at 0.
    """
    if start.pid != end.pid:
        start = CpuSnapshot(0.0, 0.0)
    live, ended = 0.0, max(0.0, end.reaped_s - start.reaped_s)
    gone = [
        cpu_s + start.waited_s.get(pid, 0.0)
        for pid, cpu_s in start.live_s.items()
        if pid not in end.live_s
    ]
    for pid, cpu_s in end.live_s.items():
        before, waited = start.live_s.get(pid, 0.0), start.waited_s.get(pid, 0.0)
        if cpu_s < before:  # another process has got the number
            before = waited = 0.0
        live += cpu_s - before
        ended += max(0.0, end.waited_s.get(pid, 0.0) - waited)
    for past_s in sorted(gone):
        if past_s <= ended + _ROUNDED_S:
            ended -= past_s
    return max(0.0, end.own_s - start.own_s) + live + max(0.0, ended)


class ProcessCpu:
    """Takes snapshots. Looks for descendants only when a process was born since."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.own_s: Final = host.process_cpu_s
        """CPU seconds of this process alone."""
        self._pids: list[int] = []
        self._newest: int | None = None
        # What `_newest` was, and what each had waited for then. Replaced as a whole: an
        # interrupt of the user's may come between any two steps.
        self._waited: tuple[int | None, dict[int, float]] = None, {}
        self._loadavg: Reader | None = None

    def families(self) -> tuple[float, dict[int, float], dict[int, float]]:
        """What children add: seconds of those waited for, of each that lives, and of those
        that each of these waited for.
        """
        if not self._host.has_children():
            if self._newest is not None:
                self.forget()
            return self._host.reaped_cpu_s(), {}, {}
        for _ in range(_TRIES):
            reaped_s = self._host.reaped_cpu_s()
            live: dict[int, float] = {}
            for pid in self.descendants():
                try:
                    live[pid] = self._host.pid_cpu_s(pid)
                except OSError:
                    self._pids = [other for other in self._pids if other != pid]
            waited_s = self._waited_by(live)
            # One that ended meanwhile would be counted twice, or not at all.
            if self._host.reaped_cpu_s() == reaped_s:
                break
        return reaped_s, live, waited_s

    def _waited_by(self, live: dict[int, float]) -> dict[int, float]:
        """Seconds of those that each has waited for. They are looked up anew only when they
        may have changed: whom one waits for lived before, or was born since.
        """
        newest, waited_s = self._waited
        if newest is None or newest != self._newest or live.keys() != waited_s.keys():
            waited_s = {pid: self._waited_for_s(pid) for pid in live}
            self._waited = self._newest, waited_s
        return waited_s

    def descendants(self) -> list[int]:
        """Process ids of all live descendants."""
        if not self._host.linux:
            return _psutil_descendants()
        newest = self._newest_pid()
        if newest is None or self._newest is None:
            self._pids = self._find_all()
        elif newest != self._newest:
            born = range(self._newest + 1, newest + 1)
            if 0 < len(born) <= FEW:
                self._add(born)
            else:
                self._pids = self._find_all()
        self._newest = newest
        return self._pids

    def _newest_pid(self) -> int | None:
        """The number given out last on this machine; unchanged means that none was born."""
        try:
            if self._loadavg is None:
                self._loadavg = self._host.open("/proc/loadavg", 128, quick=True)
            return int(self._loadavg.read().split()[-1])
        except (OSError, IndexError, ValueError):
            return None

    def _add(self, numbers: range) -> None:
        """Those of the new numbers that are processes (not threads) of this family."""
        family = {self._host.pid(), *self._pids}
        for pid in numbers:
            text = self._host.read_text(f"/proc/{pid}/status") or ""
            fields = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
            if fields.get("Tgid") == str(pid) and int(fields.get("PPid", 0)) in family:
                family.add(pid)
                self._pids = [*self._pids, pid]

    def _find_all(self) -> list[int]:
        """Parents of all processes from /proc, then those that descend from this one."""
        children: dict[int, list[int]] = {}
        for entry in self._host.listdir("/proc"):
            if entry.isdigit() and (fields := self._stat(int(entry))):
                children.setdefault(int(fields[1]), []).append(int(entry))
        found: list[int] = []
        todo = [self._host.pid()]
        while todo:
            born = children.get(todo.pop(), [])
            found += born
            todo += born
        return found

    def _stat(self, pid: int) -> list[str]:
        """The fields of /proc/PID/stat after the name, from the state on."""
        text = self._host.read_text(f"/proc/{pid}/stat") or ""
        return text.rpartition(")")[2].split()

    def _waited_for_s(self, pid: int) -> float:
        if not self._host.linux:
            return 0.0
        fields = self._stat(pid)
        return (int(fields[13]) + int(fields[14])) * _TICK_S if len(fields) > 14 else 0.0

    def forget(self) -> None:
        """There are no children, or in a forked child none that are its own."""
        self._pids, self._newest, self._waited = [], None, (None, {})

    def close(self) -> None:
        """Close what was kept open."""
        reader, self._loadavg = self._loadavg, None
        if reader is not None:
            reader.close()


def _psutil_descendants() -> list[int]:
    import psutil

    try:
        me = psutil.Process()
        return [child.pid for child in me.children(recursive=True)]
    except psutil.Error:
        return []
