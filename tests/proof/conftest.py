from __future__ import annotations

import pytest

from greenlab import session
from greenlab.proof import Proof, Terms, CodeVersion
from greenlab.proof.safety import thread_pools


@pytest.fixture(autouse=True)
def own_session():
    """A session with the test's own ledger."""
    session.close_current()
    yield
    session.close_current()


@pytest.fixture(autouse=True)
def no_lost_threads(monkeypatch):
    """What other tests have computed with polars in this process is not what is tried here."""
    monkeypatch.setattr(thread_pools, "lost_in_a_fork", lambda: None)


@pytest.fixture
def prove():
    """Run a short proof."""

    def prove(before, after, namespace, **terms):
        terms = Terms(**{"looks": (2, 3), **terms})
        return Proof(CodeVersion.of(before), CodeVersion.of(after), namespace, terms).run()

    return prove
