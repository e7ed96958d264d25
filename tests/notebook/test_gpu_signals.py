"""What the advice knows of the GPU, from a session on a simulated machine."""

import pytest

from greenlab.advice import Signals
from greenlab.ledger import Ledger
from greenlab.meter import Meter
from greenlab.notebook import gpu_signals
from greenlab.session import Session
from tests.simulated import Constant, Gpu, Machine


def signals_on(*gpus, own_ledger):
    machine = Machine(gpus=gpus)
    meter = Meter(machine)
    session = Session(meter, Ledger(own_ledger))
    machine.work(3.0)
    weighing = session.begin("cell")
    machine.work(10.0, own=1)
    record = session.end(weighing, "ok")
    found = gpu_signals.added(Signals(record.duration_s), record, meter.gpu_states)
    session.close()
    return found


def test_the_gpu_that_drew_most_is_described(own_ledger):
    found = signals_on(
        Gpu(Constant(50.0), uuid="GPU-1", limit_w=300.0, memory_used=0.9),
        Gpu(Constant(200.0), uuid="GPU-2", limit_w=400.0, memory_used=0.25),
        own_ledger=own_ledger,
    )
    assert found.gpu_power_w == pytest.approx(200.0, rel=0.03)
    assert (found.gpu_limit_w, found.gpu_memory_share) == (400.0, pytest.approx(0.25))


def test_a_machine_without_a_gpu_is_asked_nothing(own_ledger):
    found = signals_on(own_ledger=own_ledger)
    assert (found.gpu_power_w, found.gpu_limit_w, found.gpu_memory_share) == (None, None, None)


def test_a_gpu_that_is_lost_reports_nothing():
    gpu = Gpu(Constant(50.0))
    meter = Meter(Machine(gpus=[gpu]))
    gpu.lost = True
    (state,) = meter.gpu_states().values()
    assert (state.limit_w, state.memory_share) == (None, None)
