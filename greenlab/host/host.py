"""The machine as sensors see it: files below a root, and clocks.

Everything that greenlab learns from the operating system passes here, so that tests put a
simulated machine in its place. The environment variable `GREENLAB_SYSROOT` names a folder
that stands for `/`: a `sys` or `proc` folder in it replaces the real one (whichever of the
two it lacks is taken from the real machine).
"""

from __future__ import annotations

import ctypes
import importlib
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from greenlab.host.clocks import Clocks
from greenlab.host.gil_held_syscalls import QuickReader, has_children
from greenlab.settings import SYSROOT

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_FIRST_PID_SPACE = 0xEFFFFFFC
"""Linux's PROC_PID_INIT_INO: the inode of the machine's own process id namespace."""
_TRIES = 4
_HELD_UP_S = 1e-3
_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", None)
_clock = partial(getattr(time, "clock_gettime", lambda _: 0.0))
_times = partial(os.times)
_usage = partial(resource.getrusage, resource.RUSAGE_CHILDREN) if resource else None


class Reader(Protocol):
    """A file kept open, to be read again and again from its start."""

    def read(self) -> bytes:
        """Its text now.

        Raises:
            OSError: it cannot be read any more.
        """

    def close(self) -> None:
        """Close it."""


class _FileReader:
    """`pread` on a kept descriptor: no open and no seek."""

    __slots__ = ("_fd", "_size")

    def __init__(self, path: Path, size: int) -> None:
        self._fd = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        self._size = size

    def read(self) -> bytes:
        return os.pread(self._fd, self._size, 0)

    def close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


class Host:
    """This machine. Times in seconds, CPU times in CPU seconds."""

    def __init__(self, root: str | Path | None = None) -> None:
        given = root if root is not None else SYSROOT.text
        self.root = Path(given) if given else Path("/")
        self._real = self.root == Path("/")

    @property
    def linux(self) -> bool:
        """Whether `/proc` and `/sys` speak Linux here."""
        return sys.platform == "linux"

    def path(self, path: str) -> Path:
        """Where an absolute path lies below the root."""
        if not self._real and (self.root / path.split("/", 2)[1]).is_dir():
            return self.root / path.lstrip("/")
        return Path(path)

    def read_text(self, path: str) -> str | None:
        """A small file's text without surrounding blanks, `None` if it cannot be read."""
        # Not `Path.read_text()`: it takes five times as long, and children have many.
        try:
            fd = os.open(path if self._real else self.path(path), os.O_RDONLY)
        except OSError:
            return None
        try:
            text = b"".join(iter(partial(os.read, fd, 65536), b""))
        except OSError:
            return None
        finally:
            os.close(fd)
        return text.decode("utf-8", "replace").strip()

    def listdir(self, path: str) -> list[str]:
        """The names in a folder, sorted; none if it cannot be read."""
        try:
            return sorted(os.listdir(self.path(path)))  # noqa: PTH208 names alone, and fast
        except OSError:
            return []

    def open(self, path: str, size: int = 4096, *, quick: bool = False) -> Reader:
        """A file to be read many times, at most `size` bytes of it.

        `quick`: the system answers in microseconds, so that a read may keep the
        interpreter's lock; one thread reads at a time.

        Raises:
            OSError: it cannot be opened.
        """
        return (QuickReader if quick else _FileReader)(self.path(path), size)

    def nvml(self) -> Any | None:
        """The module `pynvml` if NVIDIA's management library is installed, else `None`.

        The library is tried first: it fails in microseconds where the module takes 10 ms.
        """
        if self.linux:
            try:
                ctypes.CDLL("libnvidia-ml.so.1")
            except OSError:
                return None
        elif sys.platform != "win32":
            return None
        try:
            import pynvml
        except ImportError:
            return None
        return pynvml

    def perf_event(self, pmu: int, config: int, cpu: int) -> Reader:
        """A perf event of one CPU, counted from now on over all processes.

        Raises:
            OSError: it cannot be opened.
        """
        from greenlab.host.perf_event import open_event

        return open_event(pmu, config, cpu)

    def amdsmi(self) -> Any | None:
        """AMD's module `amdsmi` if it is installed, else `None`. Takes 50 ms and more.

        Its errors, and those of the library behind it, are of many kinds.
        """
        try:
            return importlib.import_module("amdsmi")
        except Exception:  # noqa: BLE001 a broken installation is none
            return None

    def apple_energy(self) -> Any | None:
        """An `AppleEnergyMonitor` of the module `zeus_apple_silicon`, `None` without it."""
        try:
            return importlib.import_module("zeus_apple_silicon").AppleEnergyMonitor()
        except Exception:  # noqa: BLE001 not installed, or not for this Mac
            return None

    @property
    def apple_silicon(self) -> bool:
        """Whether this is a Mac with a chip of Apple's."""
        return sys.platform == "darwin" and os.uname().machine == "arm64"

    def variable(self, name: str) -> str | None:
        """An environment variable, `None` if it is not set."""
        return os.environ.get(name)

    def visible_gpus(self) -> str | None:
        """What `CUDA_VISIBLE_DEVICES` says, `None` if it is not set."""
        return os.environ.get("CUDA_VISIBLE_DEVICES")

    # Bound as they are: each would be one more function in a cell's way.

    monotonic = staticmethod(Clocks.monotonic)
    """Monotonic time that stops while the machine sleeps."""

    wallclock = staticmethod(Clocks.wallclock)
    """Seconds since the epoch."""

    pid = staticmethod(os.getpid)
    """This process."""

    process_cpu_s = staticmethod(Clocks.process_cpu_s)
    """CPU time of this process and all its threads."""

    has_children = staticmethod(has_children)
    """Whether this process has any child, alive or not yet waited for. Takes 1 µs."""

    def sleep(self, seconds: float) -> None:
        """Let time pass; called in background threads only."""
        Clocks.sleep(seconds)

    def slept(self) -> float:
        """How long the machine has slept since it started."""
        if _BOOTTIME is None:
            return 0.0
        # Held up between the two clocks, the time of that would be taken for sleep.
        for _ in range(_TRIES):
            before, since_start_s = self.monotonic(), float(_clock(_BOOTTIME))
            if self.monotonic() - before <= _HELD_UP_S:
                break
        return since_start_s - before

    def contained(self) -> bool:
        """Whether this is a container, which hides counters and other process ids."""
        try:
            space = Path("/proc/self/ns/pid").stat().st_ino
        except OSError:
            space = _FIRST_PID_SPACE
        marks = (self.path("/.dockerenv"), self.path("/run/.containerenv"))
        return space != _FIRST_PID_SPACE or any(mark.exists() for mark in marks)

    def reaped_cpu_s(self) -> float:
        """CPU time of children that ended and were waited for, and of theirs."""
        if _usage is None:
            return 0.0
        try:
            used = _usage()
        except OSError:  # a sandbox forbids it; the same in ticks
            times = _times()
            return times.children_user + times.children_system
        return used.ru_utime + used.ru_stime

    def pid_cpu_s(self, pid: int) -> float:
        """CPU time of another process, to the microsecond where the system reports it.

        Raises:
            OSError: there is no such process.
        """
        if not self.linux:
            return _psutil_cpu_s(pid)
        # The clock id of a process's CPU clock, as clock_getcpuclockid(3) makes it.
        return float(_clock((~pid << 3) | 2))

    def idle_elsewhere_s(self) -> float | None:
        """Idle seconds of all CPUs on systems without /proc, `None` if not reported."""
        try:
            import psutil

            return float(psutil.cpu_times().idle)
        except Exception:  # noqa: BLE001 what a platform raises here is not documented
            return None

    def cpu_count(self) -> int:
        """CPUs of the machine that are switched on."""
        return os.cpu_count() or 1

    def affinity(self) -> int:
        """CPUs that this process may use."""
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return self.cpu_count()


def _psutil_cpu_s(pid: int) -> float:
    import psutil

    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error as error:
        raise OSError(str(error)) from None
    return float(times.user + times.system)
