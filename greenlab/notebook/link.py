"""The kernel's end of the comm: sends what happens to every attached page, hears settings.

Messages from pages come on the shell thread or, with subshells, on another one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from greenlab.record import from_dict, to_dict
from greenlab.record.messages import FROM_PAGE, TARGET, Hello, Unloaded


class Link:
    """Comms of the target `greenlab`; `on_message` gets each message as its dataclass.

    Only comms on which a page said `hello` are sent to: the one that the kernel opens costs
    nothing while no page has taken it up.
    """

    def __init__(self, on_message: Callable[[Any], None]) -> None:
        self._on_message = on_message
        self._comms: dict[str, Any] = {}
        self._listening: dict[str, Any] = {}
        self._lock = threading.RLock()  # an interrupt may leave it held by the kernel's thread
        self._types = {cls.__dataclass_fields__["type"].default: cls for cls in FROM_PAGE}

    @property
    def attached(self) -> bool:
        """True while some page may listen."""
        return bool(self._listening)

    def open(self, *, announce: bool = True) -> None:
        """Let pages attach. `announce` opens a comm to those that are there already.

        Pages that do not know greenlab close it; batch clients complain of it in their logs.
        """
        import comm

        comm.get_comm_manager().register_target(TARGET, self._attach)
        if announce:
            self._attach(comm.create_comm(target_name=TARGET), None)

    def close(self) -> None:
        """Tell the pages, close every comm, forget the target."""
        import comm

        self.send(Unloaded())
        comm.get_comm_manager().unregister_target(TARGET, self._attach)
        with self._lock:
            comms = list(self._comms.values())
            self._comms.clear()
            self._listening.clear()
        for one in comms:
            one.close()

    def send(self, message: Any) -> None:
        """Send a message dataclass to every page."""
        with self._lock:
            comms = list(self._listening.values())
        if not comms:
            return
        data = to_dict(message)
        for one in comms:
            one.send(data)

    def _attach(self, one: Any, _open_message: Any) -> None:
        with self._lock:
            self._comms[one.comm_id] = one
        one.on_msg(self._receive)
        one.on_close(lambda _: self._detach(one.comm_id))

    def _detach(self, comm_id: str) -> None:
        with self._lock:
            self._comms.pop(comm_id, None)
            self._listening.pop(comm_id, None)

    def _receive(self, message: dict[str, Any]) -> None:
        data = message["content"]["data"]
        cls = self._types.get(data.get("type") if isinstance(data, dict) else None)
        if cls is None:
            return  # a newer page: what it says beyond this version is not for us
        try:
            parsed = from_dict(cls, data)
        except ValueError:
            return
        if isinstance(parsed, Hello):
            with self._lock:
                comm_id = message["content"]["comm_id"]
                if comm_id in self._comms:
                    self._listening[comm_id] = self._comms[comm_id]
        self._on_message(parsed)


def is_batch(shell: Any) -> bool:
    """Whether the running cell came from a client without pages: nbconvert, papermill.

    They send nothing but code and take no input. JupyterLab sends the cell's id with each cell
    and takes input; its panel loads silently.
    Source: https://github.com/jupyter/nbclient, `async_start_new_kernel_client`.
    """
    request = getattr(shell, "parent_header", None)
    if not isinstance(request, dict) or "content" not in request or request.get("metadata"):
        return False
    content = request["content"]
    return content.get("silent") is False and content.get("allow_stdin") is False
