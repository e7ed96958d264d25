import logging
import math

import pytest

import greenlab
from greenlab import session
from greenlab.training import EarlyStop
from tests.simulated import Machine

BUSY = 4.0  # CPUs, all of this machine's


def epochs(machine, stop, losses, seconds=10.0):
    """How many epochs a loop runs."""
    for count, loss in enumerate(losses, 1):
        machine.work(seconds, own=BUSY)
        if stop(loss):
            return count
    return None


def test_a_budget_ends_the_loop_at_the_first_call_that_finds_it_spent(machine):
    stop = EarlyStop(budget_j=450)  # an epoch uses 100 J
    assert epochs(machine, stop, [1.0] * 20) == 5
    assert stop.energy_j.low <= 500 <= stop.energy_j.high
    assert stop.reason.startswith("budget: ")
    assert "measured" in stop.reason


def test_a_budget_in_watt_hours(machine):
    stop = EarlyStop(budget_wh=0.1)
    assert stop.budget_j == pytest.approx(360)
    assert epochs(machine, stop, [1.0] * 20) == 4


def test_energy_stops_counting_with_the_loop(machine):
    stop = EarlyStop(budget_j=50)
    epochs(machine, stop, [1.0])
    used = stop.energy_j.value
    machine.work(100, own=BUSY)
    assert stop.energy_j.value == pytest.approx(used)
    assert stop()


def test_flat_validation_ends_the_loop(machine):
    losses = [1.0, 0.8, 0.79, 0.81, 0.785, 0.5]
    assert epochs(machine, EarlyStop(patience=3), losses) is None
    stop = EarlyStop(patience=3, min_delta=0.05)
    assert epochs(machine, stop, losses) == 5
    assert stop.reason == "patience: no better than 0.8 in 3 evaluations"
    assert stop.best == 0.8


def test_larger_may_be_better(machine):
    stop = EarlyStop(patience=2, mode="max")
    assert epochs(machine, stop, [0.5, 0.6, 0.6, 0.59, 0.9]) == 4


def test_not_a_number_is_no_progress(machine):
    stop = EarlyStop(patience=2)
    assert epochs(machine, stop, [math.nan, math.nan]) == 2
    assert "not a number" in stop.reason
    assert epochs(machine, EarlyStop(patience=2), [math.nan, 1.0, 0.9, math.nan, 0.8]) is None


def test_steps_look_at_the_counters_no_more_than_once_a_second(machine):
    stop = EarlyStop(budget_j=100)
    assert not stop()
    machine.work(50, own=BUSY)
    assert not any(stop() for _ in range(100))
    assert stop(1.0)


def test_without_energy_it_says_so_once_and_patience_goes_on(simulate, caplog, monkeypatch):
    machine = simulate(Machine())
    # No machine is without a model of its processor: take them away.
    weighing = session.current().meter._weighing
    weighing._models = []
    stop = EarlyStop(budget_j=1, patience=2)
    with caplog.at_level(logging.WARNING):
        assert epochs(machine, stop, [1.0, 1.0, 1.0, 1.0]) == 3
    assert [record.message for record in caplog.records] == [
        "greenlab: the energy budget is not kept (no sensor); patience alone decides"
    ]
    assert stop.energy_j.value is None


def test_it_leaves_no_record_and_no_open_window(machine):
    stop = EarlyStop(budget_j=50)
    epochs(machine, stop, [1.0])
    assert greenlab.records() == []
    assert not session.current().meter._open


def test_a_loop_that_ends_by_itself_leaves_no_window_open_after_its_cell(machine):
    process = session.current()
    cell = process.begin("cell")
    stop = EarlyStop(budget_j=1e9)
    epochs(machine, stop, [1.0, 0.9])
    process.end(cell, "ok")
    assert not process.meter._open
    assert not process.listeners
    machine.work(1000, own=BUSY)
    assert stop.energy_j.low <= 200 <= stop.energy_j.high


def test_a_loop_in_a_later_cell_counts_that_cell_and_not_the_time_between(machine):
    process = session.current()
    cell = process.begin("cell")
    stop = EarlyStop(budget_j=150)
    process.end(cell, "ok")
    machine.work(1000)
    cell = process.begin("cell")
    assert epochs(machine, stop, [1.0] * 5) == 2
    process.end(cell, "ok")
    assert not process.meter._open
    machine.work(1000, own=BUSY)
    assert stop.energy_j.low <= 200 <= stop.energy_j.high


def test_what_a_later_cell_does_after_the_end_does_not_count(machine):
    process = session.current()
    cell = process.begin("cell")
    stop = EarlyStop(budget_j=150)
    process.end(cell, "ok")
    cell = process.begin("cell")
    assert epochs(machine, stop, [1.0] * 5) == 2
    used = stop.energy_j.value
    machine.work(1000, own=BUSY)
    assert stop.energy_j.value == pytest.approx(used)
    process.end(cell, "ok")
    assert stop.energy_j.value == pytest.approx(used)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"budget_j": 1, "budget_wh": 1},
        {"budget_j": 0},
        {"budget_j": math.nan},
        {"patience": 0},
        {"patience": 1, "min_delta": -1},
        {"patience": 1, "mode": "best"},
    ],
)
def test_limits_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError):
        EarlyStop(**wrong)
