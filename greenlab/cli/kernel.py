"""A kernel that runs a notebook's cells and says what each one used."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_core.utils import ensure_async, run_sync
from nbclient import NotebookClient

from greenlab.cli.errors import FailedError, Terminated, UsageError
from greenlab.cli.kernel_output import relayed
from greenlab.record import Advice, CellRecord, from_dict

if TYPE_CHECKING:
    from types import FrameType

    from greenlab.cli.notebook_io import CodeCell

LOAD: Final = "get_ipython().run_line_magic('load_ext', 'greenlab')"
SNAPSHOT: Final = (
    "__import__('greenlab.notebook.snapshot', fromlist=['snapshot_json']).snapshot_json"
)
ANSWER_S: Final = 10.0
SETTLE_S: Final = 5.0
TERMINATED_S: Final = 2.0
"""Who sends SIGTERM may kill some seconds later: Docker after 10, Slurm after 30."""
_TRIES: Final = 5
_ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_HELD: Final = (signal.SIGINT, *_ENDING)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the kernel knows: records, oldest first, current advice and warnings."""

    records: tuple[CellRecord, ...]
    advice: tuple[Advice, ...]
    warnings: tuple[str, ...]


class Received:
    """The signals that came. `interrupt`: whether Ctrl-C did."""

    def __init__(self) -> None:
        self.interrupt = threading.Event()

    @staticmethod
    def terminate(number: int, _: FrameType | None) -> None:
        """The handler of signals that end programs."""
        raise Terminated(number)

    @contextmanager
    def held(self) -> Iterator[None]:
        """While inside, signals are ignored: files are written, and then all ends anyway."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        ignored = {number: signal.signal(number, signal.SIG_IGN) for number in _HELD}
        try:
            yield
        finally:
            for number, handler in ignored.items():
                signal.signal(number, handler)


class CellClient(AsyncKernelClient):
    """A client whose requests name the cell, as JupyterLab's do."""

    cell_id: str | None = None

    def execute(  # noqa: PLR0917 - the signature is the parent's
        self,
        code: str,
        silent: bool = False,
        store_history: bool = True,
        user_expressions: dict[str, str] | None = None,
        allow_stdin: bool | None = None,
        stop_on_error: bool = True,
    ) -> str:
        """Ask for an execution; the id of the request."""
        content = {
            "code": code,
            "silent": silent,
            "store_history": store_history and not silent,
            "user_expressions": user_expressions or {},
            "allow_stdin": self.allow_stdin if allow_stdin is None else allow_stdin,
            "stop_on_error": stop_on_error,
        }
        metadata = {"cellId": self.cell_id} if self.cell_id and not silent else {}
        message = self.session.msg("execute_request", content, metadata=metadata)
        self.shell_channel.send(message)
        request: str = message["header"]["msg_id"]
        return request


class WeighingClient(NotebookClient):
    """nbclient's client, with the extension loaded silently before the first cell."""

    @property
    def _client(self) -> Any:
        return self.kc

    @property
    def _manager(self) -> Any:
        return self.km

    def create_kernel_manager(self) -> Any:
        """A manager whose clients name the cell, and whose kernel keeps its log to itself."""
        manager = super().create_kernel_manager()
        if manager.ipykernel:
            self.extra_arguments = [*self.extra_arguments, "--log-level=CRITICAL"]
        manager.client_factory = CellClient
        return manager

    @contextmanager
    def kernel(self, env: dict[str, str]) -> Iterator[None]:
        """A running kernel with greenlab in it, stopped afterwards.

        Raises:
            UsageError: there is no such kernel.
            FailedError: it does not start, or it has no greenlab.
        """
        with relayed() as number:
            try:
                setup = self.setup_kernel(env=env, stdout=number, stderr=number)
                setup.__enter__()
            except NoSuchKernel as error:
                known = ", ".join(sorted(KernelSpecManager().find_kernel_specs())) or "none"
                raise UsageError(
                    f"there is no kernel {error.name!r}; installed are: {known}. "
                    "Choose one with --kernel"
                ) from None
            except (OSError, RuntimeError) as error:
                raise FailedError(f"the kernel does not start: {error}") from None
            try:
                self._load()
                yield
            finally:
                setup.__exit__(None, None, None)

    def run_cell(self, cell: CodeCell) -> None:
        """Execute one cell, as nbclient does and with its errors."""
        self._client.cell_id = cell.id

        async def execute() -> None:
            # Where an interrupt ends the wait, this goes on and fails once the kernel ends.
            if task := asyncio.current_task():
                task.add_done_callback(_noticed)
            await self.async_execute_cell(
                self.nb.cells[cell.index],
                cell.index,
                # Counting as the kernel does: cells that are passed over do not count.
                execution_count=self.code_cells_executed + 1,
            )

        run_sync(execute)()

    def snapshot(
        self,
        after_id: str | None = None,
        settle_s: float = 0.0,
        answer_s: float = ANSWER_S,
    ) -> Snapshot | None:
        """Records newer than the one named, and all advice; `None` if the kernel is gone.

        A kernel that is still busy with a cell is not waited for longer than `answer_s`.
        """
        if not _wait(self._manager.is_alive()):
            return None
        expression = f"{SNAPSHOT}({after_id!r}, {settle_s!r})"
        try:
            reply = self._ask("", answer_s + settle_s, greenlab=expression)
        except (TimeoutError, RuntimeError, OSError):
            return None
        answer = reply.get("user_expressions", {}).get("greenlab", {})
        if answer.get("status") != "ok":
            return None
        data = json.loads(ast.literal_eval(answer["data"]["text/plain"]))
        return Snapshot(
            tuple(CellRecord.from_dict(record) for record in data["records"]),
            tuple(from_dict(Advice, advice) for advice in data["advice"]),
            tuple(data.get("warnings", ())),  # absent in an older greenlab
        )

    def interrupt(self) -> None:
        """Stop the cell that runs, so that its record is made."""
        _wait(self._manager.interrupt_kernel())

    @contextmanager
    def signals(self) -> Iterator[Received]:
        """While inside, Ctrl-C interrupts the kernel's cell, a second one this process.

        A signal that ends programs (`kill`, a job's time limit, a closed terminal) raises
        `Terminated`, so that what is known can be written.
        """

        def interrupt(number: int, frame: FrameType | None) -> None:
            # The kernel has a process group of its own and did not get the signal.
            pid = getattr(self._manager.provisioner, "pid", None)
            if received.interrupt.is_set() or pid is None or os.name == "nt":
                signal.default_int_handler(number, frame)
            received.interrupt.set()
            os.kill(pid, signal.SIGINT)

        received = Received()
        if threading.current_thread() is not threading.main_thread():
            yield received
            return
        handlers = {signal.SIGINT: interrupt} | dict.fromkeys(_ENDING, received.terminate)
        former = {number: signal.signal(number, handlers[number]) for number in handlers}
        try:
            yield received
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def _load(self) -> None:
        reply = self._ask(LOAD, self.startup_timeout)
        if reply["status"] != "ok":
            name = self.kernel_name or "python3"
            raise FailedError(
                f"greenlab cannot be loaded in the kernel {name!r} "
                f"({reply.get('ename', 'error')}: {reply.get('evalue', 'no answer')}): install "
                "jupyterlab-greenlab in that kernel's environment, or choose another --kernel"
            )
        info: Any = self.wait_for_reply(_wait(self._client.kernel_info()))
        self.nb.metadata["language_info"] = info["content"]["language_info"]

    def _ask(self, code: str, timeout_s: float, **expressions: str) -> dict[str, Any]:
        """Execute silently and give the reply's content.

        Raises:
            TimeoutError: no answer in time.
        """

        async def ask() -> dict[str, Any]:
            content: dict[str, Any] = {}
            for _ in range(_TRIES):
                request = self._client.execute(code, silent=True, user_expressions=expressions)
                async with asyncio.timeout(timeout_s):
                    while True:
                        reply = await self._client.get_shell_msg(timeout=None)
                        if reply["parent_header"].get("msg_id") == request:
                            break
                content = reply["content"]
                # After an error a kernel throws away what was already in its queue.
                if content["status"] != "aborted":
                    break
            return content

        return run_sync(ask)()


def _noticed(task: asyncio.Task[None]) -> None:
    """Nothing is printed of an exception that nobody waits for any more."""
    if not task.cancelled():
        task.exception()


def _wait(value: Any) -> Any:
    """A value that may have to be awaited, which managers and clients differ in."""

    async def wait() -> Any:
        return await ensure_async(value)

    return run_sync(wait)()
