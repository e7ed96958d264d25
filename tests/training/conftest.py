"""A session on a simulated machine: 10 W for as long as `work` lasts."""

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
