"""How long looks may take."""

import gc
import math
import time

import pytest

from greenlab.cellcode.look_budget import MAX_OBJECTS, LookBudget, OutOfTimeError


def use(cpu_s):
    """So much of this thread's time."""
    end = time.thread_time() + cpu_s
    while time.thread_time() < end:
        pass


def test_looks_share_what_is_left():
    budget = LookBudget(left_s=1e3)
    for _ in range(2):
        with budget.spending():
            use(0.02)
    assert 1e3 - 30 < budget.left_s <= 1e3 - 0.04
    budget.left_s = 0.01
    with budget.spending(), pytest.raises(OutOfTimeError):
        use(0.02)
        budget.tick()
    with budget.spending(), pytest.raises(OutOfTimeError):
        budget.tick()


def test_nothing_ends_outside_of_a_look_but_steps_count():
    budget = LookBudget(left_s=0.0)
    assert budget.deadline == math.inf
    for _ in range(MAX_OBJECTS):
        budget.tick()
    with pytest.raises(OutOfTimeError):
        budget.tick()


def test_a_collection_is_not_counted():
    """In a kernel full of objects it takes longer than all looks may."""
    full = [[] for _ in range(2_000_000)]
    begun = time.thread_time()
    gc.collect()
    collecting_s = time.thread_time() - begun
    budget = LookBudget(left_s=0.5 * collecting_s)
    with budget.spending():
        gc.collect()
        budget.tick()
    assert budget.left_s > 0
    assert len(full) == 2_000_000


def test_the_users_callbacks_stay_as_they_are():
    before = list(gc.callbacks)
    with LookBudget().spending():
        pass
    assert gc.callbacks == before
    kept = list(gc.callbacks)
    try:
        with LookBudget().spending():
            gc.callbacks.clear()
    finally:
        gc.callbacks[:] = kept
