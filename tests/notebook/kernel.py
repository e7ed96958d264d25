"""A real kernel, driven over the protocol as a notebook drives it."""

from __future__ import annotations

import json
import queue
import time
from dataclasses import dataclass, field

from jupyter_client.manager import KernelManager

TIMEOUT_S = 180  # a wait for an event: nothing is judged by it


@dataclass
class Reply:
    """What one execution gave back."""

    status: str
    content: dict
    messages: list[dict] = field(default_factory=list)

    @property
    def text(self):
        """stdout and stderr."""
        return "".join(m["content"]["text"] for m in self._of("stream"))

    @property
    def value(self):
        """The last value's text, or None."""
        results = self._of("execute_result")
        return results[0]["content"]["data"]["text/plain"] if results else None

    @property
    def displays(self):
        return [m["content"]["data"] for m in self._of("display_data")]

    @property
    def errors(self):
        return [m["content"]["ename"] for m in self._of("error")]

    def _of(self, kind):
        return [m for m in self.messages if m["msg_type"] == kind]


class Kernel:
    """A kernel process; `comms` collects what it sends on comms, in order."""

    def __init__(self, env):
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(env=env)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=TIMEOUT_S)
        self.comms = []

    def run(self, code, *, cell_id=None, silent=False, store_history=True):
        """Execute and wait for the reply and for idle."""
        return self.wait(self.send(code, cell_id, silent, store_history))

    def send(self, code, cell_id=None, silent=False, store_history=True):
        """Send an execute request; its id."""
        client = self.client
        content = {
            "code": code,
            "silent": silent,
            "store_history": store_history,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        metadata = {"deletedCells": []} | ({"cellId": cell_id} if cell_id else {})
        message = client.session.msg("execute_request", content, metadata=metadata)
        client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def wait_for(self, msg_type, msg_id):
        """Until the first message of a kind that a request brings; such as what a cell prints."""
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            message = self._iopub(deadline)
            if message["msg_type"] == msg_type and message["parent_header"]["msg_id"] == msg_id:
                return message

    def wait(self, msg_id):
        messages = []
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            message = self._iopub(deadline)
            if message["msg_type"].startswith("comm_"):
                self.comms.append(message)
            if message["parent_header"].get("msg_id") != msg_id:
                continue
            messages.append(message)
            if (
                message["msg_type"] == "status"
                and message["content"]["execution_state"] == "idle"
            ):
                break
        while True:
            reply = self.client.get_shell_msg(timeout=TIMEOUT_S)
            if reply["parent_header"].get("msg_id") == msg_id:
                return Reply(reply["content"]["status"], reply["content"], messages)

    def sync(self):
        """Collect what it has sent before it answers one more request."""
        request = self.client.session.msg("kernel_info_request", {})
        self.client.shell_channel.send(request)
        self.wait(request["header"]["msg_id"])
        return self.comms

    def until(self, found):
        """Collect comm messages until `found()` is true; that."""
        deadline = time.monotonic() + TIMEOUT_S
        while not (result := found()):
            if time.monotonic() > deadline:
                raise TimeoutError
            self.drain(0.1)
        return result

    def drain(self, seconds):
        """Collect comm messages for a while: where none is to come. Otherwise see `until`."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                message = self._iopub(deadline)
            except TimeoutError:
                return self.comms
            if message["msg_type"].startswith("comm_"):
                self.comms.append(message)

    def said(self, kind):
        """Messages of one type that came over comms so far."""
        return [
            m["content"]["data"]
            for m in self.comms
            if m["msg_type"] == "comm_msg" and m["content"]["data"].get("type") == kind
        ]

    def comm_send(self, msg_type, content):
        message = self.client.session.msg(msg_type, content)
        self.client.shell_channel.send(message)

    def eval(self, expression):
        """A JSON value from the kernel, without a cell."""
        code = f"import json as _j; print(_j.dumps({expression}))"
        reply = self.run(code, silent=True, store_history=False)
        assert reply.status == "ok", reply.content
        return json.loads(reply.text)

    def records(self):
        return self.eval("[r.to_dict() for r in __import__('greenlab').records()]")

    def subshell(self):
        """A subshell; gives what sends to it."""
        session, control = self.client.session, self.client.control_channel
        control.send(session.msg("create_subshell_request", {}))
        number = self.client.get_control_msg(timeout=TIMEOUT_S)["content"]["subshell_id"]

        def send(msg_type, content):
            message = session.msg(msg_type, content)
            message["header"]["subshell_id"] = number
            self.client.shell_channel.send(message)

        return send

    def interrupt(self):
        self.manager.interrupt_kernel()

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def _iopub(self, deadline):
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        try:
            return self.client.get_iopub_msg(timeout=remaining)
        except queue.Empty:
            raise TimeoutError from None
