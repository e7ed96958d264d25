"""Real proofs while other processes load all cores."""

import os

import pytest

from benchmarks import proofs
from greenlab import session


@pytest.fixture(autouse=True)
def own_session():
    session.close_current()
    yield
    session.close_current()


@pytest.mark.slow
def test_a_saving_of_half_is_found_on_a_loaded_machine_and_none_where_there_is_none():
    with proofs.loaded(os.cpu_count()):
        half = proofs.many(0.5, 3)
        none = proofs.many(0.0, 2)
    assert half.verified >= 0.66, half
    assert half.runs <= 12, half
    assert none.verified == 0, none
    assert half.others == 1.0, half
