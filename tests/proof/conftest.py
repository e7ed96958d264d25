from __future__ import annotations

import pytest

from greenlab import session
from greenlab.proof import Proof, Terms, Version


@pytest.fixture(autouse=True)
def own_session():
    """A session with the test's own ledger."""
    session.close_current()
    yield
    session.close_current()


@pytest.fixture
def prove():
    """Run a proof that no other program's load disturbs."""

    def prove(before, after, namespace, **terms):
        terms = Terms(**{"foreign": 1.0, "looks": (2, 3), **terms})
        return Proof(Version.of(before), Version.of(after), namespace, terms).run()

    return prove
