"""Time is told as it is, whoever freezes or moves it, and whenever greenlab is loaded."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime

import pytest

import greenlab
from greenlab.host.clocks import Clocks

FREEZERS = {
    "freezegun": "__import__('freezegun').freeze_time('2001-02-03')",
    "freezegun ticking": "__import__('freezegun').freeze_time('2001-02-03', tick=True)",
    "time-machine": "__import__('time_machine').travel('2001-02-03', tick=False)",
    "time-machine ticking": "__import__('time_machine').travel('2001-02-03')",
}


class Patched:
    """Somebody's own hand on `time`."""

    def __enter__(self):
        self.patch = pytest.MonkeyPatch()
        for name in ("time", "monotonic", "perf_counter", "process_time"):
            self.patch.setattr(time, name, lambda: 1.0)
        self.patch.setattr(time, "sleep", lambda _: None)
        self.patch.setattr(time, "clock_gettime", lambda _: 1 / 0)

    def __exit__(self, *_):
        self.patch.undo()


def frozen(how):
    return Patched() if how == "patched" else eval(FREEZERS[how])


def spin(cpu_s):
    used = Clocks.process_cpu_s()
    while Clocks.process_cpu_s() - used < cpu_s:
        sum(range(1000))


@pytest.mark.parametrize("how", [*FREEZERS, "patched"])
def test_a_block_in_frozen_time_is_weighed_as_any_other(how):
    before = datetime.now(UTC)
    with frozen(how):
        with greenlab.measure("frozen") as m:
            spin(0.05)
    after = datetime.now(UTC)
    record = m.record
    assert record.duration_s >= 0.04
    assert record.cpu_s >= 0.04
    assert record.energy_j.value > 0
    assert "slept" not in str(record.energy_j.reason)
    assert before <= datetime.fromisoformat(record.started_at) <= after


@pytest.mark.parametrize("how", [*FREEZERS, "patched"])
@pytest.mark.parametrize("begins", [True, False])
def test_time_that_freezes_or_thaws_in_a_block(how, begins):
    freezer = frozen(how)
    if begins:
        with greenlab.measure("half") as m:
            freezer.__enter__() if hasattr(freezer, "__enter__") else freezer.start()
            spin(0.05)
        freezer.__exit__(None, None, None)
    else:
        freezer.__enter__()
        m = greenlab.measure("half")
        m.__enter__()
        freezer.__exit__(None, None, None)
        spin(0.05)
        m.__exit__(None, None, None)
    assert 0.04 <= m.record.duration_s < 30
    assert "slept" not in str(m.record.energy_j.reason)


@pytest.mark.parametrize("how", FREEZERS)
def test_loaded_while_time_is_frozen(how):
    code = f"""
        import time, freezegun
        real = time.time()
        with {FREEZERS[how]}:
            import greenlab
            with greenlab.measure() as m:
                sum(range(10**6))
            started = m.record.started_at
        from datetime import datetime
        assert abs(datetime.fromisoformat(started).timestamp() - real) < 60, started
        assert 0 < m.record.duration_s < 30, m.record.duration_s
        assert "slept" not in str(m.record.energy_j.reason)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=120)
