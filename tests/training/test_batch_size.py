import pytest

from greenlab import session
from greenlab.training import batch_size_search
from tests.simulated import Machine

STEP_S = {32: 1.0, 256: 4.0}
"""A sample costs half as much in the large batch."""


def trainer(machine, samples_needed, *, chance=None):
    """A training on the simulated machine whose quality grows with the samples seen.

    An evaluation after each step: energy to the target is known exactly.
    """

    def train(size):
        seen = 0
        factor = next(chance) if chance is not None else 1.0
        while seen < 100_000:
            machine.work(STEP_S[size] * factor, own=4.0)
            seen += size
            yield seen, seen / samples_needed[size]

    return train


def test_energy_to_the_target_decides_and_not_energy_per_sample(machine):
    train = trainer(machine, {32: 320, 256: 2560})
    found = batch_size_search(train, [32, 256], target=1.0, give_up=None)
    small, large = found.sizes
    assert small.energy_j.low <= 10 * 1.0 * 10 <= small.energy_j.high
    assert large.energy_j.low <= 10 * 4.0 * 10 <= large.energy_j.high
    assert large.per_sample_j.value < small.per_sample_j.value
    assert (found.recommended, found.clear) == (32, True)
    assert found.energy_j.value == pytest.approx(500, rel=0.01)
    assert not session.current().meter._open


def test_a_run_that_costs_far_more_than_the_best_is_given_up(machine):
    train = trainer(machine, {32: 320, 256: 256_000})
    found = batch_size_search(train, [32, 256], target=1.0)
    large = found.sizes[1]
    assert not large.reached
    assert large.energy_j.value < 300
    assert "over 2 times the best run" in repr(found)


def test_a_budget_bounds_each_run(machine):
    train = trainer(machine, {32: 10**9, 256: 10**9})
    found = batch_size_search(train, [32, 256], target=1.0, budget_j=50)
    assert found.recommended is None
    assert found.energy_j.value < 150
    assert "No size reached the target" in repr(found)


def test_repeats_alternate_and_show_what_is_chance(machine):
    order = []
    factors = iter([1.0, 1.0, 1.2, 0.6, 1.1, 1.1])

    def train(size):
        order.append(size)
        return trainer(machine, {32: 320, 256: 640}, chance=factors)(size)

    found = batch_size_search(train, [32, 256], target=1.0, repeats=3, give_up=None)
    assert order == [32, 256, 256, 32, 32, 256]
    # Per run 100, 60, 110 J against 120, 144, 132 J.
    assert found.recommended == 32
    assert found.clear


def test_overlapping_runs_are_not_called_clear(simulate):
    machine = simulate(Machine())  # no counter: its intervals are wide
    factors = iter([1.0, 1.0, 2.0, 0.9, 1.0, 1.4])
    train = trainer(machine, {32: 320, 256: 640}, chance=factors)
    once = batch_size_search(train, [32, 256], target=1.0, give_up=None)
    assert not once.clear
    assert "may be chance" in once.because
    factors = iter([1.0, 1.0, 0.4, 0.9, 1.0, 1.0])
    train = trainer(machine, {32: 320, 256: 640}, chance=factors)
    thrice = batch_size_search(train, [32, 256], target=1.0, repeats=3, give_up=None)
    assert not thrice.clear
    assert "used as little" in thrice.because


def test_smaller_may_be_better(machine):
    def train(size):
        for step in range(1, 10):
            machine.work(1.0, own=4.0)
            yield step * size, 1 / step

    found = batch_size_search(train, [32], target=0.25, mode="min")
    assert found.sizes[0].runs[0].samples == 4 * 32


def test_a_size_that_does_not_fit_is_noted_and_other_errors_pass(machine):
    train = trainer(machine, {32: 320})

    def picky(size):
        if size > 32:
            raise MemoryError
        return train(size)

    found = batch_size_search(picky, [32, 64], target=1.0)
    assert found.recommended == 32
    assert "64: does not fit in memory" in repr(found)

    def broken(size):
        yield 1, 0.0
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        batch_size_search(broken, [32], target=1.0)
    assert not session.current().meter._open


def test_the_generator_is_closed(machine):
    closed = []

    def train(size):
        try:
            yield size, 1.0
        finally:
            closed.append(size)

    batch_size_search(train, [32, 64], target=0.5)
    assert closed == [32, 64]


def test_no_energy_is_an_error_at_once(simulate):
    machine = simulate(Machine())
    weighing = session.current().meter._weighing
    weighing._models = []
    with pytest.raises(RuntimeError, match="greenlab doctor"):
        batch_size_search(trainer(machine, {32: 320}), [32, 256], target=1.0)
    assert machine.now < 1200


def test_the_table_is_text_for_people(machine):
    shown = repr(batch_size_search(trainer(machine, {32: 320}), [32], target=1.0))
    assert shown.splitlines()[0].split()[:2] == ["batch", "size"]
    assert "100 J" in shown
    assert max(map(len, shown.splitlines())) <= 100
