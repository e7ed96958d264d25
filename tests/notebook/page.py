"""A page, as the kernel sees it: one end of a comm."""

from __future__ import annotations

TARGET = "greenlab"


def hello(**settings):
    return {"type": "hello", "zone": "", "live_power": False} | settings


def opened(kernel):
    """The comms that the kernel opened."""
    return [m["content"] for m in kernel.comms if m["msg_type"] == "comm_open"]


def closed(kernel):
    """The comms that the kernel closed."""
    return [m["content"]["comm_id"] for m in kernel.comms if m["msg_type"] == "comm_close"]


class Page:
    """`say` sends, `said` is what came over this comm so far."""

    def __init__(self, kernel, comm_id):
        self._kernel = kernel
        self.comm_id = comm_id

    @classmethod
    def attached(cls, kernel, **settings):
        """A page that took up the comm which the kernel opened, and has the state."""
        kernel.sync()
        page = cls(kernel, opened(kernel)[0]["comm_id"])
        page.say_hello(**settings)
        return page

    @classmethod
    def opens(cls, kernel, comm_id, data):
        """A page that opens a comm of its own, with the data in the opening."""
        content = {
            "comm_id": comm_id,
            "target_name": TARGET,
            "data": data,
            "target_module": None,
        }
        kernel.comm_send("comm_open", content)
        return cls(kernel, comm_id)

    def say(self, data):
        self._kernel.comm_send("comm_msg", {"comm_id": self.comm_id, "data": data})

    def say_hello(self, **settings):
        """Give the settings, and wait for the state that answers them."""
        before = len(self.said("state"))
        self.say(hello(**settings))
        self._kernel.until(lambda: len(self.said("state")) > before)

    def said(self, kind):
        return [
            m["content"]["data"]
            for m in self._kernel.comms
            if m["msg_type"] == "comm_msg"
            and m["content"]["comm_id"] == self.comm_id
            and m["content"]["data"].get("type") == kind
        ]

    @property
    def state(self):
        return self.said("state")[-1]
