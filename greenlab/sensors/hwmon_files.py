"""The kernel's hardware monitors: one folder per chip, each value in a file of its own.

Units are those of Linux's hwmon ABI: µJ, µW, mV, mA.
Source: Documentation/hwmon/sysfs-interface.rst.
"""

from __future__ import annotations

import errno
from functools import partial
from typing import TYPE_CHECKING, Final

from greenlab.host.kept_reader import KeptReader
from greenlab.sensors.base import CounterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greenlab.host.host import Host

HWMON: Final = "/sys/class/hwmon"
_LONGEST_S: Final = 60.0


def chips(host: Host, *names: str) -> Iterator[str]:
    """Folders of the chips with one of these names."""
    for entry in host.listdir(HWMON):
        if host.read_text(f"{HWMON}/{entry}/name") in names:
            yield f"{HWMON}/{entry}"


def seconds(host: Host, path: str) -> float | None:
    """A time that a chip reports in milliseconds; `None` if there is none, or nonsense."""
    try:
        found_s = int(host.read_text(path) or "") * 1e-3
    except ValueError:
        return None
    return found_s if 0.0 < found_s <= _LONGEST_S else None


class _KeptFile:
    """A small file kept open."""

    def __init__(self, host: Host, path: str) -> None:
        self.path = path
        self._file = KeptReader(partial(host.open, path, 32))
        self.close: Final = self._file.close


class TextFile(_KeptFile):
    """One word."""

    def read(self) -> str | None:
        """The word, `None` if it cannot be read."""
        try:
            return self._file.read().strip().decode("utf-8", "replace")
        except OSError:
            return None


class ValueFile(_KeptFile):
    """One number."""

    def __init__(self, host: Host, path: str, device: str) -> None:
        super().__init__(host, path)
        self._device = device

    def read(self) -> int:
        """The value, in the unit of its file.

        Raises:
            CounterError: it cannot be read or is no number.
        """
        try:
            return int(self._file.read())
        except OSError as error:
            raise CounterError(f"{self._device}: {_words(error)}") from None
        except ValueError:
            raise CounterError(f"{self._device}: the sensor shows no number") from None


def _words(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return "the sensor can be read by root only"
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return "the sensor is gone"
    return f"the sensor cannot be read ({error.strerror or error})"


def trouble(source: object) -> str | None:
    """Why a counter cannot be read now, `None` if it can."""
    try:
        source.read_j()  # type: ignore[attr-defined]
    except CounterError as error:
        return str(error)
    return None


def allow(paths: list[str]) -> str:
    """The command that lets everyone read some files until the next start."""
    return f"sudo chmod a+r {' '.join(paths)}"
