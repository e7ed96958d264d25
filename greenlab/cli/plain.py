"""Text that a terminal can show and none of which it obeys.

Names of notebooks, their code and their errors are other people's text. Sent as they are,
their control characters would move the cursor, colour what follows, reorder a line, or set a
window's title; a terminal of another encoding cannot show some of them at all.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_HARMFUL: Final = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 controls; \x9b begins a sequence as ESC [ does
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # these reorder a line ("Trojan source")
    r"\u00ad\u180e\u200b\u2028\u2029\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb"  # not seen
    r"\ud800-\udfff"  # bytes of a file's name that are no UTF-8
)
_IN_LINES: Final = re.compile(rf"(?!\r\n)[{_HARMFUL}]")
_IN_ONE_LINE: Final = re.compile(rf"[\t\n{_HARMFUL}]")
_IN_JSON: Final = re.compile(rf"(?!\n)[{_HARMFUL}]")

_ASCII: Final = {
    "…": "...",
    "µ": "u",
    "μ": "u",
    "≈": "~",
    "\N{MINUS SIGN}": "-",
    "\N{HYPHEN}": "-",
    "\N{NON-BREAKING HYPHEN}": "-",
    "\N{EN DASH}": "-",
    "—": "-",
    "·": "-",
    "•": "*",
    "▲": "^",
    "▼": "v",
    "≤": "<=",
    "≥": ">=",
    "\N{MULTIPLICATION SIGN}": "x",
    "±": "+/-",
    "→": "->",
    "←": "<-",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "“": '"',
    "”": '"',
    "\N{FRACTION SLASH}": "/",
    "ß": "ss",
    "ø": "o",
    "Ø": "O",
    "æ": "ae",
    "Æ": "AE",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
}
"""What Unicode's own compatibility forms do not write in ASCII."""


def lines(text: str) -> str:
    r"""Text of several lines, in which a control character is shown as its escape: `\x1b`."""
    return _IN_LINES.sub(_escape, text)


def one_line(text: str) -> str:
    r"""A name or a message that takes one line: a line's end within it is shown as `\n`."""
    return _IN_ONE_LINE.sub(_escape, text)


def json_text(text: str) -> str:
    r"""JSON that says the same in characters which a terminal can be sent: `\u009b`.

    JSON escapes the others itself, and has none of these outside of its strings.
    """
    return _IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def encodable(text: str, encoding: str) -> str:
    """The text, with what an encoding lacks written in ASCII, or as a question mark."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_character(one, encoding) for one in text)
    except LookupError:  # an encoding that only the stream knows
        return text
    return text


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: Chinese and emoji take two each."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(one) in {"Mn", "Me", "Cf"}
        else 1 + (unicodedata.east_asian_width(one) in {"W", "F"})
        for one in text
    )


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def _character(one: str, encoding: str) -> str:
    for text in (one, _ASCII.get(one, ""), _without_accents(one)):
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            continue
        if text:
            return text
    return "" if unicodedata.category(one) in {"Mn", "Me", "Cf"} else "?"


def _without_accents(one: str) -> str:
    kept = (c for c in unicodedata.normalize("NFKD", one) if not unicodedata.combining(c))
    return "".join(_ASCII.get(each, each) for each in kept)
