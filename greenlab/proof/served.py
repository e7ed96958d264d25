"""`python -m greenlab.proof.served`: runs versions for a kernel, which it hears on stdin."""

from __future__ import annotations

import contextlib
import os
import pickle
import sys

from greenlab.meter import Meter
from greenlab.proof import child, guard
from greenlab.proof.run import Runner


def main() -> None:
    """Serve until the kernel hangs up."""
    orders, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    place, package = pickle.load(orders)  # noqa: S301  from the kernel that started this
    child.seclude(place[0])
    meter = Meter()
    closed = False
    with contextlib.suppress(EOFError):
        while True:
            order = pickle.load(orders)  # noqa: S301
            versions, terms, namespace = pickle.loads(package)  # noqa: S301
            if not closed:
                guard.close_off(*place[:2])
                closed = True
            runner = Runner(versions, {"__name__": "__main__", **namespace}, terms, meter)
            pickle.dump(child.run_apart(runner, order, place, closed=True), answers)
            answers.flush()


if __name__ == "__main__":
    main()
    sys.stdout.flush()
