"""A session on a simulated machine, and nothing said before."""

import pytest

from greenlab import units_of_work
from tests.training.conftest import keras, lightning, machine, simulate  # noqa: F401


@pytest.fixture(autouse=True)
def said():
    units_of_work._said.clear()
    yield
    units_of_work._said.clear()


def units(record):
    return {one.unit: one.count for one in record.work}
