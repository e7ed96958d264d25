"""A real kernel that runs cells as a front end would."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.manager import start_new_kernel

ROOT = Path(__file__).parent.parent


class Kernel:
    """A kernel process. `pid`: its number."""

    def __init__(self, client: Any, pid: int) -> None:
        self._client = client
        self.pid = pid

    def cell(self, code: str) -> None:
        """Run a cell."""
        self._execute(code)

    def silently(self, code: str) -> None:
        """Run code that is no cell."""
        self._execute(code, silent=True)

    def seconds_of(self, statement: str) -> float:
        """Seconds that a statement takes in the kernel."""
        clock = "__import__('time').perf_counter()"
        self._execute(f"_start = {clock}\n{statement}\n_end = {clock}")
        return float(self.ask("_end - _start"))

    def ask(self, expression: str) -> Any:
        """An expression's value, a number or a list of them."""
        reply = self._execute("", silent=True, ask=expression)
        answer = reply["user_expressions"]["answer"]
        if answer["status"] != "ok":
            raise RuntimeError(answer["evalue"])
        return json.loads(answer["data"]["text/plain"])

    def begin(self, code: str) -> str:
        """Send a cell and do not wait for it."""
        return str(self._client.execute(code))

    def reply(self, sent: str) -> None:
        """Wait for a cell's reply; what it showed is thrown away by the client."""
        while self._client.get_shell_msg(timeout=120)["parent_header"].get("msg_id") != sent:
            pass

    def watch(self, *, live_power: bool = True) -> None:
        """Listen as a page does, and follow the live power."""
        self.silently(
            "from greenlab.notebook.extension import current as _current\n"
            "_comms = list(_current().link._comms.values())"
        )
        comm_id = self.ask("int(_comms[0].comm_id, 16)")
        hello = {"type": "hello", "zone": "", "live_power": live_power}
        content = {"comm_id": f"{comm_id:032x}", "data": hello}
        self._client.shell_channel.send(self._client.session.msg("comm_msg", content))
        if not self.ask("int(_current().link.attached)"):
            raise RuntimeError("the kernel did not hear the page")

    def cpu_s(self) -> float:
        """CPU seconds of the kernel's process, to the microsecond (Linux)."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def own_bytes(self) -> int:
        """Memory that is the kernel's alone."""
        import psutil

        return int(psutil.Process(self.pid).memory_full_info().uss)

    def threads(self) -> int:
        """How many threads it has now."""
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))

    def children(self) -> int:
        """How many processes it has started that still run."""
        import psutil

        return len(psutil.Process(self.pid).children(recursive=True))

    def _execute(self, code: str, *, silent: bool = False, ask: str = "None") -> dict[str, Any]:
        reply = self._client.execute_interactive(
            code,
            silent=silent,
            user_expressions={"answer": ask},
            timeout=60,
            output_hook=lambda _: None,
        )
        content: dict[str, Any] = reply["content"]
        if content["status"] != "ok":
            raise RuntimeError(f"{content['ename']}: {content['evalue']}")
        return content


@contextmanager
def kernel(sysroot: Path | None = None) -> Iterator[Kernel]:
    """A fresh kernel with a ledger of its own; `sysroot` stands for `/`."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "GREENLAB_LEDGER": f"{folder}/ledger.sqlite"}
        environment["PYTHONPATH"] = str(ROOT)
        # As where it is installed: compiled once, not with each start.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        if sysroot is not None:
            environment["GREENLAB_SYSROOT"] = str(sysroot)
        manager, client = start_new_kernel(
            kernel_name="python3", env=environment, stderr=subprocess.DEVNULL
        )
        try:
            yield Kernel(client, manager.provisioner.pid)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
