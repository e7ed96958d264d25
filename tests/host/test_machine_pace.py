"""What is known of costs and time limits holds on slow machines too."""

import pytest

from greenlab.host import machine_pace


@pytest.fixture(autouse=True)
def fresh():
    machine_pace.pace.cache_clear()
    yield
    machine_pace.pace.cache_clear()


@pytest.mark.parametrize(("loop_s", "pace"), [(81e-9, 3.0), (27e-9, 1.0), (9e-9, 1.0)])
def test_a_slow_machine_takes_longer_and_a_fast_one_is_never_said_to_take_less(
    monkeypatch, loop_s, pace
):
    monkeypatch.setattr(machine_pace, "loop_s", lambda: loop_s)
    assert machine_pace.pace() == pytest.approx(pace)


def test_it_is_measured_once(monkeypatch):
    first = machine_pace.pace()
    monkeypatch.setattr(machine_pace, "loop_s", lambda: 1.0)
    assert machine_pace.pace() == first
