"""A session on a simulated machine, 10 W for as long as `work` lasts, and the frameworks."""

import importlib.util

import pytest

from greenlab import session
from greenlab.ledger import Ledger
from greenlab.meter import Meter
from greenlab.session import Session, process
from tests.simulated import Constant, Machine, Package


@pytest.fixture
def simulate(own_ledger):
    """Make this process's session one on the machine given."""

    def use(machine):
        session.close_current()
        process._process.session = Session(Meter(machine), Ledger(own_ledger), "FR")
        return machine

    yield use
    session.close_current()


@pytest.fixture
def machine(simulate):
    """One whose only energy is a counter's: 10 J in each second, all of it this process's."""
    machine = Machine(packages=[Package(Constant(9.0), dram=Constant(1.0))])
    return simulate(machine)


@pytest.fixture
def keras(monkeypatch):
    if importlib.util.find_spec("keras") is None:
        pytest.skip("keras is not installed")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    import keras

    return keras


@pytest.fixture
def lightning():
    if importlib.util.find_spec("lightning") is None:
        pytest.skip("lightning is not installed")
    import lightning.pytorch

    return lightning.pytorch
