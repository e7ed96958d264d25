"""What a kernel's process writes past Jupyter: C libraries, `os.system`, a crash's traceback.

Left alone it goes to the terminal as it is, and into what `--json` writes to standard output.
"""

from __future__ import annotations

import codecs
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, TextIO

_LAST_WORDS_S: Final = 1.0
"""How long to wait for the rest: a program that the notebook left running may write on."""


@contextmanager
def relayed() -> Iterator[int]:
    """The number of a file to write to; what is written goes to standard error, as text."""
    reader, writer = os.pipe()
    thread = threading.Thread(target=_relay, args=(reader, sys.stderr), daemon=True)
    thread.start()
    try:
        yield writer
    finally:
        os.close(writer)
        thread.join(_LAST_WORDS_S)


def _relay(reader: int, out: TextIO) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with suppress(OSError, ValueError), open(reader, "rb", buffering=0) as source:
        while part := source.read(65536):
            out.write(decoder.decode(part))
            out.flush()
