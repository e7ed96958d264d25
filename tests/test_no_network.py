"""No process of greenlab speaks to the network unless asked.

Every Python process started here, kernels included, runs with an audit hook that forbids
addresses other than the machine's own, and writes down what was tried.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import nbformat
import pytest

HOOK = """
import os, socket, sys
_log = os.environ["NO_NETWORK_LOG"]
_own = {"localhost", "127.0.0.1", "::1", "", None, "0.0.0.0", socket.gethostname()}

def _note(line):
    descriptor = os.open(_log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, f"{line}\\n".encode())
    os.close(descriptor)

def _hook(event, args):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        if args[0].family not in (socket.AF_INET, socket.AF_INET6):
            return
        host = args[1][0] if args[1] else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = args[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in _own:
        _note(f"tried {event} {host}")
        raise PermissionError(f"the network is forbidden here: {event} {host}")

sys.addaudithook(_hook)
_note(f"guarded {os.getpid()}")
"""

NOTEBOOK = [
    "import os\nprint(os.getpid())",
    "%%energy -r 2\nsum(range(1_000_000))",
    "def slow(n):\n    return sum(i * i for i in range(n))\nslow(3_000_000)",
    "%greenlab doctor",
    "%greenlab advice",
    "import greenlab\nwith greenlab.measure('span'):\n    pass\nlen(greenlab.records())",
    "%greenlab report",
    "%unload_ext greenlab",
]


@pytest.fixture
def guarded(tmp_path):
    """Runs a command under the guard; `log()` gives what the guard wrote down."""
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "sitecustomize.py").write_text(HOOK)
    log = tmp_path / "network.log"
    path = os.pathsep.join(
        filter(None, [str(tmp_path / "guard"), os.environ.get("PYTHONPATH")])
    )
    environment = {
        **os.environ,
        "PYTHONPATH": path,
        "NO_NETWORK_LOG": str(log),
        "GREENLAB_LEDGER": str(tmp_path / "ledger.sqlite"),
        "GREENLAB_ADVICE_MIN_S": "0.01",
    }

    class Guarded:
        def run(self, *arguments):
            return subprocess.run(
                [sys.executable, *arguments],
                env=environment,
                cwd=tmp_path,
                check=False,
                capture_output=True,
                text=True,
            )

        def tried(self):
            return [line for line in log.read_text().splitlines() if line.startswith("tried")]

        def guards(self, pid):
            return f"guarded {pid}" in log.read_text().splitlines()

    return Guarded()


def test_the_guard_holds(guarded):
    call = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    done = guarded.run("-c", call)
    assert "the network is forbidden here" in done.stderr
    assert guarded.tried()


def test_a_notebook_run_stays_on_this_machine(guarded, tmp_path):
    cells = [nbformat.v4.new_code_cell(source) for source in NOTEBOOK]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "cells.ipynb")

    done = guarded.run("-m", "greenlab", "run", "cells.ipynb", "-o", "out.ipynb")

    assert done.returncode == 0, done.stdout + done.stderr
    kernel_pid = nbformat.read(tmp_path / "out.ipynb", 4).cells[0].outputs[0].text.strip()
    assert guarded.guards(kernel_pid)
    assert guarded.tried() == []


@pytest.mark.parametrize(
    "command",
    [
        ("doctor", "--json"),
        ("report",),
        ("export", "--format", "csv"),
        ("export", "--format", "codecarbon"),
        ("advise", "cells.ipynb"),
    ],
    ids=" ".join,
)
def test_a_command_stays_on_this_machine(guarded, tmp_path, command):
    cells = [nbformat.v4.new_code_cell("x = 1")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "cells.ipynb")

    done = guarded.run("-m", "greenlab", *command)

    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1), done.stderr  # doctor: 1 where a part has no figures
    assert guarded.tried() == []
    if "--json" in command:
        assert json.loads(done.stdout)["schema"] == "greenlab.doctor.examination/1"
