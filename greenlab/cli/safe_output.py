"""Standard output and standard error, made so that writing to them never fails.

While a command runs, they stand in the way of everything that it prints, argparse's help
included: control characters are shown, not sent (`greenlab.cli.plain`), what the encoding
lacks is written in ASCII, and a reader that went away (`| head -1`) or a full disk takes
nothing from the command, which has files to write.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, TextIO, cast

from greenlab.cli import plain

_READER_GONE: Final = {errno.EPIPE, errno.ESHUTDOWN, errno.ECONNRESET} | (
    {errno.EINVAL} if os.name == "nt" else set()  # what Windows says of a closed pipe
)
READABLE: Final = 80
"""The longest line of prose: longer ones are hard to read, however wide the terminal."""


class SafeStream:
    """A stream to print to. `trouble`: why some of it could not be written, if so."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.trouble: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @property
    def encoding(self) -> str:
        """The encoding of what is written; of nowhere and of text in memory UTF-8."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def isatty(self) -> bool:
        """Whether a person reads along."""
        return self._stream is not None and self._stream.isatty()

    def write(self, text: str) -> int:
        """Write for people: nothing in it is obeyed by a terminal."""
        self._write(plain.lines(text))
        return len(text)

    def write_data(self, text: str) -> int:
        """Write exactly, and in UTF-8 as files have it; on a terminal, write for people."""
        buffer = getattr(self._stream, "buffer", None)
        if self.isatty():
            self._write(plain.lines(text))
        elif buffer is None:  # a notebook's output, a text in memory
            self._write(text)
        else:
            self._try(lambda: buffer.write(text.encode("utf-8", "backslashreplace")))
        return len(text)

    def flush(self) -> None:
        """Send what is held back."""
        if self._stream is not None:
            self._try(self._stream.flush)

    def release(self) -> None:
        """Send the rest; where it cannot be sent, keep the interpreter from trying again."""
        self.flush()
        if self.trouble is not None and self._stream is not None:
            with suppress(OSError, ValueError):  # a stream in memory has no number
                number, nowhere = self._stream.fileno(), os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, number)
                os.close(nowhere)

    def _write(self, text: str) -> None:
        stream = self._stream
        if stream is not None:
            shown = plain.encodable(text, self.encoding)
            self._try(lambda: stream.write(shown))

    def _try(self, write: Any) -> None:
        """Write, or remember why not; after the first failure nothing is tried."""
        if self.trouble is not None:
            return
        try:
            write()
        except OSError as error:
            self.trouble = error
        except ValueError as error:  # the stream was closed
            self.trouble = OSError(errno.EPIPE, str(error))


class Data:
    """Standard output for programs: an export, a document. See `SafeStream.write_data`."""

    def write(self, text: str) -> int:
        """Write it exactly."""
        if isinstance(sys.stdout, SafeStream):
            return sys.stdout.write_data(text)
        return sys.stdout.write(text)


def data() -> TextIO:
    """Where an export to standard output goes."""
    return cast("TextIO", Data())


@contextmanager
def safe() -> Iterator[SafeStream]:
    """Standard output and error while a command runs; gives the former."""
    former = sys.stdout, sys.stderr
    if None in former:
        _open_closed_numbers()
    out, err = SafeStream(former[0]), SafeStream(former[1])
    sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", err)
    try:
        yield out
    finally:
        out.release()
        err.release()
        sys.stdout, sys.stderr = former


def say(message: str) -> None:
    """One line for the person, on standard error; standard output is for results."""
    print(plain.one_line(message), file=sys.stderr, flush=True)


def lost(out: SafeStream) -> str | None:
    """Why output is missing that somebody waits for: not where the reader had enough."""
    if out.trouble is None or out.trouble.errno in _READER_GONE:
        return None
    return f"the output could not be written: {out.trouble.strerror or out.trouble}"


def width() -> int | None:
    """The columns of the terminal that is printed to; `None`: it goes to a file or a program.

    The variable COLUMNS goes before what the terminal says, as everywhere.
    """
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def prose_width() -> int:
    """The columns for sentences: `READABLE`, or what a narrower terminal has."""
    return max(30, min(READABLE, width() or READABLE))


def _open_closed_numbers() -> None:
    """A file opened later must not get the number that a child takes for its output."""
    for number in (1, 2):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
