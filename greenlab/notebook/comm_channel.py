"""The kernel's end of the comms: sends what happens to every attached page, hears settings.

Messages from pages come on the shell thread or, with subshells, on another one. Whoever may
write to the kernel may write anything: sizes, rates and the number of comms are bounded here.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from greenlab.record import from_dict, to_dict
from greenlab.record.messages import FROM_PAGE, TARGET, Configure, Hello, State, Unloaded

MOST_COMMS: Final = 16
"""Comms that are kept: pages that are reloaded leave theirs behind. The one that was silent
for longest is closed; a page that is still there opens another.
"""

LONGEST_TEXT: Final = 10_000
MOST_FIELDS: Final = 16
LARGEST: Final = 2**53
"""Bounds of a message; what is beyond is no page of ours."""

AGAIN_S: Final = 0.5
"""Pages that say `hello` within this time after an answer are answered together."""

SHARE: Final = 20
"""After an answer there is none for so many times as long as it took."""

MOST_ACTIONS: Final = 20
"""Messages of a user's clicks that are heard in a second."""


class Link:
    """Comms of the target `greenlab`; `on_message` gets each message as its dataclass.

    `Hello` and `Configure` are answered with `state()`, once `on_message` has taken them up: to
    the page that asks, or to all where `on_message` says that it changed what all pages show.

    Only comms on which a page said `hello` are sent to, and the one that the kernel opens as
    long as pages may not have been able to say so: see `expect_no_more`.
    """

    def __init__(
        self, on_message: Callable[[Any, str], bool], state: Callable[[], State]
    ) -> None:
        self._on_message = on_message
        self._state = state
        self._comms: dict[str, Any] = {}  # the one heard last comes last
        self._listening: set[str] = set()
        self._expected: str | None = None
        self._asked: dict[str, Hello | Configure] = {}
        self._next_answer_at = -math.inf
        self._heard: dict[str, Any] = {}  # what those that were not answered yet said
        self._timer: threading.Timer | None = None
        self._actions: deque[float] = deque(maxlen=MOST_ACTIONS)
        self._lock = threading.RLock()  # an interrupt may leave it held by the kernel's thread
        self._types = {cls.__dataclass_fields__["type"].default: cls for cls in FROM_PAGE}

    @property
    def attached(self) -> bool:
        """True while some page may listen."""
        return bool(self._listening) or self._expected is not None

    def open(self, *, announce: bool = True) -> None:
        """Let pages attach. `announce` opens a comm to those that are there already, with the
        state: what they answer may have to wait for the cells that are in the queue.

        Pages that do not know greenlab close it; batch clients complain of it in their logs.
        """
        import comm

        comm.get_comm_manager().register_target(TARGET, self._attach)
        if announce:
            mine = comm.create_comm(target_name=TARGET, data=to_dict(self._state()))
            self._expected = mine.comm_id
            self._attach(mine, None)

    def expect_no_more(self) -> None:
        """The kernel was idle: a page that took up the comm would have said `hello` by now."""
        self._expected = None

    def close(self) -> None:
        """Tell the pages, close every comm, forget the target."""
        import comm

        self.send(Unloaded())
        comm.get_comm_manager().unregister_target(TARGET, self._attach)
        with self._lock:
            comms = list(self._comms.values())
            self._comms.clear()
            self._listening.clear()
            self._asked.clear()
            self._expected = None
        for one in comms:
            one.close()

    def send(self, message: Any, only: set[str] | None = None) -> None:
        """Send a message dataclass to every page, or to those at some comms only."""
        with self._lock:
            wanted = self._listening | {self._expected} if only is None else only
            comms = [one for comm_id, one in self._comms.items() if comm_id in wanted]
        if not comms:
            return
        data = to_dict(message)
        for one in comms:
            one.send(data)

    def _attach(self, one: Any, open_message: Any) -> None:
        with self._lock:
            self._comms[one.comm_id] = one
            silent = list(self._comms)[:-MOST_COMMS]
            dropped = [self._comms[comm_id] for comm_id in silent]
            self._forget(*silent)
        one.on_msg(self._receive)
        one.on_close(lambda _: self._detach(one.comm_id))
        for other in dropped:
            with suppress(Exception):
                other.close()
        if open_message is not None:
            self._receive(open_message)

    def _detach(self, comm_id: str) -> None:
        with self._lock:
            self._forget(comm_id)

    def _forget(self, *comm_ids: str) -> None:
        for comm_id in comm_ids:
            self._comms.pop(comm_id, None)
            self._listening.discard(comm_id)
            self._asked.pop(comm_id, None)
            if self._expected == comm_id:
                self._expected = None

    def _receive(self, message: dict[str, Any]) -> None:
        content = message["content"]
        comm_id, data = content["comm_id"], content.get("data")
        if self._timer is not None and comm_id in self._heard and self._heard[comm_id] == data:
            return  # the same once more before its answer
        parsed = self._parsed(data)
        if parsed is None:
            return
        with self._lock:
            if comm_id not in self._comms:
                return
            self._comms[comm_id] = self._comms.pop(comm_id)
        if isinstance(parsed, (Hello, Configure)):
            self._heard[comm_id] = data
            self._answer_soon(comm_id, parsed)
            return
        now = time.monotonic()
        if len(self._actions) == MOST_ACTIONS and now - self._actions[0] < 1.0:
            return
        self._actions.append(now)
        self._on_message(parsed, comm_id)

    def _parsed(self, data: Any) -> Any:
        """The message; `None` for what is none, or one of a newer page that is not for us."""
        if not isinstance(data, dict) or len(data) > MOST_FIELDS:
            return None
        kind = data.get("type")
        cls = self._types.get(kind) if isinstance(kind, str) else None
        if cls is None or not all(map(_is_plain, data.values())):
            return None
        try:
            return from_dict(cls, data)
        except ValueError:
            return None

    def _answer_soon(self, comm_id: str, message: Hello | Configure) -> None:
        """At once or, if others were answered just now, together with those that ask by then.

        Of several from one page the last counts.
        """
        with self._lock:
            known = self._asked.get(comm_id)
            if not (isinstance(known, Configure) and isinstance(message, Hello)):
                self._asked[comm_id] = message  # else it says the same of the settings
            if self._timer is not None:
                return
            wait_s = self._next_answer_at - time.monotonic()
            if wait_s > 0:
                self._timer = threading.Timer(wait_s, self._answer)
                self._timer.name = "greenlab-answer"
                self._timer.daemon = True
                self._timer.start()
                return
        self._answer()

    def _answer(self) -> None:
        begun = time.monotonic()
        with self._lock:
            asked, self._asked = self._asked, {}
            self._heard.clear()
            self._timer = None
            self._next_answer_at = begun + AGAIN_S
            self._listening |= asked.keys() & self._comms.keys()
            self._expected = None
        changed = [self._on_message(message, comm_id) for comm_id, message in asked.items()]
        if asked:
            self.send(self._state(), None if any(changed) else set(asked))
        ended = time.monotonic()
        self._next_answer_at = ended + max(AGAIN_S, SHARE * (ended - begun))


def _is_text(value: str) -> bool:
    """JSON can hold halves of characters, which no message may carry back."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_TEXT and _is_text(value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (isinstance(value, int) and abs(value) <= LARGEST)
