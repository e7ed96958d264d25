"""The client that runs a notebook's cells, without a kernel."""

import asyncio
import gc
from types import SimpleNamespace

import nbformat
import pytest
from jupyter_core.utils import ensure_event_loop, run_sync
from nbclient.exceptions import DeadKernelError

from greenlab.cli.kernel import WeighingClient
from greenlab.cli.notebook_io import CodeCell


def test_an_interrupted_wait_that_fails_later_prints_nothing():
    """The second Ctrl-C leaves the wait for the cell behind, and the kernel ends after it."""
    told, loop = [], ensure_event_loop()
    loop.set_exception_handler(lambda _, context: told.append(context["message"]))

    class Interrupted(WeighingClient):
        async def async_execute_cell(self, *_, **__):
            asyncio.get_running_loop().call_soon(interrupt)
            await asyncio.sleep(0.01)
            raise DeadKernelError("Kernel died")

    def interrupt():
        raise KeyboardInterrupt

    async def later():
        await asyncio.sleep(0.1)

    client = Interrupted(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]))
    client.kc = SimpleNamespace()
    try:
        with pytest.raises(KeyboardInterrupt):
            client.run_cell(CodeCell(0, "a", None, "1"))
        run_sync(later)()
        gc.collect()
    finally:
        loop.set_exception_handler(None)
    assert told == []
    assert client.kc.cell_id == "a"


def test_a_cell_that_fails_raises():
    class Failing(WeighingClient):
        async def async_execute_cell(self, *_, **__):
            raise DeadKernelError("Kernel died")

    client = Failing(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]))
    client.kc = SimpleNamespace()
    with pytest.raises(DeadKernelError):
        client.run_cell(CodeCell(0, "a", None, "1"))
