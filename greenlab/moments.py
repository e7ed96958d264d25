"""Moments as people write them: `--since 7d` in a terminal, `since="7d"` in Python."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final

WORDS: Final = (
    "a date or time (2026-11-20, 2026-11-20T09:30), today, or an age in hours, days or weeks "
    "(12h, 7d, 2w)"
)
_STEPS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def moment(when: str | date | datetime) -> datetime:
    """The moment, with its offset; local time unless it says otherwise.

    Raises:
        ValueError: it is none; the text says what would be.
    """
    if isinstance(when, str):
        return _read(when.strip())
    if isinstance(when, datetime):
        return when.astimezone()
    if isinstance(when, date):
        return datetime.combine(when, time()).astimezone()
    raise _none(when)


def _read(text: str) -> datetime:
    now = datetime.now().astimezone()
    if text == "today":
        return moment(now.date())
    if age := re.fullmatch(r"(\d{1,4}) ?([hdw])", text):
        return now - int(age[1]) * _STEPS[age[2]]
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise _none(text) from None


def _none(when: object) -> ValueError:
    return ValueError(f"{when!r} is not a moment: write {WORDS}")
