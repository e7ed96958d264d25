"""The environment variables that greenlab reads, and what is wrong with what they hold."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Final

from greenlab.lazy_dataclasses import dataclass

_PREFIX: Final = "GREENLAB_"
_SWITCH: Final = {
    **dict.fromkeys(("on", "1", "true", "yes"), True),
    **dict.fromkeys(("off", "0", "false", "no"), False),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable. `does`: what it does, as the docs have it."""

    name: str
    does: str

    @property
    def text(self) -> str:
        """What it is set to, without surrounding blanks; "" if it is not set."""
        return os.environ.get(self.name, "").strip()

    @property
    def problem(self) -> str | None:
        """What is wrong with the text, and what is used instead; `None` if all is well."""
        return None


@dataclass(frozen=True, slots=True)
class Number(Setting):
    """A number from `least` to `most`; `usual` where none is set."""

    usual: float
    least: float = 0.0
    most: float = math.inf

    @property
    def number(self) -> float:
        """The number that holds."""
        found = self._read()
        return self.usual if found is None else found

    @property
    def problem(self) -> str | None:
        """See `Setting.problem`."""
        if not self.text or self._read() is not None:
            return None
        end = "up" if math.isinf(self.most) else f"to {self.most:g}"
        return (
            f"{self.name} is {self.text!r}, but takes a number from {self.least:g} {end}: "
            f"{self.usual:g} is used until it is fixed"
        )

    def _read(self) -> float | None:
        try:
            value = float(self.text)
        except ValueError:
            return None
        return value if self.least <= value <= self.most else None


@dataclass(frozen=True, slots=True)
class Folder(Setting):
    """A folder."""

    @property
    def problem(self) -> str | None:
        """See `Setting.problem`."""
        try:
            if not self.text or Path(self.text).is_dir():
                return None
        except OSError:  # a name that is too long, a folder that may not be entered
            pass
        return f"{self.name} is {self.text!r}, which is not a folder: it is ignored"


@dataclass(frozen=True, slots=True)
class Switch(Setting):
    """On or off; `usual` where it is not set."""

    usual: bool

    @property
    def on(self) -> bool:
        """What holds."""
        found = _SWITCH.get(self.text.lower())
        return self.usual if found is None else found

    @property
    def problem(self) -> str | None:
        """See `Setting.problem`."""
        if not self.text or self.text.lower() in _SWITCH:
            return None
        usual = "on" if self.usual else "off"
        return f"{self.name} is {self.text!r}, but takes on or off; using {usual}"


ZONE: Final = Setting("GREENLAB_ZONE", "the electricity zone, such as `FR`, `US-CA`, `SE3`")
PUE: Final = Number(
    "GREENLAB_PUE",
    "the building's power usage effectiveness (PUE), from 1 to 10 (default 1)",
    usual=1.0,
    least=1.0,
    most=10.0,
)
LEDGER: Final = Setting("GREENLAB_LEDGER", "another file for the ledger")
CALIBRATION: Final = Setting("GREENLAB_CALIBRATION", "another file for the calibration")
ADVICE_MIN_S: Final = Number(
    "GREENLAB_ADVICE_MIN_S",
    "the seconds of work by a CPU core or GPU from which a cell counts as heavy and may get "
    "advice (default 5)",
    usual=5.0,
)
LINES: Final = Switch(
    "GREENLAB_LINES",
    "`off`: the lines of a cell are sampled only where it asks for them (`%%energy --lines`), "
    "not in every cell that runs for a second",
    usual=True,
)
SYSROOT: Final = Folder("GREENLAB_SYSROOT", "another root for `/sys` and `/proc`, for tests")
SETTINGS: Final = (ZONE, PUE, LEDGER, CALIBRATION, ADVICE_MIN_S, LINES, SYSROOT)


def problems() -> tuple[str, ...]:
    """What is wrong with the variables as such, each with what to do or what is used instead.

    Whether a zone is known, and a file can be used, is told where it is looked up.
    """
    found = [one.problem for one in SETTINGS] + [_mistyped(name) for name in os.environ]
    return tuple(text for text in found if text)


def _mistyped(name: str) -> str | None:
    names = [one.name for one in SETTINGS]
    if not name.startswith(_PREFIX) or name in names:
        return None
    from difflib import get_close_matches

    endings = {one.removeprefix(_PREFIX): one for one in names}
    near = get_close_matches(name.removeprefix(_PREFIX), endings, n=1, cutoff=0.7)
    return f"{name} is set, but means nothing: write {endings[near[0]]}" if near else None
