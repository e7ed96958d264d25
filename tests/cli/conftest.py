import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import nbformat
import pytest

from greenlab.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def greenlab(capsys):
    """The command, as a user types it: exit code, stdout, stderr."""

    def command(*words):
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:  # argparse's own
            code = stop.code
        out, err = capsys.readouterr()
        return code, out, err

    return command


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook of some code cells, after a text cell; its path."""

    def write(*sources, name="work.ipynb", kernel="python3"):
        cells = [nbformat.v4.new_markdown_cell("# Title")]
        cells += [nbformat.v4.new_code_cell(source) for source in sources]
        book = nbformat.v4.new_notebook(cells=cells)
        book.metadata.kernelspec = {"name": kernel, "display_name": "x", "language": "python"}
        path = tmp_path / name
        nbformat.write(book, path)
        return path

    return write


@pytest.fixture
def in_terminal(tmp_path):
    """The command in a real terminal of so many columns: exit code and what it shows."""

    def command(*words, columns=80, env=None):
        number, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen(
            [sys.executable, "-m", "greenlab", *map(str, words)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**environment(), **(env or {})},
        )
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(number, 65536)
            except OSError:  # Linux's way to say that the other end is closed
                break
            if not part:
                break
            shown += part
        os.close(number)
        return process.wait(timeout=180), shown.decode("utf-8", "surrogateescape")

    return command


def environment(**variables):
    """This environment for a subprocess, which finds the package wherever it runs."""
    env = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    return {**env, "PYTHONPATH": str(ROOT), **variables}
