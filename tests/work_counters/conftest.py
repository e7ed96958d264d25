"""A session on a simulated machine, and nothing said before."""

import pytest

from greenlab import counting
from tests.training.conftest import keras, lightning, machine, simulate  # noqa: F401


@pytest.fixture(autouse=True)
def said():
    counting._said.clear()
    yield
    counting._said.clear()


def units(record):
    return {one.unit: one.count for one in record.work}
